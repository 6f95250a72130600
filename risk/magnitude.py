"""How large an amount is, in coarse units of about one euro: to compare sizes, never to account or convert.

A model sees attempts in every currency; it needs to know that 5,000 JPY is a dinner and 5,000 KWD a car. Steps of
1-2-5 are exact enough for that, and need no rates that change daily: what is stored today must mean the same next year.
"""

from __future__ import annotations

from collections.abc import Mapping

# currencies of which about so many make one euro (order of magnitude of 2026)
_PER_EURO = {
    "0.02": "CLF",
    "0.2": "XAD",
    "0.5": "BHD KWD OMR",
    "1": "BMD BSD CHE CHF CHW EUR FKP GBP GIP JOD KYD PAB SHP USD USN",
    "2": "AUD AWG AZN BAM BBD BND BZD CAD FJD MXV NZD SGD TOP XCD XCG",
    "5": "AED BRL BYN GEL ILS LYD MYR PEN PGK PLN QAR RON SAR TMT TND WST",
    "10": "BOB BOV CNY COU DKK GHS GTQ HKD MAD MOP NOK SBD SEK SVC TJS TTD UYI",
    "20": "BWP CUP CZK ERN HNL LSL MDL MVR MXN NAD SCR SLE STN SZL UYW ZAR ZMW ZWG",
    "50": "DOP EGP MKD MRU MUR NIO PHP SRD THB TRY TWD UAH UYU",
    "100": "AFN ALL BDT BTN CVE GMD INR KGS MZN RSD RUB VUV XPF",
    "200": "DJF DZD ETB GYD HTG ISK JMD JPY KES LRD NPR YER",
    "500": "AMD CRC HUF KMF KZT LKR PKR SDG SOS VED VES XAF XOF",
    "1000": "AOA CLP KPW",
    "2000": "ARS CDF IQD KRW MMK MWK NGN RWF TZS",
    "5000": "BIF COP KHR MGA MNT SSP UGX",
    "10000": "GNF PYG SYP UZS",
    "20000": "IDR LAK VND",
    "100000": "LBP",
    "500000": "IRR",
}
# ISO 4217: who has not two decimals. The same as `models.money`, which nothing here may import; a test compares.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_OTHER_DECIMALS = {code: digits for digits, codes in _DECIMALS.items() for code in codes.split()}

CURRENCIES: Mapping[str, int] = {
    code: _OTHER_DECIMALS.get(code, 2) for codes in _PER_EURO.values() for code in codes.split()
}
# currency → minor units that make about one euro
_MINOR_PER_EURO: Mapping[str, float] = {
    code: float(rate) * 10 ** CURRENCIES[code]
    for rate, codes in _PER_EURO.items()
    for code in codes.split()
}


def about(amount_minor: int, currency: str) -> float:
    """The size of an amount in units of about one euro. A currency that is not in the table counts as a euro."""
    return amount_minor / _MINOR_PER_EURO.get(currency, 100.0)


def minor(euros: int, currency: str) -> int:
    """Minor units of `currency` that are about so many euros: for defaults that a merchant has not chosen yet."""
    return round(euros * _MINOR_PER_EURO.get(currency, 100.0))


def decimals(currency: str) -> int | None:
    """How many decimals the currency has; None when there is no such currency."""
    return CURRENCIES.get(currency)


def in_words(amount_minor: int, currency: str) -> str:
    """`12,345.67 EUR`, by integers alone."""
    digits = CURRENCIES.get(currency, 2)
    whole, rest = divmod(abs(amount_minor), 10**digits)
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{whole:,}{f'.{rest:0{digits}d}' if digits else ''} {currency}"
