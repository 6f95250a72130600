"""The test cards: each number and magic `pm_` name with what becomes of it, as one table."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Card:
    """A test card; `key` names it in the store, so that no number is ever kept."""

    key: str
    number: str = ""
    brand: str = "visa"
    funding: str = "credit"
    country: str = "US"
    code: str = ""
    decline_code: str = ""
    # Whether a card that declines can still be kept for a customer.
    saves: bool = False
    # Authentication: none | supported | frictionless | required | required_until_set_up |
    # required_on_session | lookup_fails | unsupported
    auth: str = "none"
    risk_level: str = "normal"
    risk_score: int = 24
    blocked: bool = False
    reviewed: bool = False
    checks: dict[str, str] = field(default_factory=dict)
    checks_sent: bool = False
    dispute: tuple[str, ...] = ()
    early_fraud_warning: bool = False
    refund: str = ""
    available_at_once: bool = False

    @property
    def last4(self) -> str:
        """Give the only digits that are ever shown."""
        return self.number[-4:]

    @property
    def fingerprint(self) -> str:
        """Name the card number without telling it: the same number, the same fingerprint."""
        return hashlib.sha256(f"sandbox card {self.key}".encode()).hexdigest()[:16]


def declined(number: str, key: str, code: str, decline_code: str = "", **more: object) -> Card:
    """Describe a card that the issuer refuses."""
    return Card(number=number, key=key, code=code, decline_code=decline_code, **more)  # type: ignore[arg-type]


def accepted(number: str, key: str, **more: object) -> Card:
    """Describe a card that pays, with whatever is special about it."""
    return Card(number=number, key=key, **more)  # type: ignore[arg-type]


CARDS: tuple[Card, ...] = (
    accepted("4242424242424242", "pm_card_visa"),
    accepted("4000056655665556", "pm_card_visa_debit", funding="debit"),
    accepted("5555555555554444", "pm_card_mastercard", brand="mastercard"),
    accepted("2223003122003222", "mastercard_2_series", brand="mastercard"),
    accepted("5200828282828210", "pm_card_mastercard_debit", brand="mastercard", funding="debit"),
    accepted(
        "5105105105105100", "pm_card_mastercard_prepaid", brand="mastercard", funding="prepaid"
    ),
    accepted("378282246310005", "pm_card_amex", brand="amex", auth="unsupported"),
    accepted("371449635398431", "amex_second", brand="amex", auth="unsupported"),
    accepted("6011111111111117", "pm_card_discover", brand="discover"),
    accepted("3056930009020004", "pm_card_diners", brand="diners"),
    accepted("3566002020360505", "pm_card_jcb", brand="jcb", country="JP"),
    accepted(
        "6200000000000005", "pm_card_unionpay", brand="unionpay", country="CN", auth="unsupported"
    ),
    accepted("4000000000000077", "pm_card_bypassPending", available_at_once=True),
    accepted(
        "4000003720000278",
        "pm_card_bypassPendingInternational",
        country="IE",
        available_at_once=True,
    ),
    accepted("4000000000000093", "pm_card_domesticPricing"),
    accepted("4000000760000002", "pm_card_br", country="BR"),
    accepted("4000003560000008", "pm_card_in", country="IN"),
    accepted("4000008260000000", "pm_card_gb", country="GB"),
    accepted("4000002760000016", "pm_card_de", country="DE"),
    declined("4000000000000002", "pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
    declined(
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "card_declined",
        "insufficient_funds",
    ),
    declined(
        "4000000000009987", "pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"
    ),
    declined(
        "4000000000009979", "pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"
    ),
    declined(
        "4000000000000069", "pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"
    ),
    declined(
        "4000000000000127", "pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"
    ),
    declined(
        "4000000000000119",
        "pm_card_chargeDeclinedProcessingError",
        "processing_error",
        "processing_error",
    ),
    declined(
        "4000000000006975",
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "card_declined",
        "card_velocity_exceeded",
    ),
    declined(
        "4000000000000341",
        "pm_card_chargeCustomerFail",
        "card_declined",
        "generic_decline",
        saves=True,
    ),
    declined(
        "4100000000000019",
        "pm_card_radarBlock",
        "card_declined",
        "fraudulent",
        blocked=True,
        risk_level="highest",
        risk_score=92,
    ),
    declined(
        "4000000000004954",
        "pm_card_riskLevelHighest",
        "card_declined",
        "fraudulent",
        blocked=True,
        risk_level="highest",
        risk_score=88,
    ),
    accepted(
        "4000000000009235",
        "pm_card_riskLevelElevated",
        risk_level="elevated",
        risk_score=70,
        reviewed=True,
    ),
    accepted(
        "4000008400000407", "pm_card_highFraudDisputeScore", risk_level="elevated", risk_score=66
    ),
    accepted("4000008400000159", "pm_card_highEfwScore", risk_level="elevated", risk_score=66),
    accepted("4000008405600003", "pm_card_adaptive3dsChallenge", auth="supported"),
    accepted(
        "4000000000000101", "pm_card_cvcCheckFail", checks={"cvc_check": "fail"}, checks_sent=True
    ),
    accepted(
        "4000000000000036",
        "pm_card_avsZipFail",
        checks={"address_postal_code_check": "fail"},
        checks_sent=True,
    ),
    accepted(
        "4000000000000028",
        "pm_card_avsLine1Fail",
        checks={"address_line1_check": "fail"},
        checks_sent=True,
    ),
    accepted(
        "4000000000000010",
        "pm_card_avsFail",
        checks_sent=True,
        checks={"address_line1_check": "fail", "address_postal_code_check": "fail"},
    ),
    accepted(
        "4000000000000044",
        "pm_card_avsUnchecked",
        checks_sent=True,
        checks={"address_line1_check": "unavailable", "address_postal_code_check": "unavailable"},
    ),
    accepted(
        "4000002500003155", "pm_card_authenticationRequiredOnSetup", auth="required_until_set_up"
    ),
    accepted("4000002760003184", "pm_card_authenticationRequired", auth="required"),
    accepted(
        "4000003800000446",
        "pm_card_authenticationRequiredSetupForOffSession",
        auth="required_on_session",
    ),
    accepted("4000000000003220", "pm_card_threeDSecure2Required", auth="required"),
    declined(
        "4000008400001629",
        "pm_card_threeDSecureRequiredChargeDeclined",
        "card_declined",
        "generic_decline",
        auth="required",
    ),
    declined(
        "4000008400001280",
        "pm_card_threeDSecureRequiredProcessingError",
        "card_declined",
        "generic_decline",
        auth="lookup_fails",
    ),
    accepted("4000000000003055", "pm_card_threeDSecureOptional", auth="supported"),
    accepted("4000000032200000", "three_d_secure_frictionless", auth="frictionless"),
    accepted("4000000000000259", "pm_card_createDispute", dispute=("fraudulent",)),
    accepted(
        "4000000000002685",
        "pm_card_createDisputeProductNotReceived",
        dispute=("product_not_received",),
    ),
    accepted("4000000000001976", "pm_card_createDisputeInquiry", dispute=("inquiry",)),
    accepted("4000000000005423", "pm_card_createIssuerFraudRecord", early_fraud_warning=True),
    # Its printed number fails the Luhn check, so it exists by name only.
    accepted("", "pm_card_createMultipleDisputes", dispute=("fraudulent", "product_not_received")),
    accepted("4000000000007726", "pm_card_pendingRefund", refund="pending"),
    accepted("4000000000005126", "pm_card_refundFail", refund="fails"),
)

BY_NUMBER = {card.number: card for card in CARDS if card.number}
BY_KEY = {card.key: card for card in CARDS}
# Stands in where there is no card: nothing special happens by itself.
NO_CARD = Card(key="no_card")

# An error's words, by decline code first and by code otherwise; some of them name a parameter.
DECLINE_TEXT = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "lost_card": "Your card was declined.",
    "stolen_card": "Your card was declined.",
    "fraudulent": "Your card was declined.",
    "card_velocity_exceeded": "Your card was declined for making repeated attempts too frequently"
    " or exceeding its amount limit.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "test_mode_live_card": "Your card was declined. Your request was in test mode, but used a non"
    " test card. For a list of valid test cards, visit: https://stripe.com/docs/testing.",
}
DECLINE_PARAM = {"expired_card": "exp_month", "incorrect_cvc": "cvc"}
ADVICE = {
    "lost_card": "do_not_try_again",
    "stolen_card": "do_not_try_again",
    "fraudulent": "do_not_try_again",
    "insufficient_funds": "try_again_later",
    "processing_error": "try_again_later",
    "card_velocity_exceeded": "try_again_later",
    "incorrect_cvc": "confirm_card_data",
    "expired_card": "confirm_card_data",
    "generic_decline": "try_again_later",
}
NETWORK_DECLINE = {
    "generic_decline": "01",
    "insufficient_funds": "51",
    "lost_card": "41",
    "stolen_card": "43",
    "expired_card": "54",
    "incorrect_cvc": "N7",
    "processing_error": "96",
    "card_velocity_exceeded": "65",
}


def luhn_holds(number: str) -> bool:
    """Say whether the last digit is the check digit of the others."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return bool(number) and total % 10 == 0


def find(name: str) -> Card | None:
    """Find a card by its magic name; `pm_card_us` is another name of the plain one."""
    return BY_KEY.get("pm_card_visa" if name == "pm_card_us" else name)


def card_of(doc: Mapping[str, Any]) -> Card:
    """Give the test card behind a payment method or a charge; other methods have nothing special."""
    return BY_KEY.get(doc.get("_card", ""), NO_CARD)


def as_named(card: Card) -> Card:
    """Give the card as used by its magic name, when one called for a check result."""
    return replace(card, checks_sent=True)
