import pytest

from tools import settings
from tools.settings import Addresses

ADDRESSES = Addresses(8123, 8124, ())
KEYS = {
    "SECRET_KEY": "s" * 64,
    "STRIPE_SECRET_KEY": "sk_test_made",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_made",
    "STRIPE_WEBHOOK_SECRET": "whsec_made",
    "PAYPAL_CLIENT_ID": "id",
    "PAYPAL_CLIENT_SECRET": "secret",
    "PAYPAL_WEBHOOK_ID": "hook",
    "RAZORPAY_KEY_ID": "rzp_test_made",
    "RAZORPAY_KEY_SECRET": "secret",
    "RAZORPAY_WEBHOOK_SECRET": "hook",
    "API_KEY": "sk_till",
    "PAYMENT_LINK_URL": "http://127.0.0.1:8000/l/lnk_1",
    "INDIA_LINK_URL": "http://127.0.0.1:8000/l/lnk_2",
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in (
        "STRIPE_SECRET_KEY",
        "PAYPAL_CLIENT_ID",
        "RAZORPAY_KEY_ID",
        "DB_URI",
        "REDIS_URL",
        "BASE_URL",
        "PORT",
    ):
        monkeypatch.delenv(name, raising=False)


def test_without_provider_keys_everything_points_to_the_sandbox():
    app = settings.of_app(ADDRESSES, KEYS, "unix:///redis.sock")
    assert app["SANDBOX_URL"] == "http://127.0.0.1:8124"
    assert app["STRIPE_API_URL"] == "http://127.0.0.1:8124/stripe"
    assert app["PAYPAL_API_URL"] == "http://127.0.0.1:8124/paypal"
    assert app["RAZORPAY_API_URL"] == "http://127.0.0.1:8124/razorpay"
    assert app["RAZORPAY_JS_URL"] == "http://127.0.0.1:8124/razorpay/checkout.js"
    assert app["BASE_URL"] == "http://127.0.0.1:8123"


def test_app_and_sandbox_share_their_keys_and_webhook_secrets():
    app = settings.of_app(ADDRESSES, KEYS, "")
    sandbox = settings.of_sandbox(ADDRESSES, KEYS)
    shared = [name for name in KEYS if name.startswith(("STRIPE_", "PAYPAL_", "RAZORPAY_"))]
    assert {name: app[name] for name in shared} == {n: sandbox[f"SANDBOX_{n}"] for n in shared}
    assert sandbox["SANDBOX_STRIPE_WEBHOOK_URL"] == "http://127.0.0.1:8123/webhooks/stripe"
    assert sandbox["SANDBOX_RAZORPAY_WEBHOOK_URL"] == "http://127.0.0.1:8123/webhooks/razorpay"
    assert sandbox["SHOP_API_KEY"] == "sk_till"


def test_a_real_key_keeps_the_sandbox_out(monkeypatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_of_a_real_account")
    addresses = settings.choose_addresses()
    app = settings.of_app(addresses, KEYS, "")
    assert addresses.sandbox is None
    assert app["STRIPE_SECRET_KEY"] == "sk_test_of_a_real_account"
    assert not {"SANDBOX_URL", "STRIPE_API_URL", "PAYPAL_CLIENT_ID", "RAZORPAY_KEY_ID"} & set(app)


def test_the_sandbox_learns_nothing_of_ours(monkeypatch):
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_never")
    monkeypatch.setenv("DB_URI", "postgresql://till:secret@db/till")
    sandbox = settings.of_sandbox(ADDRESSES, KEYS)
    assert not {"STRIPE_SECRET_KEY", "DB_URI", "SECRET_KEY"} & set(sandbox)
    assert "sk_live_never" not in sandbox.values()


def test_what_a_person_sets_wins(monkeypatch):
    monkeypatch.setenv("DB_URI", "postgresql://db/till")
    monkeypatch.setenv("SECRET_KEY", "mine")
    monkeypatch.setenv("BASE_URL", "https://pay.example/")
    app = settings.of_app(Addresses(8000, 8001, ()), KEYS, "")
    assert (app["DB_URI"], app["SECRET_KEY"]) == ("postgresql://db/till", "mine")
    assert app["BASE_URL"] == "https://pay.example"


def test_a_secret_in_a_file_is_not_contradicted(monkeypatch):
    monkeypatch.setenv("SECRET_KEY_FILE", "/run/secrets/key")
    monkeypatch.setenv("REDIS_URL_FILE", "/run/secrets/redis")
    app = settings.of_app(ADDRESSES, KEYS, "redis://elsewhere")
    assert not {"SECRET_KEY", "REDIS_URL"} & set(app)


def test_a_moved_port_is_told(monkeypatch):
    monkeypatch.setattr(settings.ports, "first_free", lambda wanted, besides=(): wanted + 5)
    assert settings.choose_addresses().moved == (
        "port 8000 is taken, so PORT is 8005",
        "port 8001 is taken, so SANDBOX_PORT is 8006",
        "port 8025 is taken, so SANDBOX_SMTP_PORT is 8030",
    )


def test_a_demo_merchant_is_made_once_for_each_database(monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "VAR", tmp_path)
    app = settings.of_app(ADDRESSES, KEYS, "")
    seeded = KEYS | {"SEEDED": settings.fingerprint(app)}
    assert settings.is_new_database(app, seeded)  # there is no file yet
    (tmp_path / "till.db").touch()
    assert settings.is_new_database(app, KEYS)
    assert not settings.is_new_database(app, seeded)
    assert settings.is_new_database(app | {"DB_URI": "postgresql://db/till"}, seeded)
    monkeypatch.setattr(settings, "DEMO", settings.DEMO + 1)  # a newer version makes more
    assert settings.is_new_database(app, seeded)
