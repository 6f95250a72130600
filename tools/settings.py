"""What each process finds in its environment, and where the servers of this start answer."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from tools import VAR, ports

PROVIDER_KEYS = (
    "STRIPE_SECRET_KEY",
    "PAYPAL_CLIENT_ID",
    "PAYPAL_CLIENT_SECRET",
    "RAZORPAY_KEY_ID",
    "RAZORPAY_KEY_SECRET",
)
OF_PROVIDERS = ("STRIPE_", "PAYPAL_", "RAZORPAY_")
MADE = ("API_KEY", "PAYMENT_LINK_URL", "INDIA_LINK_URL")  # by `flask seed`
EMBEDDED = f"sqlite:///{VAR / 'till.db'}"
TEST_CLOCK = VAR / "test_clock.json"
DEFAULT_PORT, DEFAULT_SANDBOX_PORT, DEFAULT_SMTP_PORT = 8000, 8001, 8025
DEMO = 3  # raised when `flask seed` makes more than before: an older demo is then completed once


@dataclass(frozen=True)
class Addresses:
    """Where the two servers of this start answer; no sandbox when real keys are given."""

    port: int
    sandbox_port: int | None
    moved: tuple[str, ...]  # sentences about ports that were taken
    smtp_port: int | None = None  # where the sandbox takes mail

    @property
    def local(self) -> str:
        return f"http://{ports.HOST}:{self.port}"

    @property
    def app(self) -> str:
        """The address people use, which a proxy in front may have changed."""
        return os.environ.get("BASE_URL", self.local).rstrip("/")

    @property
    def sandbox(self) -> str | None:
        return f"http://{ports.HOST}:{self.sandbox_port}" if self.sandbox_port else None


def choose_addresses() -> Addresses:
    moved: list[str] = []
    port = _choose("PORT", DEFAULT_PORT, moved)
    if real_provider_keys():
        return Addresses(port, None, tuple(moved))
    sandbox_port = _choose("SANDBOX_PORT", DEFAULT_SANDBOX_PORT, moved, besides=(port,))
    smtp_port = _choose("SANDBOX_SMTP_PORT", DEFAULT_SMTP_PORT, moved, besides=(port, sandbox_port))
    return Addresses(port, sandbox_port, tuple(moved), smtp_port)


def last_addresses() -> Addresses:
    """Where the demo answers, or did when it last ran."""
    demo = VAR / "demo.json"
    said = json.loads(demo.read_text()) if demo.exists() else {}
    port = urlsplit(said.get("app_url") or "").port or DEFAULT_PORT
    sandbox_port = urlsplit(said.get("sandbox_url") or "").port or DEFAULT_SANDBOX_PORT
    return Addresses(port, None if real_provider_keys() else sandbox_port, ())


def _choose(name: str, default: int, moved: list[str], *, besides: tuple[int, ...] = ()) -> int:
    wanted = int(os.environ.get(name) or default)
    port = ports.first_free(wanted, besides=besides)
    if port != wanted:
        moved.append(f"port {wanted} is taken, so {name} is {port}")
    return port


def real_provider_keys() -> list[str]:
    """The names of the provider keys somebody has set; with any of them the sandbox stays out."""
    names = [*PROVIDER_KEYS, *(f"{name}_FILE" for name in PROVIDER_KEYS)]
    return [name for name in names if os.environ.get(name)]


def is_new_database(app: dict[str, str], keys: dict[str, str]) -> bool:
    """Whether the demo merchant, whose key we keep, lives in another database than this one."""
    if app.get("DB_URI") == EMBEDDED and not (VAR / "till.db").exists():
        return True
    return keys.get("SEEDED") != fingerprint(app)


def without_demo(keys: dict[str, str]) -> dict[str, str]:
    """Where real money may move, nobody gets a demo merchant unless they ask: `make seed`."""
    return {name: keys[name] for name in keys if name not in MADE and not name.startswith("DEMO_")}


def fingerprint(app: dict[str, str]) -> str:
    """Tells one database from another without keeping its password, and one demo from a fuller one."""
    named = app.get("DB_URI") or app.get("DB_URI_FILE", "")
    return sha256(f"{named} {DEMO}".encode()).hexdigest()[:16]


def of_app(addresses: Addresses, keys: dict[str, str], redis_url: str) -> dict[str, str]:
    """For web, workers, clock and the command line."""
    sandbox = addresses.sandbox
    ours = {
        "SECRET_KEY": keys["SECRET_KEY"],
        "DB_URI": EMBEDDED,
        "LOG_LEVEL": "INFO",
        "GRACEFUL_TIMEOUT_S": "2",  # Ctrl-C is for now; what is under way is asked about later
    }
    # A secret given as a file must not be contradicted by one of ours.
    given = {name: value for name, value in os.environ.items() if value}
    environment = {n: v for n, v in ours.items() if f"{n}_FILE" not in given} | given
    environment |= _everywhere() | {"BASE_URL": addresses.app, "PORT": str(addresses.port)}
    if "REDIS_URL_FILE" not in given:
        environment["REDIS_URL"] = redis_url
    if not sandbox:
        return environment
    return environment | {
        **{name: keys[name] for name in keys if name.startswith(OF_PROVIDERS)},
        "SANDBOX_URL": sandbox,
        "TEST_CLOCK": str(TEST_CLOCK),
        **(
            {"SMTP_URL": f"smtp://{ports.HOST}:{addresses.smtp_port}"}
            if addresses.smtp_port
            else {}
        ),
        "STRIPE_API_URL": f"{sandbox}/stripe",
        "STRIPE_JS_URL": f"{sandbox}/stripe/js/stripe.js",
        "PAYPAL_API_URL": f"{sandbox}/paypal",
        "PAYPAL_JS_URL": f"{sandbox}/paypal/sdk/js",
        "RAZORPAY_API_URL": f"{sandbox}/razorpay",
        "RAZORPAY_JS_URL": f"{sandbox}/razorpay/checkout.js",
    }


def of_sandbox(addresses: Addresses, keys: dict[str, str]) -> dict[str, str]:
    """For somebody else's server: what it must know, and nothing of ours."""
    ours = (*OF_PROVIDERS, "DB_URI", "REDIS_URL", "SECRET_KEY", "PORT", "BASE_URL")
    outside = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    sandboxed = {
        f"SANDBOX_{name}": value for name, value in keys.items() if name.startswith(OF_PROVIDERS)
    }
    return {
        **outside,
        **_everywhere(),
        **sandboxed,
        "SANDBOX_DB": str(VAR / "sandbox.db"),
        "SANDBOX_URL": addresses.sandbox or "",
        "TEST_CLOCK": str(TEST_CLOCK),
        "SANDBOX_STRIPE_WEBHOOK_URL": f"{addresses.local}/webhooks/stripe",
        "SANDBOX_PAYPAL_WEBHOOK_URL": f"{addresses.local}/webhooks/paypal",
        "SANDBOX_RAZORPAY_WEBHOOK_URL": f"{addresses.local}/webhooks/razorpay",
        "SANDBOX_SMTP_PORT": str(addresses.smtp_port or 0),
        "SHOP_API_URL": addresses.local,
        "SHOP_API_KEY": keys.get("API_KEY", ""),
    }


def _everywhere() -> dict[str, str]:
    """One thread for numbers, lines as they are written, and no proxy on the way to ourselves."""
    no_proxy = ",".join(filter(None, [os.environ.get("NO_PROXY"), ports.HOST, "localhost"]))
    return {
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "",  # compiled modules halve the time of a start
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
    }
