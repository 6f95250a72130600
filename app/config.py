"""The settings, read from the environment once, checked and frozen. Their table is `app.settings`."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.settings import TABLE, Setting


class BadSetting(Exception):
    """A setting is missing, malformed or contradicts another; the message is the one line to show."""


_NUMBERS: dict[str, type[int | float]] = {
    "DB_POOL_SIZE": int,
    "PROVIDER_CONNECT_TIMEOUT_S": float,
    "PROVIDER_TIMEOUT_S": float,
    "PROVIDER_POOL_SIZE": int,
    "STRIPE_RATE": float,
    "STRIPE_ENDPOINT_RATE": float,
    "PAYPAL_RATE": float,
    "RAZORPAY_RATE": float,
    "PROVIDER_SHARES": int,
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
    old_secret_key: str = field(repr=False)
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
    paypal_card_fields: str
    razorpay_key_id: str
    razorpay_key_secret: str = field(repr=False)
    razorpay_webhook_secret: str = field(repr=False)
    razorpay_api_url: str
    razorpay_js_url: str
    smtp_url: str = field(repr=False)
    mail_from: str
    sandbox_url: str
    test_clock: str
    provider_connect_timeout_s: float
    provider_timeout_s: float
    provider_pool_size: int
    stripe_rate: float | None
    stripe_endpoint_rate: float | None
    paypal_rate: float | None
    razorpay_rate: float | None
    provider_shares: int
    session_lifetime_min: int
    idempotency_hours: int
    review_undo_s: int
    geo_db: str
    metrics_token: str = field(repr=False)
    crash_at: str
    trusted_proxies: int

    @property
    def old_secret_keys(self) -> tuple[str, ...]:
        """What SECRET_KEY was before."""
        return _several(self.old_secret_key)

    @property
    def stripe_webhook_secrets(self) -> tuple[str, ...]:
        """Every secret of Stripe's that may sign now."""
        return _several(self.stripe_webhook_secret)

    @property
    def razorpay_webhook_secrets(self) -> tuple[str, ...]:
        """Every secret of Razorpay's that may sign now."""
        return _several(self.razorpay_webhook_secret)

    @property
    def is_sandbox(self) -> bool:
        """Whether money is play money here."""
        return bool(self.sandbox_url)

    @property
    def is_live(self) -> bool:
        """Whether a provider key moves real money."""
        # PayPal's keys do not say what they are; the host does, however its address is written.
        paypal_live = bool(self.paypal_client_id) and _is_paypal(self.paypal_api_url)
        stripe_live = self.stripe_secret_key.startswith(("sk_live_", "rk_live_"))
        return stripe_live or paypal_live or self.razorpay_key_id.startswith("rzp_live_")

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the providers that have keys; of two that offer the same, the first is asked.

        Razorpay is for India only: whoever has it wants UPI from there.
        """
        keys = {
            "razorpay": self.razorpay_key_id,
            "stripe": self.stripe_secret_key,
            "paypal": self.paypal_client_id,
        }
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


def _is_paypal(url: str) -> bool:
    try:
        host = f".{urlsplit(url).hostname or ''}".rstrip(".")
    except ValueError:  # nobody can be reached there
        return False
    return host.endswith(".paypal.com") and ".sandbox." not in host


def _several(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, text.split(","))))


def _number(name: str, text: str) -> str | int | float | None:
    if name not in _NUMBERS:
        return text
    if not text and name.endswith("_RATE"):
        return None  # what is usual with this provider
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
        (config.provider_shares < 1, "PROVIDER_SHARES must be 1 or more"),
        (len(config.secret_key) < 32, "SECRET_KEY must have at least 32 characters: "
         "python3 -c 'import secrets; print(secrets.token_hex(32))'"),
        (not config.base_url.startswith(("http://", "https://")) or config.base_url.endswith("/"),
         "BASE_URL must start with http:// or https:// and not end with a slash"),
        (not config.db_uri.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")),
         "DB_URI must be sqlite:///… or postgresql://…"),
        (config.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"},
         "LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR"),
        (not config.providers,
         "no provider has keys: set STRIPE_SECRET_KEY, PAYPAL_CLIENT_ID or RAZORPAY_KEY_ID, "
         "or use `make run` for the sandbox"),
        (bool(config.smtp_url) and not config.smtp_url.startswith(("smtp://", "smtps://")),
         "SMTP_URL must be smtp://… or smtps://…"),
        ("@" not in config.mail_from, "MAIL_FROM must be an e-mail address"),
        (bool(config.stripe_secret_key) != bool(config.stripe_publishable_key),
         "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY go together: set both or neither"),
        (bool(config.stripe_secret_key) and stripe_live != pk_live,
         "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of different modes (live and test)"),
        (bool(config.paypal_client_id) != bool(config.paypal_client_secret),
         "PAYPAL_CLIENT_ID and PAYPAL_CLIENT_SECRET go together: set both or neither"),
        (config.paypal_card_fields not in {"", "on"}, "PAYPAL_CARD_FIELDS must be on, or empty"),
        (bool(config.razorpay_key_id) != bool(config.razorpay_key_secret),
         "RAZORPAY_KEY_ID and RAZORPAY_KEY_SECRET go together: set both or neither"),
        (config.is_sandbox and config.is_live,
         "SANDBOX_URL is set beside a live key: unset one of them"),
        (bool(config.test_clock) and config.is_live,
         "TEST_CLOCK is set beside a live key: unset it"),
        (bool(config.test_clock) and not config.is_sandbox,
         "TEST_CLOCK is set without SANDBOX_URL: only the sandbox can share it"),
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
