"""What amounts Stripe takes: the smallest and the largest per currency."""

from sandbox.stripe_errors import InvalidRequest

LARGEST = 99_999_999
LARGER = {"idr": 999_999_999_999}
# fmt: off
SMALLEST = {
    "usd": 50, "eur": 50, "gbp": 30, "inr": 50, "jpy": 50, "chf": 50, "aud": 50, "cad": 50,
    "sek": 300, "nok": 300, "dkk": 250, "pln": 200, "mxn": 1000, "hkd": 400, "czk": 1500,
    "huf": 17500, "aed": 200, "sgd": 50, "nzd": 50, "brl": 50, "thb": 1000, "myr": 200, "ron": 200,
}
# Every other presentment currency (docs.stripe.com/currencies).
OTHER_CURRENCIES = tuple("""
    afn all amd aoa ars awg azn bam bbd bdt bgn bhd bif bmd bnd bob bsd bwp byn bzd cdf clp
    cny cop crc cve djf dop dzd egp etb fjd fkp gel gip gmd gnf gtq gyd hnl htg idr ils isk
    jmd jod kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop
    mur mvr mwk mzn nad ngn nio npr omr pab pen pgk php pkr pyg qar rsd rub rwf sar sbd
    scr shp sle sos srd szl tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd
    xcg xof xpf yer zar zmw
""".split())  # noqa: SIM905  a list of 114 quoted words is no easier to read
# fmt: on
THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}
ZERO_DECIMALS = set("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())  # noqa: SIM905
# They have no decimals either, and are written with two zeros: 500 is five.
WITH_TWO_ZEROS = {"isk", "ugx"}


def check_amount(amount: int, currency: str) -> None:
    """Refuse what the currency, Stripe's smallest or Stripe's largest amount forbids."""
    if currency not in SMALLEST and currency not in OTHER_CURRENCIES:
        known = ", ".join(sorted([*SMALLEST, *OTHER_CURRENCIES]))
        message = f"Invalid currency: {currency}. Stripe currently supports these currencies: "
        raise InvalidRequest(message + known, param="currency")
    if amount < 1:
        raise InvalidRequest(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="amount",
        )
    least = SMALLEST.get(currency, 50)
    if amount < least:
        raise InvalidRequest(
            f"Amount must be at least {least} {currency} in its smallest unit",
            code="amount_too_small",
            param="amount",
        )
    most = LARGER.get(currency, LARGEST)
    if amount > most:
        raise InvalidRequest(
            f"Amount must be no more than {most} {currency} in its smallest unit",
            code="amount_too_large",
            param="amount",
        )
    check_digits(amount, currency)


def check_digits(amount: int, currency: str, param: str = "amount") -> None:
    """Refuse an amount that ends as none of this currency may, also where a part is captured or given back."""
    if currency in THREE_DECIMALS and amount % 10:
        raise InvalidRequest("In three-decimal currencies the last digit must be 0.", param=param)
    if currency in WITH_TWO_ZEROS and amount % 100:
        raise InvalidRequest(f"In {currency} the last two digits must be 0.", param=param)
