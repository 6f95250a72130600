"""Stripe on the page: its fields, the buttons of the wallets, and what its script is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.config import Config
from app.payments import methods
from app.providers.stripe_words import TYPES
from app.web import speech
from app.web.headers import origin
from models.payment import Payment


def shown(offers: Iterable[methods.Offer]) -> tuple[bool, list[str]]:
    """Whether its fields are there, and which wallets have buttons."""
    ours = methods.at(offers, "stripe")
    wallets = [method for method in ours if method in methods.WALLETS]
    return len(wallets) < len(ours), wallets


def types(offers: Iterable[methods.Offer]) -> list[str]:
    """Stripe's names of what may be used: its script offers these and no others."""
    ours = methods.at(offers, "stripe")
    return list(dict.fromkeys(TYPES.get(method, method) for method in ours))


def is_card_only(offers: Iterable[methods.Offer]) -> bool:
    """Whether its fields take nothing but cards."""
    return set(types(offers)) <= {"card"}


def script(
    offers: list[methods.Offer], payment: Payment, config: Config, amount: int | None
) -> dict[str, Any]:
    """What the page's modules are told of it. `amount` is in Stripe's own decimals."""
    return {
        "locale": speech.stripe_locale(),
        "key": config.stripe_publishable_key,
        "url": config.stripe_js_url,
        "origin": origin(config.stripe_js_url),
        "amount": amount,
        "currency": payment.currency.lower(),
        "capture_method": payment.capture,
        "methods": types(offers),
        "wallets": shown(offers)[1],
    }
