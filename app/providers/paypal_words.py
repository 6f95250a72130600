"""PayPal's words in ours: currencies, statuses, refusals."""

from __future__ import annotations

import re
from typing import Any

from app.providers.base import Capabilities, Decline, MethodRule, Refused, Step, Unanswered, Verb
from models.money import Money, exponent

# https://developer.paypal.com/api/rest/reference/currency-codes/. The rouble is left out: PayPal has not served
# Russia since March 2022. No currency with three decimals is among them.
# fmt: off
CURRENCIES = frozenset({
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS",
    "JPY", "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD",
})
# fmt: on
# "This currency does not support decimals": also two that have cents by ISO 4217.
NO_DECIMALS = frozenset({"HUF", "JPY", "TWD"})

CAN = Capabilities(
    currencies=CURRENCIES,
    exponents={code: 0 for code in NO_DECIMALS if exponent(code) != 0},
    # PayPal publishes no minimum: its smallest unit, in minor units.
    minimum={code: 10 ** exponent(code) if code in NO_DECIMALS else 1 for code in CURRENCIES},
    maximum_digits=9,
    methods=(MethodRule("paypal", flow="redirect", saves=True),),
)

# Our languages as PayPal names them (developer.paypal.com/reference/locale-codes); without one it chooses itself.
LOCALES = {
    "ar": "ar-EG", "de": "de-DE", "en": "en-US", "es": "es-ES", "fr": "fr-FR", "he": "he-IL", "it": "it-IT",
    "ja": "ja-JP", "ko": "ko-KR", "nl": "nl-NL", "pl": "pl-PL", "pt": "pt-BR", "sv": "sv-SE", "tr": "tr-TR",
    "zh": "zh-CN",
}  # fmt: skip

# The order's own status, where no money was asked for yet. It never decides about money.
ORDER = {
    "CREATED": Verb.CHALLENGE,
    "SAVED": Verb.CHALLENGE,
    "PAYER_ACTION_REQUIRED": Verb.CHALLENGE,
    "APPROVED": Verb.CHALLENGE,
    "VOIDED": Verb.VOID,
}
# A setup token's status. PayPal's document of 2024-02 has no list of them; these are on its pages about the vault. One
# that is VAULTED was turned into a payment token: asking for that again shows the same one.
SETUP = {
    "CREATED": "challenged",
    "PAYER_ACTION_REQUIRED": "challenged",
    "APPROVED": "approved",
    "VAULTED": "approved",
}
CAPTURE = {
    "COMPLETED": Verb.CAPTURE,
    "PARTIALLY_REFUNDED": Verb.CAPTURE,
    "REFUNDED": Verb.CAPTURE,
    "PENDING": Verb.WAIT,
    "DECLINED": Verb.DECLINE,
    "FAILED": Verb.DECLINE,
}
AUTHORIZATION = {
    "CREATED": Verb.AUTHORIZE,
    "PENDING": Verb.WAIT,
    "DENIED": Verb.DECLINE,
    "VOIDED": Verb.VOID,
    "CAPTURED": Verb.CAPTURE,
    "PARTIALLY_CAPTURED": Verb.CAPTURE,
}
CAPTURE_STEPS = {
    "COMPLETED": Step.SUCCEED,
    "PARTIALLY_REFUNDED": Step.SUCCEED,
    "REFUNDED": Step.SUCCEED,
    "PENDING": Step.WAIT,
    "DECLINED": Step.FAIL,
    "FAILED": Step.FAIL,
}
REFUND_STEPS = {
    "COMPLETED": Step.SUCCEED,
    "PENDING": Step.WAIT,
    "FAILED": Step.FAIL,
    "CANCELLED": Step.FAIL,
}

# Refused, and the buyer can still mend it on the same order.
ASK_BUYER = {
    "INSTRUMENT_DECLINED": Decline("instrument_declined", "INSTRUMENT_DECLINED"),
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": Decline(
        "instrument_declined", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING"
    ),
    "PAYER_ACTION_REQUIRED": None,
    "ORDER_NOT_APPROVED": None,
}
# Refused because it is done, or the order is gone: look at the order.
READ_BACK = frozenset(
    {
        "ORDER_ALREADY_CAPTURED",
        "ORDER_ALREADY_AUTHORIZED",
        "ORDER_COMPLETED_OR_VOIDED",
        "ORDER_COMPLETION_IN_PROGRESS",
        "AUTHORIZATION_ALREADY_CAPTURED",
        "MAX_AUTHORIZATION_COUNT_EXCEEDED",
        "PREVIOUSLY_VOIDED",
        "INVALID_RESOURCE_ID",
        "RESOURCE_NOT_FOUND",
    }
)
# Issue or processor response code → key of app.declines.TEXTS. An issue that is not here is no decline.
# fmt: off
DECLINES = {
    "AGREEMENT_ALREADY_CANCELLED":             "payer_cannot_pay",
    "COMPLIANCE_VIOLATION":                    "blocked",
    "DECLINED_DUE_TO_RELATED_TXN":             "payer_cannot_pay",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "payer_cannot_pay",
    "ORDER_EXPIRED":                           "abandoned",
    "PAYEE_BLOCKED_TRANSACTION":               "blocked",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED":          "payer_cannot_pay",
    "PAYER_ACCOUNT_RESTRICTED":                "payer_cannot_pay",
    "PAYER_CANNOT_PAY":                        "payer_cannot_pay",
    "TOKEN_EXPIRED":                           "abandoned",
    "TRANSACTION_BLOCKED_BY_PAYEE":            "blocked",
    "TRANSACTION_LIMIT_EXCEEDED":              "payer_cannot_pay",
    "TRANSACTION_REFUSED":                     "payer_cannot_pay",
    "00N7": "incorrect_cvc",
    "0500": "generic_decline",
    "1330": "incorrect_number",
    "5100": "generic_decline",
    "5110": "incorrect_cvc",
    "5120": "insufficient_funds",
    "5150": "pickup_card",
    "5170": "incorrect_address",
    "5180": "card_not_supported",
    "5400": "expired_card",
    "5650": "authentication_required",
    "5920": "try_again_later",
    "7700": "authentication_failed",
    "7710": "authentication_failed",
    "8000": "processing_error",
    "8100": "try_again_later",
    "8110": "try_again_later",
    "8220": "try_again_later",
    "9100": "try_again_later",
    "9500": "fraudulent",
    "9510": "fraudulent",
    "9520": "lost_card",
}
# fmt: on

_AMOUNT = re.compile(r"[0-9]{1,16}(?:\.[0-9]{1,3})?")


def wire(amount: Money) -> dict[str, str]:
    """Our money as PayPal writes it. Raises Refused for what PayPal cannot take: nothing was sent."""
    if amount.currency not in CURRENCIES:
        raise Refused(
            f"PayPal does not take {amount.currency}", code="INVALID_CURRENCY_CODE", status=422
        )
    text = amount.decimal()
    if amount.currency in NO_DECIMALS and exponent(amount.currency):
        text, _, cents = text.partition(".")
        if cents.strip("0"):
            raise Refused(
                f"PayPal takes no decimals of {amount.currency}",
                code="DECIMALS_NOT_SUPPORTED",
                status=422,
            )
    return {"currency_code": amount.currency, "value": text}


def money(node: Any) -> Money:
    """PayPal's money object as ours. Raises Unanswered where it makes no sense."""
    value = node.get("value") if isinstance(node, dict) else None
    currency = node.get("currency_code") if isinstance(node, dict) else None
    if not isinstance(value, str) or not isinstance(currency, str) or not _AMOUNT.fullmatch(value):
        raise Unanswered("PayPal's amount makes no sense")
    if currency in NO_DECIMALS and value.partition(".")[2].strip("0"):
        raise Unanswered(f"PayPal's amount has decimals that {currency} has not")
    try:
        return Money.parse(value, currency)
    except ValueError:  # an unknown currency, or decimals it does not have
        raise Unanswered(f"PayPal's amount makes no sense in {currency[:8]!r}") from None
