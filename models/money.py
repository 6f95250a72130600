"""Money: an integer number of minor units with its currency, and the arithmetic that keeps it whole."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Self

# ISO 4217 (2026): how many decimals each currency has. CLDR disagrees for thirteen of them (it hides
# the cents of AFN, IQD, LAK…), so a formatting library's own opinion is never asked.
_EXPONENTS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
          CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
          GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD
          LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB
          PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP
          SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW
          ZWG""",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
EXPONENTS: dict[str, int] = {
    code: digits for digits, codes in _EXPONENTS.items() for code in codes.split()
}

# A signed 64-bit column holds it, and so does every JSON reader's exact integer (2^53).
MAX_MINOR = 2**53 - 1

HALF_UP, HALF_EVEN, UP = ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_UP


class UnknownCurrency(ValueError):
    """Not an ISO 4217 currency code."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one sum or comparison."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency's minor unit: `Money(1999, "EUR")` is 19.99 EUR.

    There is no `*` and no `/`: use `split`, whose parts add up, or `percent`, which makes you choose the rounding.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        if self.currency not in EXPONENTS:
            raise UnknownCurrency(self.currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read a decimal amount such as "19.99". Raises ValueError when it has more decimals than the currency."""
        scaled = Decimal(text).scaleb(exponent(currency))
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise ValueError(f"{text!r} is not an amount in {currency}")
        return cls(int(scaled), currency)

    def decimal(self) -> str:
        """The amount as a plain decimal string, e.g. "19.99", "1999" for JPY, "1.999" for KWD."""
        digits = exponent(self.currency)
        return f"{Decimal(self.minor).scaleb(-digits):.{digits}f}"

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money and {type(other).__name__} do not mix")
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.minor

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def times(self, quantity: int) -> Money:
        """The price of `quantity` equal pieces."""
        return Money(self.minor * quantity, self.currency)

    def split(self, *weights: int) -> list[Money]:
        """Share the amount out by integer weights; the parts add up exactly.

        The largest-remainder method: cents left over go to the parts that lost most to rounding, earliest first.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must be non-negative and not all zero")
        parts = [self.minor * w // total for w in weights]
        lost = sorted(range(len(weights)), key=lambda i: -(self.minor * weights[i] % total))
        for i in lost[: self.minor - sum(parts)]:
            parts[i] += 1
        return [Money(part, self.currency) for part in parts]

    def percent(self, *, bps: int, rounding: str) -> Money:
        """`bps` hundredths of a percent of the amount, rounded as told (`HALF_UP`, `HALF_EVEN`, `UP`)."""
        exact = Decimal(self.minor) * bps / 10_000
        return Money(int(exact.quantize(Decimal(1), rounding=rounding)), self.currency)


def exponent(currency: str) -> int:
    """How many decimals the currency has by ISO 4217. Raises UnknownCurrency."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency(currency) from None


def zero(currency: str) -> Money:
    """Nothing, in a currency."""
    return Money(0, currency)


def total(parts: list[Money], currency: str) -> Money:
    """The sum of amounts that must all be in `currency`."""
    result = zero(currency)
    for part in parts:
        result += part
    return result
