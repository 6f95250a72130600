"""What a person sees when everything is up, and the same for programs: var/demo.json."""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass

from tools import keys as kept
from tools.settings import Addresses

CARDS = (
    ("4242 4242 4242 4242", "is paid"),
    ("4000 0000 0000 0002", "is declined"),
    ("4000 0000 0000 9995", "is declined: insufficient funds"),
    ("4000 0027 6000 3184", "asks for 3-D Secure, then is paid"),
)


@dataclass(frozen=True)
class Facts:
    """What this start turned out to be."""

    addresses: Addresses
    keys: dict[str, str]
    redis: str
    database: str
    seconds: float

    @property
    def payment_link(self) -> str | None:
        """The link that was made once, at the address of today."""
        return self._link("PAYMENT_LINK_URL")

    @property
    def india_link(self) -> str | None:
        """The same of the merchant in India."""
        return self._link("INDIA_LINK_URL")

    def _link(self, name: str) -> str | None:
        made = self.keys.get(name)
        return made and self.addresses.app + urllib.parse.urlsplit(made).path

    @property
    def users(self) -> dict[str, dict[str, str]]:
        """Who can sign in with a password that we may show: in the sandbox only."""
        return kept.users(self.keys) if self.addresses.sandbox else {}

    @property
    def shop(self) -> str | None:
        return self.addresses.sandbox and f"{self.addresses.sandbox}/shop/"


def demo(facts: Facts) -> dict[str, object]:
    """For tests and scripts that use the running demo."""
    sandbox, keys = facts.addresses.sandbox, facts.keys if facts.addresses.sandbox else {}
    return {
        "app_url": facts.addresses.app,
        "sandbox_url": sandbox,
        "stripe_api_url": sandbox and f"{sandbox}/stripe",
        "paypal_api_url": sandbox and f"{sandbox}/paypal",
        "stripe_secret_key": keys.get("STRIPE_SECRET_KEY"),
        "paypal_client_id": keys.get("PAYPAL_CLIENT_ID"),
        "paypal_client_secret": keys.get("PAYPAL_CLIENT_SECRET"),
        "razorpay_api_url": sandbox and f"{sandbox}/razorpay",
        "razorpay_key_id": keys.get("RAZORPAY_KEY_ID"),
        "razorpay_key_secret": keys.get("RAZORPAY_KEY_SECRET"),
        "shop_url": facts.shop,
        "api_key": facts.keys.get("API_KEY"),
        "payment_link_url": facts.payment_link,
        "india_link_url": facts.india_link,
        "users": facts.users,
    }


def text(facts: Facts) -> str:
    lines = [
        "",
        f"  Till is up, after {facts.seconds:.0f} s.",
        "",
        *_places(facts),
        "",
        *_people(facts),
        *(_sandbox() if facts.addresses.sandbox else _real(facts)),
        "",
        _row("Database", without_password(facts.database)),
        _row("Redis", facts.redis),
        _row("Logs", "var/log/*.log, and below"),
        *(_row("Note", sentence) for sentence in facts.addresses.moved),
        "",
        "  Ctrl-C stops everything. The data stays; `make clean` removes it.",
        "",
    ]
    return "\n".join(lines)


def _row(name: str, value: str) -> str:
    return f"  {name:<14}{value}"


def _places(facts: Facts) -> list[str]:
    places = {
        "Demo shop": facts.shop,
        "Payment link": facts.payment_link,
        "… in India": facts.india_link,
        "API": f"{facts.addresses.app}/v1",
        "API docs": f"{facts.addresses.app}/docs",
        "API key": facts.keys.get("API_KEY"),
        "Control desk": facts.addresses.sandbox and f"{facts.addresses.sandbox}/sandbox/",
    }
    return [_row(name, value) for name, value in places.items() if value]


def _people(facts: Facts) -> list[str]:
    if not facts.users:
        return []
    widest = max(len(user["email"]) for user in facts.users.values())
    return [
        _row("Sign in", f"{facts.addresses.app}/sign-in"),
        *(
            _row("", f"{user['email']:<{widest}}  {user['password']}")
            for user in facts.users.values()
        ),
        "",
    ]


def _sandbox() -> list[str]:
    cards = [_row("", f"{number}  {outcome}") for number, outcome in CARDS]
    return [
        _row("No real money", "Stripe, PayPal and Razorpay are the sandbox on this machine."),
        _row("Test cards", "any future date, any CVC, any postcode"),
        *cards,
        _row("", "PayPal: the button opens a page that approves, cancels or declines"),
        _row("", "UPI: success@razorpay pays, failure@razorpay fails, any other id asks"),
    ]


def _real(facts: Facts) -> list[str]:
    lines = [
        _row("Providers", "REAL: provider keys were in the environment; no sandbox was started.")
    ]
    if "API_KEY" not in facts.keys:
        lines.append(_row("Merchant", "none yet: `make seed` adds one and prints its API key"))
    return lines


def without_password(uri: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:…@", uri)
