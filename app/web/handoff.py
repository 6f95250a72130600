"""Ways to pay that happen at a provider's own page: what is offered, the way there, and the wait. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.languages import N_, _
from app.web import words
from app.web.page import Choice, Code, Hosted

LABELS = {"upi": N_("UPI"), "netbanking": N_("Net banking"), "wallet": N_("Wallet")}

# Lines of NOTICES, by the state and the type of the next action or of the method.
OWN_LINES = {("waiting", "display_qr"): "scan", ("processing", "sepa_debit"): "debited"}


def choices(methods: Sequence[str]) -> tuple[Choice, ...]:
    """The buttons, in the provider's order."""
    return tuple(Choice(name, _(LABELS[name])) for name in methods if name in LABELS)


def hosted(action: dict[str, Any] | None, *, email: str) -> Hosted | None:
    """The form that opens Razorpay's own page, without its script.

    Its fields are those of razorpay.com/docs, "Hosted Checkout".
    """
    if action is None or not is_away(action):
        return None
    data = action.get("data", {})
    fields = {
        "key_id": data.get("key"),
        "order_id": action.get("order"),
        "amount": data.get("amount"),
        "currency": data.get("currency"),
        "name": data.get("name"),
        "description": data.get("description"),
        "prefill[email]": email,
        "notes[attempt_id]": data.get("attempt"),
        "callback_url": data.get("callback_url"),
        "cancel_url": data.get("cancel_url"),
    }
    return Hosted(action["url"], {name: str(value) for name, value in fields.items() if value})


def is_away(action: dict[str, Any] | None) -> bool:
    """Whether an order waits to be paid on another page, which the shopper may be just about to open."""
    return bool(action and action["type"] == "razorpay")


def is_waiting(action: dict[str, Any] | None) -> bool:
    """Whether the shopper's bank or app was asked, or shows a code to scan, and has not answered."""
    return bool(
        action and (action["type"] == "display_qr" or action.get("data", {}).get("waiting"))
    )


def code(action: dict[str, Any] | None) -> Code | None:
    """The picture that the shopper's app scans, and the provider's page that does without."""
    if not action or action["type"] != "display_qr":
        return None
    return Code(action["data"]["image"], action["url"])


def line(state: str, action: dict[str, Any] | None, method: str) -> str:
    """The line of NOTICES for a state: some ways to pay have their own."""
    kinds = (str((action or {}).get("type")), method)
    return next((OWN_LINES[state, kind] for kind in kinds if (state, kind) in OWN_LINES), state)


def deadline(action: dict[str, Any] | None) -> str:
    """Until when the bank or app is waited for."""
    ends = (action or {}).get("expires_at")
    return words.moment(datetime.fromisoformat(ends)) if ends else ""
