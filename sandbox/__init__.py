"""The sandbox: a stand-in for Stripe, PayPal and Razorpay, and a demo shop: a separate WSGI app."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify

from sandbox import clock
from sandbox.hooks import Hooks
from sandbox.store import Store
from sandbox.timers import Timers

__all__ = ["Sandbox", "SandboxConfig", "create_sandbox"]

BLUEPRINTS = (
    ("sandbox.control", "/sandbox"),
    ("sandbox.desk_clock", "/sandbox"),
    ("sandbox.mailbox", "/sandbox"),
    ("sandbox.desk_faults", "/sandbox"),
    ("sandbox.desk_acts", "/sandbox"),
    ("sandbox.desk_panel", "/sandbox"),
    ("sandbox.stripe_api", "/stripe"),
    ("sandbox.stripe_pages", "/stripe"),
    ("sandbox.stripe_banks", "/stripe"),
    ("sandbox.stripe_desk", "/stripe/sandbox"),
    ("sandbox.paypal_api", "/paypal"),
    ("sandbox.paypal_pages", "/paypal"),
    ("sandbox.razorpay_api", "/razorpay"),
    ("sandbox.razorpay_pages", "/razorpay"),
    ("sandbox.shop", "/shop"),
    ("sandbox.shop_embed", "/shop"),
)
LARGEST_BODY = 1024 * 1024
LIVE_PAYPAL = "https://api-m.paypal.com"
LIVE_MARKS = ("sk_live_", "rk_live_", "pk_live_", "rzp_live_")


class LiveKeyError(RuntimeError):
    """A live key is in the environment: nothing here may run beside real money."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} holds a live key; the sandbox does not run beside real money.")


@dataclass(frozen=True, kw_only=True)
class SandboxConfig:
    """Everything the sandbox can be told; the defaults make a world that works by itself."""

    db_path: str = ":memory:"
    url: str = "http://127.0.0.1:8001"
    stripe_secret_key: str = "sk_test_sandbox"
    stripe_publishable_key: str = "pk_test_sandbox"
    stripe_webhook_url: str = ""
    stripe_webhook_secret: str = "whsec_sandbox"
    paypal_client_id: str = "sandbox-client"
    paypal_client_secret: str = "sandbox-secret"
    paypal_webhook_url: str = ""
    paypal_webhook_id: str = "WH-SANDBOX"
    razorpay_key_id: str = "rzp_test_sandbox"
    razorpay_key_secret: str = "sandbox-secret"
    razorpay_webhook_url: str = ""
    razorpay_webhook_secret: str = "razorpay-webhook-secret"
    smtp_port: int = 0  # 0: no mail is taken
    shop_api_url: str = "http://127.0.0.1:8000"
    shop_api_key: str = ""
    test_clock: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "SandboxConfig":
        """Read the environment once; refuse to start where a live key is in sight."""
        environ = os.environ if environ is None else environ
        _refuse_live(environ)
        named: dict[str, Any] = {
            "db_path": environ.get("SANDBOX_DB", ""),
            "url": environ.get("SANDBOX_URL", "").rstrip("/"),
            "stripe_secret_key": environ.get("SANDBOX_STRIPE_SECRET_KEY", ""),
            "stripe_publishable_key": environ.get("SANDBOX_STRIPE_PUBLISHABLE_KEY", ""),
            "stripe_webhook_url": environ.get("SANDBOX_STRIPE_WEBHOOK_URL", ""),
            "stripe_webhook_secret": environ.get("SANDBOX_STRIPE_WEBHOOK_SECRET", ""),
            "paypal_client_id": environ.get("SANDBOX_PAYPAL_CLIENT_ID", ""),
            "paypal_client_secret": environ.get("SANDBOX_PAYPAL_CLIENT_SECRET", ""),
            "paypal_webhook_url": environ.get("SANDBOX_PAYPAL_WEBHOOK_URL", ""),
            "paypal_webhook_id": environ.get("SANDBOX_PAYPAL_WEBHOOK_ID", ""),
            "razorpay_key_id": environ.get("SANDBOX_RAZORPAY_KEY_ID", ""),
            "razorpay_key_secret": environ.get("SANDBOX_RAZORPAY_KEY_SECRET", ""),
            "razorpay_webhook_url": environ.get("SANDBOX_RAZORPAY_WEBHOOK_URL", ""),
            "razorpay_webhook_secret": environ.get("SANDBOX_RAZORPAY_WEBHOOK_SECRET", ""),
            "smtp_port": int(environ.get("SANDBOX_SMTP_PORT") or 0),
            "shop_api_url": environ.get("SHOP_API_URL", "").rstrip("/"),
            "shop_api_key": environ.get("SHOP_API_KEY", ""),
            "test_clock": environ.get("TEST_CLOCK", ""),
        }
        return cls(**{name: value for name, value in named.items() if value})


def _refuse_live(environ: Mapping[str, str]) -> None:
    for name, value in environ.items():
        if any(mark in value or mark in _read(name, value) for mark in LIVE_MARKS):
            raise LiveKeyError(name)
    # PayPal's keys do not say what they are; the host does, and the default one is live.
    address = environ.get("PAYPAL_API_URL", "").strip() or LIVE_PAYPAL
    try:
        host = f".{urlsplit(address).hostname or ''}".rstrip(".")
    except ValueError:  # nobody can be reached there
        host = ""
    if host.endswith(".paypal.com") and ".sandbox." not in host:
        for name in ("PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_ID_FILE"):
            if environ.get(name):
                raise LiveKeyError(name)


def _read(name: str, file: str) -> str:
    """Read what Till would read where a key is given as a file; nothing where it is not."""
    if not name.endswith("_KEY_FILE") and not name.endswith("_KEY_ID_FILE"):
        return ""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


@dataclass(frozen=True)
class Sandbox:
    """What every blueprint finds in `app.extensions["sandbox"]`."""

    config: SandboxConfig
    store: Store
    hooks: Hooks
    timers: Timers


def create_sandbox(config: SandboxConfig) -> Flask:
    """Build the whole world: the providers, the shop, the control desk, the webhook sender.

    A blueprint module may define `install(app)`, called once with the sandbox in place, and
    `books(sandbox)`, which the control desk shows as that provider's own books.
    """
    app = Flask("sandbox", root_path=os.path.dirname(__file__), static_folder=None)  # noqa: PTH120
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined]
    clock.follow(config.test_clock)
    store = Store(config.db_path)
    timers = Timers(store)
    app.extensions["sandbox"] = Sandbox(config, store, Hooks(store, timers), timers)
    for module_name, prefix in BLUEPRINTS:
        module = import_module(module_name)
        app.register_blueprint(module.blueprint, url_prefix=prefix)
        if hasattr(module, "install"):
            module.install(app)

    @app.get("/healthz")
    def healthz() -> Response:
        app.extensions["sandbox"].hooks.start()
        return jsonify(status="ok")

    return app
