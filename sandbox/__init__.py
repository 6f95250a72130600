"""The sandbox: a stand-in for Stripe and PayPal, and a demo shop, as one separate WSGI app."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from flask import Flask, Response, jsonify

from sandbox.hooks import Hooks
from sandbox.store import Store
from sandbox.timers import Timers

__all__ = ["Sandbox", "SandboxConfig", "create_sandbox"]

BLUEPRINTS = (
    ("sandbox.control", "/sandbox"),
    ("sandbox.stripe_api", "/stripe"),
    ("sandbox.stripe_pages", "/stripe"),
    ("sandbox.paypal_api", "/paypal"),
    ("sandbox.paypal_pages", "/paypal"),
    ("sandbox.shop", "/shop"),
)
LARGEST_BODY = 1024 * 1024


class LiveKeyError(RuntimeError):
    """A live key is in the environment: nothing here may run beside real money."""


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
    shop_api_url: str = "http://127.0.0.1:8000"
    shop_api_key: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "SandboxConfig":
        """Read the environment once; refuse to start where a live key is in sight."""
        environ = os.environ if environ is None else environ
        for name, value in environ.items():
            if "sk_live_" in value or "rk_live_" in value:
                message = f"{name} holds a live key; the sandbox does not run beside real money."
                raise LiveKeyError(message)
        named = {
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
            "shop_api_url": environ.get("SHOP_API_URL", "").rstrip("/"),
            "shop_api_key": environ.get("SHOP_API_KEY", ""),
        }
        return cls(**{name: value for name, value in named.items() if value})


@dataclass(frozen=True)
class Sandbox:
    """What every blueprint finds in `app.extensions["sandbox"]`."""

    config: SandboxConfig
    store: Store
    hooks: Hooks
    timers: Timers


def create_sandbox(config: SandboxConfig) -> Flask:
    """Build the whole world: both providers, the shop, the control desk, the webhook sender.

    A blueprint module may define `install(app)`, called once with the sandbox in place, and
    `books(sandbox)`, which the control desk shows as that provider's own books.
    """
    app = Flask("sandbox", root_path=os.path.dirname(__file__), static_folder=None)  # noqa: PTH120
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined]
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
