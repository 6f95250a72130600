"""PayPal's test cards: what a number and a name make happen. The number itself is never kept."""

from dataclasses import dataclass
from typing import Any

from sandbox import clock
from sandbox.cards import luhn_holds
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_funding import Funding
from sandbox.store import Document

# The card's name decides: https://developer.paypal.com/tools/sandbox/card-testing/
NAME_TRIGGERS = {
    "CCREJECT-REFUSED": "0500",
    "CCREJECT-SF": "9500",
    "CCREJECT-EC": "5400",
    "CCREJECT-IRC": "5180",
    "CCREJECT-IF": "5120",
    "CCREJECT-LS": "9520",
    "CCREJECT-IA": "1330",
    "CCREJECT-BANK_ERROR": "5100",
    "CCREJECT-CVV_F": "00N7",
}


@dataclass(frozen=True)
class Flow:
    """How a card's bank authenticates: does it ask the buyer, and what it then says."""

    asks: bool
    status: str
    shift: str


ORDINARY = "ordinary"
FLOWS = {
    ORDINARY: Flow(asks=True, status="Y", shift="POSSIBLE"),
    "frictionless": Flow(asks=False, status="Y", shift="POSSIBLE"),
    "frictionless_failed": Flow(asks=False, status="N", shift="NO"),
    "attempted": Flow(asks=False, status="A", shift="POSSIBLE"),
    "step_up": Flow(asks=True, status="Y", shift="POSSIBLE"),
    "step_up_failed": Flow(asks=True, status="N", shift="NO"),
}
# number → brand, flow of authentication
CARDS = {
    "4012888888881881": ("VISA", ORDINARY),
    "4005519200000004": ("VISA", ORDINARY),
    "4012000033330026": ("VISA", ORDINARY),
    "4111111111111111": ("VISA", ORDINARY),
    "2223000048400011": ("MASTERCARD", ORDINARY),
    "371449635398431": ("AMEX", ORDINARY),
    "4868719196829038": ("VISA", "frictionless"),
    "4868719158130060": ("VISA", "frictionless_failed"),
    "4868719581920723": ("VISA", "attempted"),
    "4868719166101368": ("VISA", "step_up"),
    "4868719181895556": ("VISA", "step_up_failed"),
}


def read_card(card: dict[str, Any], *, at: str) -> Document:
    """Say of a card what may be kept of it; refuse one that is no test card, or past its end.

    `at` is where the card stands in the body.
    """
    for name in ("number", "expiry"):
        if name not in card:
            raise PayPalError(f"CARD_{name.upper()}_REQUIRED", field=f"{at}/{name}")
    if not luhn_holds(card["number"]):
        raise PayPalError("INVALID_PARAMETER_VALUE", field=f"{at}/number")
    if card["number"] not in CARDS:
        raise PayPalError("PAYMENT_SOURCE_CANNOT_BE_USED", field=f"{at}/number")
    brand, flow = CARDS[card["number"]]
    if card["expiry"] < f"{clock.now():%Y-%m}":
        raise PayPalError("CARD_EXPIRED", field=f"{at}/expiry", value=card["expiry"])
    code = card.get("security_code")
    if code is not None and len(code) != (4 if brand == "AMEX" else 3):
        raise PayPalError("INVALID_SECURITY_CODE_LENGTH", field=f"{at}/security_code")
    return {
        "brand": brand,
        "last_digits": card["number"][-4:],
        "expiry": card["expiry"],
        "name": card.get("name", ""),
        "flow": flow,
    }


def shown_card(card: Document) -> dict[str, Any]:
    """Show a card as answers do."""
    body = {name: card[name] for name in ("last_digits", "brand", "expiry")}
    if len(card["name"]) > 1:
        body = {"name": card["name"], **body}
    return {**body, "type": "CREDIT"}


def is_expired(card: Document) -> bool:
    """Say whether a kept card is past its end."""
    return bool(card["expiry"] < f"{clock.now():%Y-%m}")


def funding_of(card: Document) -> Funding:
    """Say what the processor makes of a card."""
    code = NAME_TRIGGERS.get(card["name"].upper(), "")
    if is_expired(card):
        code = "5400"
    return Funding(
        label=f"{card['brand']} ending {card['last_digits']}",
        hint="",
        capture_status="DECLINED" if code else "COMPLETED",
        authorization_status="DENIED" if code else "CREATED",
        response_code=code or "0000",
    )


def authentication(card: Document, *, agreed: bool) -> dict[str, Any]:
    """Tell how the bank's authentication went; a buyer may fail one that would have held."""
    flow = FLOWS[card["flow"]]
    held = agreed or not flow.asks
    return {
        "liability_shift": flow.shift if held else "NO",
        "three_d_secure": {
            "authentication_status": flow.status if held else "N",
            "enrollment_status": "Y",
        },
    }
