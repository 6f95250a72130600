"""Every setting with its unit and default, read from the environment once, and frozen."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class BadSetting(Exception):
    """A setting is missing, malformed or contradicts another; the message is the one line to show."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One line of the table. `secret` settings can also be given as a file, in NAME_FILE."""

    name: str
    default: str
    help: str
    secret: bool = False


TABLE = (
    Setting(
        "BASE_URL",
        "http://127.0.0.1:8000",
        "Where shoppers reach this installation; no trailing slash.",
    ),
    Setting(
        "SECRET_KEY", "", "Signs form tokens: 32 or more random characters. Required.", secret=True
    ),
    Setting(
        "DB_URI",
        "sqlite:///var/till.db",
        "postgresql://… in production; the embedded SQLite otherwise.",
        secret=True,
    ),
    Setting("DB_POOL_SIZE", "8", "Connections kept open per process."),
    Setting(
        "REDIS_URL",
        "",
        "redis://… or unix://…; empty: work is done in the clock process.",
        secret=True,
    ),
    Setting("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR."),
    Setting("STRIPE_SECRET_KEY", "", "sk_live_… or sk_test_…; empty: Stripe is off.", secret=True),
    Setting(
        "STRIPE_PUBLISHABLE_KEY", "", "pk_live_… or pk_test_…, of the same mode as the secret key."
    ),
    Setting(
        "STRIPE_WEBHOOK_SECRET",
        "",
        "whsec_…; several, comma-separated, while rotating.",
        secret=True,
    ),
    Setting("STRIPE_API_URL", "https://api.stripe.com", "Another URL for the sandbox."),
    Setting("STRIPE_JS_URL", "https://js.stripe.com/endive/stripe.js", "Stripe's browser script."),
    Setting("PAYPAL_CLIENT_ID", "", "From PayPal's developer dashboard; empty: PayPal is off."),
    Setting("PAYPAL_CLIENT_SECRET", "", "Goes with the client id.", secret=True),
    Setting(
        "PAYPAL_WEBHOOK_ID", "", "The webhook's id in PayPal's dashboard; part of what is signed."
    ),
    Setting(
        "PAYPAL_API_URL",
        "https://api-m.paypal.com",
        "https://api-m.sandbox.paypal.com for PayPal's own sandbox.",
    ),
    Setting("PAYPAL_JS_URL", "https://www.paypal.com/sdk/js", "PayPal's browser script."),
    Setting("SANDBOX_URL", "", "Where Till's sandbox runs; refused beside a live key."),
    Setting("PROVIDER_CONNECT_TIMEOUT_S", "5", "Seconds to reach a provider."),
    Setting("PROVIDER_TIMEOUT_S", "25", "Seconds a provider may take to answer."),
    Setting("PROVIDER_POOL_SIZE", "64", "Connections kept open to each provider, per process."),
    Setting(
        "SESSION_LIFETIME_MIN",
        "1440",
        "Minutes until an unpaid checkout session expires, unless it says so.",
    ),
    Setting(
        "IDEMPOTENCY_HOURS",
        "72",
        "Hours for which an answer is replayed (a Friday's bug is found on Monday).",
    ),
    Setting(
        "REVIEW_UNDO_S",
        "10",
        "Seconds for which an analyst can take a verdict back before it is carried out.",
    ),
    Setting(
        "GEO_DB",
        "",
        "A newer table of countries by address (.mmdb, e.g. of ip-location-db); empty: the shipped one.",
    ),
    Setting(
        "METRICS_TOKEN",
        "",
        "Who sends it as a bearer token may read /metrics; empty: only this machine itself may.",
        secret=True,
    ),
    Setting(
        "CRASH_AT",
        "",
        "For fault tests: kill the process at this crash point. Refused beside a live key.",
    ),
    Setting("TRUSTED_PROXIES", "0", "How many proxies in front of the app set X-Forwarded-*."),
)

_NUMBERS: dict[str, type[int | float]] = {
    "DB_POOL_SIZE": int,
    "PROVIDER_CONNECT_TIMEOUT_S": float,
    "PROVIDER_TIMEOUT_S": float,
    "PROVIDER_POOL_SIZE": int,
    "SESSION_LIFETIME_MIN": int,
    "IDEMPOTENCY_HOURS": int,
    "REVIEW_UNDO_S": int,
    "TRUSTED_PROXIES": int,
}


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one installation, checked. Every secret is kept out of `repr`."""

    base_url: str
    secret_key: str = field(repr=False)
    db_uri: str = field(repr=False)
    db_pool_size: int
    redis_url: str = field(repr=False)
    log_level: str
    stripe_secret_key: str = field(repr=False)
    stripe_publishable_key: str
    stripe_webhook_secret: str = field(repr=False)
    stripe_api_url: str
    stripe_js_url: str
    paypal_client_id: str
    paypal_client_secret: str = field(repr=False)
    paypal_webhook_id: str
    paypal_api_url: str
    paypal_js_url: str
    sandbox_url: str
    provider_connect_timeout_s: float
    provider_timeout_s: float
    provider_pool_size: int
    session_lifetime_min: int
    idempotency_hours: int
    review_undo_s: int
    geo_db: str
    metrics_token: str = field(repr=False)
    crash_at: str
    trusted_proxies: int

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """Every secret that may sign now."""
        return tuple(filter(None, map(str.strip, self.stripe_webhook_secret.split(","))))

    @property
    def is_sandbox(self) -> bool:
        """Whether money is play money here."""
        return bool(self.sandbox_url)

    @property
    def is_live(self) -> bool:
        """Whether a provider key moves real money."""
        paypal_live = (
            bool(self.paypal_client_id) and self.paypal_api_url == "https://api-m.paypal.com"
        )
        return self.stripe_secret_key.startswith(("sk_live_", "rk_live_")) or paypal_live

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the providers that have keys."""
        keys = {"stripe": self.stripe_secret_key, "paypal": self.paypal_client_id}
        return tuple(name for name, key in keys.items() if key)


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read and check the settings. Raises BadSetting with one clear line."""
    env = os.environ if environ is None else environ
    values: dict[str, Any] = {s.name.lower(): _number(s.name, _read(s, env)) for s in TABLE}
    config = Config(**values)  # the table's names are the fields; a test compares them
    _check(config)
    return config


def load_or_exit() -> Config:
    """The settings for a process that is starting; one clear line and the end where they cannot be used.

    The status is 3, by which gunicorn knows not to start the same worker again and again.
    """
    try:
        return load()
    except BadSetting as bad:
        sys.stderr.write(f"Till cannot start: {bad}\n")
        raise SystemExit(3) from None


def _read(setting: Setting, env: Mapping[str, str]) -> str:
    given, file = env.get(setting.name), env.get(f"{setting.name}_FILE")
    if setting.secret and file:
        if given:
            raise BadSetting(f"{setting.name} and {setting.name}_FILE are both set: keep one")
        try:
            given = Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(
                f"{setting.name}_FILE cannot be read: {error.strerror}: {file}"
            ) from None
    return (setting.default if given is None else given).strip()


def _number(name: str, text: str) -> str | int | float:
    if name not in _NUMBERS:
        return text
    try:
        value = _NUMBERS[name](text)
    except ValueError:
        raise BadSetting(f"{name} must be a number, not {text!r}") from None
    if value < 0:
        raise BadSetting(f"{name} must not be negative")
    return value


def _check(config: Config) -> None:
    stripe_live = config.stripe_secret_key.startswith(("sk_live_", "rk_live_"))
    pk_live = config.stripe_publishable_key.startswith("pk_live_")
    rules = (
        (len(config.secret_key) < 32, "SECRET_KEY must have at least 32 characters: "
         "python3 -c 'import secrets; print(secrets.token_hex(32))'"),
        (not config.base_url.startswith(("http://", "https://")) or config.base_url.endswith("/"),
         "BASE_URL must start with http:// or https:// and not end with a slash"),
        (not config.db_uri.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")),
         "DB_URI must be sqlite:///… or postgresql://…"),
        (config.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"},
         "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR"),
        (not config.providers,
         "no provider has keys: set STRIPE_SECRET_KEY or PAYPAL_CLIENT_ID, or use `make run` for the sandbox"),
        (bool(config.stripe_secret_key) != bool(config.stripe_publishable_key),
         "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY go together: set both or neither"),
        (bool(config.stripe_secret_key) and stripe_live != pk_live,
         "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of different modes (live and test)"),
        (bool(config.paypal_client_id) != bool(config.paypal_client_secret),
         "PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET go together: set both or neither"),
        (config.is_sandbox and config.is_live,
         "SANDBOX_URL is set beside a live key: unset one of them"),
        (bool(config.crash_at) and config.is_live, "CRASH_AT is set beside a live key: unset it"),
        (config.is_live and not config.base_url.startswith("https://"),
         "BASE_URL must be https:// when a live key is set"),
    )  # fmt: skip
    for broken, line in rules:
        if broken:
            raise BadSetting(line)


def fresh_secret() -> str:
    """A value good enough for SECRET_KEY."""
    return secrets.token_hex(32)


def markdown() -> str:
    """The table for the documents."""
    rows = [
        f"| `{s.name}` | {f'`{s.default}`' if s.default else '(none)'} | {'yes' if s.secret else ''} | {s.help} |"
        for s in TABLE
    ]
    return "\n".join(["| setting | default | `_FILE` | meaning |", "|---|---|---|---|", *rows])
