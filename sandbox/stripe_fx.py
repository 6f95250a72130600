"""What a payment is worth in the currency of the account that it is paid out to."""

from dataclasses import dataclass

from sandbox.stripe_amounts import THREE_DECIMALS, ZERO_DECIMALS

MILLION = 1_000_000
# US dollars for one unit, in millionths: fixed and ours, so that every run gives the same amounts.
# fmt: off
USD_FOR_ONE = {
    "usd": 1_000_000, "eur": 1_080_000, "gbp": 1_270_000, "inr": 12_000, "jpy": 6_700,
    "chf": 1_130_000, "aud": 660_000, "cad": 730_000, "sek": 95_000, "nok": 94_000, "dkk": 145_000,
    "pln": 250_000, "mxn": 55_000, "hkd": 128_000, "czk": 43_000, "huf": 2_750, "aed": 272_000,
    "sgd": 745_000, "nzd": 605_000, "brl": 185_000, "thb": 28_000, "myr": 225_000, "kwd": 3_260_000,
    "bhd": 2_650_000, "krw": 740,
}
# fmt: on


@dataclass(frozen=True)
class Settled:
    """An amount in the account's currency; `rate` is in millionths, None where nothing changed."""

    amount: int
    currency: str
    rate: int | None


def decimals(currency: str) -> int:
    """Say how many decimals Stripe counts a currency with."""
    return 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def divided(amount: int, by: int) -> int:
    """Divide and round to the nearest, halves away from zero; a refund rounds like its charge."""
    whole = (abs(amount) * 2 + by) // (2 * by)
    return whole if amount >= 0 else -whole


def settle(amount: int, currency: str, accounts: tuple[str, ...]) -> Settled:
    """Convert an amount of minor units to the first account's currency, unless one holds its own.

    The rate is rounded to millionths first; the amount is then that rate's exact product, rounded
    once. Currencies without a rate here stay as they are.
    """
    if not accounts or currency in accounts or currency not in USD_FOR_ONE:
        return Settled(amount, currency, None)
    target = accounts[0]
    rate = divided(USD_FOR_ONE[currency] * MILLION, USD_FOR_ONE[target])
    product = amount * rate * 10 ** decimals(target)
    return Settled(divided(product, MILLION * 10 ** decimals(currency)), target, rate)
