"""The table of settings: each with its unit and default, in the order of the documents."""

from __future__ import annotations

from dataclasses import dataclass


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
        "OLD_SECRET_KEY",
        "",
        "The former SECRET_KEY; several, comma-separated: what was sealed with it is still verified.",
        secret=True,
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
    Setting(
        "PAYPAL_CARD_FIELDS",
        "",
        "on: cards are typed into PayPal's own fields where Stripe does not take them.",
    ),
    Setting("RAZORPAY_KEY_ID", "", "rzp_live_… or rzp_test_…; empty: Razorpay is off."),
    Setting("RAZORPAY_KEY_SECRET", "", "Goes with the key id.", secret=True),
    Setting(
        "RAZORPAY_WEBHOOK_SECRET",
        "",
        "The webhook's own secret; several, comma-separated, while rotating.",
        secret=True,
    ),
    Setting("RAZORPAY_API_URL", "https://api.razorpay.com", "Another URL for the sandbox."),
    Setting(
        "RAZORPAY_JS_URL",
        "https://checkout.razorpay.com/v1/checkout.js",
        "Razorpay's browser script.",
    ),
    Setting(
        "SMTP_URL",
        "",
        "Where mail is handed over: smtp://user:password@host:587 or smtps://…; empty: no mail is sent.",
        secret=True,
    ),
    Setting("MAIL_FROM", "till@localhost", "The address that mail comes from."),
    Setting("SANDBOX_URL", "", "Where Till's sandbox runs; refused beside a live key."),
    Setting(
        "TEST_CLOCK",
        "",
        "The file by which the sandbox moves Till's time too; only with SANDBOX_URL.",
    ),
    Setting("PROVIDER_CONNECT_TIMEOUT_S", "5", "Seconds to reach a provider."),
    Setting("PROVIDER_TIMEOUT_S", "25", "Seconds a provider may take to answer."),
    Setting("PROVIDER_POOL_SIZE", "64", "Connections kept open to each provider, per process."),
    Setting(
        "STRIPE_RATE", "", "Requests/s; empty: what Stripe allows (live 100, test 25); 0: no limit."
    ),
    Setting(
        "STRIPE_ENDPOINT_RATE", "", "Requests/s of each operation; empty: 25, Stripe's default."
    ),
    Setting("PAYPAL_RATE", "", "Requests/s; empty: 25, our own figure, for PayPal publishes none."),
    Setting("RAZORPAY_RATE", "", "Requests/s; empty: 25, our own, for Razorpay publishes none."),
    Setting(
        "PROVIDER_SHARES", "8", "Processes that share the rates while no Redis counts for all."
    ),
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
