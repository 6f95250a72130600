"""How many requests a second each provider takes from us: what it publishes, and what the settings say instead."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.config import Config

# Stripe's own figures (docs.stripe.com/rate-limits): an account's live mode, its test mode, and each operation
# ("endpoint": method and path) by itself. It also allows 1000 updates of one PaymentIntent an hour, which an
# installation that asks twenty times in a charge's life does not come near.
STRIPE_LIVE, STRIPE_TEST, STRIPE_ENDPOINT = 100.0, 25.0, 25.0
# Neither PayPal nor Razorpay publishes a figure. This one is ours, a guess on the safe side, and settable.
UNPUBLISHED = 25.0


@dataclass(frozen=True, slots=True)
class Rates:
    """What one account at a provider takes: requests per second, in all and of each operation (0: not counted)."""

    provider: str
    account: str
    per_s: float
    endpoint_per_s: float = 0.0


def of(config: Config) -> dict[str, Rates]:
    """The limits of every configured provider that has any. Servers that are not the provider's own have none.

    An account is named by a digest of its public key, so that installations which share a Redis do not mix them up.
    """
    live = config.stripe_secret_key.startswith(("sk_live_", "rk_live_"))
    is_stripe = _is_at(config.stripe_api_url, "stripe.com")
    usual = STRIPE_LIVE if live else STRIPE_TEST
    at_paypal = _is_at(config.paypal_api_url, "paypal.com")
    at_razorpay = _is_at(config.razorpay_api_url, "razorpay.com")
    found = (
        Rates(
            "stripe",
            _digest(config.stripe_publishable_key),
            _chosen(config.stripe_rate, usual if is_stripe else 0.0),
            _chosen(config.stripe_endpoint_rate, STRIPE_ENDPOINT if is_stripe else 0.0),
        ),
        Rates(
            "paypal",
            _digest(config.paypal_client_id),
            _chosen(config.paypal_rate, UNPUBLISHED if at_paypal else 0.0),
        ),
        Rates(
            "razorpay",
            _digest(config.razorpay_key_id),
            _chosen(config.razorpay_rate, UNPUBLISHED if at_razorpay else 0.0),
        ),
    )
    known = config.providers
    return {
        rates.provider: rates
        for rates in found
        if rates.provider in known and (rates.per_s or rates.endpoint_per_s)
    }


def _chosen(setting: float | None, usual: float) -> float:
    return usual if setting is None else setting


def _is_at(url: str, domain: str) -> bool:
    return f".{urlsplit(url).hostname or ''}".endswith(f".{domain}")


def _digest(public_key: str) -> str:
    return hashlib.sha256(public_key.encode()).hexdigest()[:12]
