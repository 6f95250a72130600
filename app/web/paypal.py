"""PayPal on the page: its button, its card fields, and the address of the script that makes them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.config import Config
from app.payments import methods
from app.web import speech
from models.payment import Payment


def shown(offers: Iterable[methods.Offer]) -> tuple[bool, bool]:
    """Whether its button is there, and whether cards are typed into its own fields."""
    ours = methods.at(offers, "paypal")
    return "paypal" in ours, "card" in ours


def script(offers: Iterable[methods.Offer], payment: Payment, config: Config) -> dict[str, Any]:
    """What the page's modules are told of it."""
    buttons, cards = shown(offers)
    intent = "capture" if payment.capture == "automatic" else "authorize"
    parts = ",".join(["buttons"] * buttons + ["card-fields"] * cards)
    asked = f"client-id={config.paypal_client_id}&currency={payment.currency}&intent={intent}"
    asked += f"&components={parts}{speech.paypal_locale()}"
    return {"url": f"{config.paypal_js_url}?{asked}", "buttons": buttons, "cards": cards}
