"""What a shopper types becomes a payment method here; numbers and IBANs are forgotten at once."""

import re
from typing import Any

from sandbox import clock
from sandbox.cards import BY_NUMBER, DECLINE_TEXT, Card, as_named, find, luhn_holds
from sandbox.ibans import BY_IBAN, LENGTHS, Account, bank_code, checksum_holds
from sandbox.store import Document
from sandbox.stripe_errors import BadCard, InvalidRequest
from sandbox.stripe_objects import billing_details, card_details, checks, payment_method

NAMED_EXPIRY_YEARS = 2
# The banks whose page this sandbox shows: the name in Stripe's list, the BIC and the bank's own.
# fmt: off
BANK_NAMES = {
    "abn_amro": ("ABNANL2A", "ABN AMRO"), "bunq": ("BUNQNL2A", "bunq"), "ing": ("INGBNL2A", "ING"),
    "knab": ("KNABNL2H", "Knab"), "rabobank": ("RABONL2U", "Rabobank"),
    "sns_bank": ("SNSBNL2A", "SNS Bank"), "triodos_bank": ("TRIONL2U", "Triodos Bank"),
}
# fmt: on
BANKS = {name: bic for name, (bic, _) in BANK_NAMES.items()}


def method_of_fields(params: dict[str, Any], *, inside: str = "") -> Document:
    """Describe what the fields say as a payment method of their type.

    Raises:
        BadCard: the card's fields cannot be right.
        InvalidRequest: a field is missing, or the bank account cannot be right.
    """
    kind = params["type"]
    for other in MAKERS.keys() & params.keys() - {kind}:
        named = f"{inside}[{other}]" if inside else other
        raise InvalidRequest(f"Received unknown parameter: {named}", code="parameter_unknown",
                             param=named)  # fmt: skip
    details = billing_details(params.get("billing_details"))
    return MAKERS[kind](params, details, inside)


def _part(params: dict[str, Any], inside: str) -> dict[str, Any]:
    kind = params["type"]
    if not params.get(kind):
        named = f"{inside}[{kind}]" if inside else kind
        raise InvalidRequest(
            f"Missing required param: {named}.", code="parameter_missing", param=named
        )
    return dict(params[kind])


def _card(params: dict[str, Any], details: Document, inside: str) -> Document:
    fields = _part(params, inside)
    card = _card_of(re.sub(r"[\s-]", "", fields["number"]))
    exp = _expiry(fields["exp_month"], fields["exp_year"])
    cvc = fields.get("cvc")
    if cvc is not None and not re.fullmatch(r"\d{4}" if card.brand == "amex" else r"\d{3}", cvc):
        raise BadCard("Your card's security code is invalid.", code="invalid_cvc", param="cvc")
    kind = (fields.get("wallet") or {}).get("type", "")
    checked = checks(card, details, cvc_sent=cvc is not None)
    part = card_details(card, exp=exp, checked=checked, kind=kind)
    return payment_method("card", part, details, params, _card=card.key)


def _card_of(number: str) -> Card:
    if not re.fullmatch(r"\d{12,19}", number):
        raise BadCard("Your card number is invalid.", code="invalid_number", param="number")
    if not luhn_holds(number):
        raise BadCard("Your card number is incorrect.", code="incorrect_number", param="number")
    if number not in BY_NUMBER:
        # No real number is ever accepted here, not even to be declined later.
        words = DECLINE_TEXT["test_mode_live_card"]
        code, why = "card_declined", "test_mode_live_card"
        raise BadCard(words, code=code, param="number", decline_code=why)
    return BY_NUMBER[number]


def _expiry(month: int, year: int) -> tuple[int, int]:
    if not 1 <= month <= 12:
        raise BadCard(
            "Your card's expiration month is invalid.",
            code="invalid_expiry_month",
            param="exp_month",
        )
    now = clock.now()
    year = year + 2000 if year < 100 else year
    if year > now.year + 50 or (year, month) < (now.year, now.month):
        code, param = "invalid_expiry_year", "exp_year"
        if year == now.year:
            code, param = "invalid_expiry_month", "exp_month"
        part = "year" if param == "exp_year" else "month"
        raise BadCard(f"Your card's expiration {part} is invalid.", code=code, param=param)
    return month, year


def _sepa_debit(params: dict[str, Any], details: Document, inside: str) -> Document:
    typed = _part(params, inside)["iban"]
    account = _account_of(re.sub(r"[\s-]", "", typed).upper())
    part = {
        "bank_code": bank_code(account.iban),
        "branch_code": "",
        "country": account.iban[:2],
        "fingerprint": account.fingerprint,
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": account.iban[-4:],
    }
    return payment_method("sepa_debit", part, details, params, _account=account.key)


def _account_of(iban: str) -> Account:
    """Find a test account. That the enum of codes has no `invalid_iban` is why these are used."""
    param = "sepa_debit[iban]"
    if iban[:2] not in LENGTHS:
        words = "The country of this IBAN is not in the area of SEPA Direct Debit."
        raise InvalidRequest(words, code="sepa_unsupported_account", param=param)
    if len(iban) != LENGTHS[iban[:2]] or not checksum_holds(iban):
        words = "The IBAN you provided is invalid."
        raise InvalidRequest(words, code="account_number_invalid", param=param)
    account = BY_IBAN.get(iban)
    if account is None:
        # As with cards: no real account is ever accepted.
        words = "In test mode only test IBANs can be used. See https://stripe.com/docs/testing."
        code = "payment_method_invalid_parameter_testmode"
        raise InvalidRequest(words, code=code, param=param)
    if account.fate == "unusable":
        words = "The bank account provided cannot be used. Please use another one."
        raise InvalidRequest(words, code="bank_account_unusable", param=param)
    return account


def _ideal(params: dict[str, Any], details: Document, _: str) -> Document:
    bank = (params.get("ideal") or {}).get("bank")
    part = {"bank": bank, "bic": BANKS.get(bank or "")}
    return payment_method("ideal", part, details, params)


def _upi(params: dict[str, Any], details: Document, _: str) -> Document:
    wish = (params.get("upi") or {}).get("mandate_options")
    return payment_method("upi", {"vpa": None}, details, params, _mandate_options=wish)


MAKERS = {"card": _card, "sepa_debit": _sepa_debit, "ideal": _ideal, "upi": _upi}


def named_method(name: str) -> Document | None:
    """Make a payment method of a magic `pm_card_` name; every use makes a new one."""
    card = find(name)
    if card is None:
        return None
    if card.checks:
        card = as_named(card)
    given = {"address": {"line1": "x", "postal_code": "x"}} if card.checks_sent else {}
    checked = checks(card, billing_details(given), cvc_sent=True)
    exp = (12, clock.now().year + NAMED_EXPIRY_YEARS)
    part = card_details(card, exp=exp, checked=checked, kind="")
    return payment_method("card", part, billing_details({}), {}, _card=card.key)
