"""Declines in our vocabulary: whether trying again can help, and the text that the shopper reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.languages import N_, _
from app.providers.base import Decline

_GENERIC = N_(
    "Your bank did not approve this payment. Try another card or another way to pay, or ask your bank."
)


@dataclass(frozen=True, slots=True)
class Text:
    """One line of the table. `retryable`: the same details may work on another try."""

    retryable: bool
    message: str


# Lost, stolen, fraudulent and blocked read exactly like a generic decline: a thief must learn nothing here.
# fmt: off
# ruff: noqa: E501 -- a table's rows are as long as its sentences
TEXTS = {
    "generic_decline":         Text(False, _GENERIC),
    "lost_card":               Text(False, _GENERIC),
    "stolen_card":             Text(False, _GENERIC),
    "pickup_card":             Text(False, _GENERIC),
    "fraudulent":              Text(False, _GENERIC),
    "blocked":                 Text(False, _GENERIC),
    "insufficient_funds":      Text(True,  N_("There is not enough money available on this card. Try another card or another way to pay.")),
    "limit_exceeded":          Text(True,  N_("This card's limit is reached. Try another card, or try again later.")),
    "expired_card":            Text(False, N_("This card has expired. Use another card.")),
    "incorrect_cvc":           Text(True,  N_("The security code is not right. Check the code on your card and try again.")),
    "incorrect_number":        Text(True,  N_("The card number is not right. Check it and try again.")),
    "invalid_expiry":          Text(True,  N_("The expiry date is not right. Check it and try again.")),
    "incorrect_address":       Text(True,  N_("The address does not match what your bank knows. Check it and try again.")),
    "card_not_supported":      Text(False, N_("This card cannot be used for this purchase. Try another card or another way to pay.")),
    "currency_not_supported":  Text(False, N_("This card does not support the currency. Try another card or another way to pay.")),
    "authentication_failed":   Text(True,  N_("Your bank could not confirm that it was you. Try again, or use another way to pay.")),
    "authentication_required": Text(True,  N_("Your bank wants to confirm that it is you. Try again and follow your bank's steps.")),
    "try_again_later":         Text(True,  N_("Your bank could not be reached. Wait a moment and try again.")),
    "processing_error":        Text(True,  N_("The payment could not be processed. Wait a moment and try again.")),
    "instrument_declined":     Text(True,  N_("PayPal could not use the way to pay you chose. Choose another one in PayPal, or pay by card.")),
    "payer_cannot_pay":        Text(False, N_("PayPal could not complete this payment. Try another way to pay.")),
    "abandoned":               Text(True,  N_("The payment was not finished. You can try again.")),
    "provider_refused":        Text(True,  N_("The payment could not be processed. Try again, or use another way to pay.")),
}
# fmt: on

NO_MONEY = N_("{reason} No money was taken.")

# What tells something of the card: help for whoever mistyped, and an oracle for whoever tests stolen numbers. After so
# many tries on one page, the answer is the generic one.
TELLING = frozenset(
    {
        "insufficient_funds", "limit_exceeded", "expired_card", "incorrect_cvc", "incorrect_number",
        "invalid_expiry", "incorrect_address", "card_not_supported", "currency_not_supported",
    }
)  # fmt: skip
TOLD_TRIES = 3


def is_soft(code: str | None) -> bool:
    """Whether another try with the same details may help, so that the decline says little of who tries."""
    return code in TEXTS and TEXTS[code].retryable


def for_shopper(decline: Mapping[str, Any] | None, *, tries: int) -> Mapping[str, Any] | None:
    """The presented decline in the shopper's language: blocked, stolen, lost and declined are one answer, to the byte."""
    if decline is None:
        return None
    code = decline["code"] if decline["code"] in TEXTS else "generic_decline"
    if TEXTS[code].message is _GENERIC or (code in TELLING and tries > TOLD_TRIES):
        code = "generic_decline"
    text = TEXTS[code]
    message = _(NO_MONEY, reason=_(text.message))
    return {"code": code, "message": message, "retryable": text.retryable}


def present(decline: Decline | None) -> dict[str, Any] | None:
    """The decline as programs see it: `{code, message, retryable}`, in English; an unknown code reads as generic."""
    if decline is None:
        return None
    code = decline.code if decline.code in TEXTS else "generic_decline"
    text = TEXTS[code]
    message = NO_MONEY.format(reason=text.message)
    return {"code": code, "message": message, "retryable": text.retryable}
