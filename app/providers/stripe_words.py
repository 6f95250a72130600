"""Stripe's words in ours. A word that is not here means "undecided"."""

from __future__ import annotations

import logging

from app.providers.base import Step, Verb

# PaymentIntent.status. `requires_payment_method` is a decline only where `last_payment_error` is.
STATUS = {
    "requires_action": Verb.CHALLENGE,
    "processing": Verb.WAIT,
    "requires_capture": Verb.AUTHORIZE,
    "succeeded": Verb.CAPTURE,
    "canceled": Verb.VOID,
    "requires_payment_method": Verb.DECLINE,
    "requires_confirmation": None,
}

# Our name of a method → Stripe's type, where they differ: what a wallet hands over is a card.
TYPES = {"apple_pay": "card", "google_pay": "card"}

SETUP = {
    "requires_action": "challenged",
    "processing": "pending",
    "succeeded": "succeeded",
    "canceled": "declined",
    "requires_payment_method": "declined",
    "requires_confirmation": None,
}

REFUND = {
    "pending": Step.WAIT,
    "requires_action": Step.WAIT,
    "succeeded": Step.SUCCEED,
    "failed": Step.FAIL,
    "canceled": Step.FAIL,
}

# Dispute.status → the steps that led there; a step taken before is old news. An inquiry
# (`warning_…`) has moved no money, and a prevented dispute never will: they are none of ours.
DISPUTE = {
    "needs_response": (Step.OPEN,),
    "under_review": (Step.OPEN,),
    "appeal_needs_response": (Step.OPEN,),
    "appeal_under_review": (Step.OPEN,),
    "won": (Step.OPEN, Step.WIN),
    "lost": (Step.OPEN, Step.LOSE),
    "warning_needs_response": (),
    "warning_under_review": (),
    "warning_closed": (),
    "prevented": (),
}

# Our reasons for a refund that Stripe knows as well; others are kept by us alone.
REFUND_REASONS = {
    "duplicate": "duplicate",
    "fraudulent": "fraudulent",
    "fraud": "fraudulent",
    "requested_by_customer": "requested_by_customer",
}

# decline_code, or code where there is none → a key of app.declines.TEXTS.
# Source: docs.stripe.com/declines/codes.
# fmt: off
DECLINES = {
    "approve_with_id":                        "try_again_later",
    "authentication_not_handled":             "authentication_failed",
    "authentication_required":                "authentication_required",
    "call_issuer":                            "generic_decline",
    "card_decline_rate_limit_exceeded":       "limit_exceeded",
    "card_declined":                          "generic_decline",
    "card_not_supported":                     "card_not_supported",
    "card_velocity_exceeded":                 "limit_exceeded",
    "currency_not_supported":                 "currency_not_supported",
    "do_not_honor":                           "generic_decline",
    "do_not_try_again":                       "generic_decline",
    "duplicate_transaction":                  "generic_decline",
    "expired_card":                           "expired_card",
    "fraud":                                  "fraudulent",
    "fraudulent":                             "fraudulent",
    "generic_decline":                        "generic_decline",
    "incorrect_address":                      "incorrect_address",
    "incorrect_cvc":                          "incorrect_cvc",
    "incorrect_number":                       "incorrect_number",
    "incorrect_zip":                          "incorrect_address",
    "insufficient_funds":                     "insufficient_funds",
    "invalid_account":                        "generic_decline",
    "invalid_amount":                         "limit_exceeded",
    "invalid_card_type":                      "card_not_supported",
    "invalid_cvc":                            "incorrect_cvc",
    "invalid_expiry_month":                   "invalid_expiry",
    "invalid_expiry_year":                    "invalid_expiry",
    "invalid_number":                         "incorrect_number",
    "issuer_not_available":                   "try_again_later",
    "lost_card":                              "lost_card",
    "merchant_blacklist":                     "blocked",
    "mobile_device_authentication_required":  "authentication_required",
    "new_account_information_available":      "generic_decline",
    "no_action_taken":                        "generic_decline",
    "not_permitted":                          "card_not_supported",
    "payment_intent_authentication_failure":  "authentication_failed",
    "payment_intent_payment_attempt_expired": "abandoned",
    "payment_intent_payment_attempt_failed":  "generic_decline",
    "payment_method_customer_decline":        "abandoned",
    "payment_method_not_available":           "try_again_later",
    "payment_method_provider_decline":        "generic_decline",
    "payment_method_provider_timeout":        "try_again_later",
    "pickup_card":                            "pickup_card",
    "processing_error":                       "processing_error",
    "reenter_transaction":                    "try_again_later",
    "restricted_card":                        "generic_decline",
    "revocation_of_all_authorizations":       "generic_decline",
    "revocation_of_authorization":            "generic_decline",
    "security_violation":                     "generic_decline",
    "service_not_allowed":                    "generic_decline",
    "setup_intent_authentication_failure":    "authentication_failed",
    "stolen_card":                            "stolen_card",
    "stop_payment_order":                     "generic_decline",
    "testmode_decline":                       "generic_decline",
    "transaction_not_allowed":                "card_not_supported",
    "try_again_later":                        "try_again_later",
    "withdrawal_count_limit_exceeded":        "limit_exceeded",
}
# fmt: on

_log = logging.getLogger("till.provider")
_told: set[str] = set()


def unknown(kind: str, word: object) -> None:
    """Say once per process that Stripe has a word which we do not know."""
    line = f"{kind}={str(word)[:60]!r}"
    if line not in _told:
        _told.add(line)
        _log.warning("stripe says a word that is not in our dictionary: %s", line)
