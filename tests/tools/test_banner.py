import pytest

from app.seed import PEOPLE
from tests.tools.test_settings import KEYS
from tools import banner, settings
from tools import keys as kept
from tools.settings import Addresses


def facts(sandbox_port: int | None = 8124, *moved: str) -> banner.Facts:
    return banner.Facts(
        addresses=Addresses(8123, sandbox_port, moved),
        keys=KEYS,
        redis="private",
        database="postgresql://till:hunter2@db/till",
        seconds=3.2,
    )


def test_the_banner_has_what_a_person_needs():
    shown = banner.text(facts())
    for words in (
        "http://127.0.0.1:8124/shop/",
        "http://127.0.0.1:8123/l/lnk_1",
        "http://127.0.0.1:8123/docs",
        "sk_till",
        "4242 4242 4242 4242",
        "4000 0000 0000 0002",
        "4000 0000 0000 9995",
        "4000 0027 6000 3184",
        "PayPal",
        "success@razorpay",
        "var/log/*.log",
        "Ctrl-C",
    ):
        assert words in shown


def test_no_password_is_shown():
    assert "hunter2" not in banner.text(facts())
    assert "postgresql://till:…@db/till" in banner.text(facts())


def test_a_moved_port_is_shown():
    assert "port 8000 is taken" in banner.text(facts(8124, "port 8000 is taken, so PORT is 8123"))


def test_with_real_keys_no_test_card_is_offered():
    shown = banner.text(facts(sandbox_port=None))
    assert "REAL" in shown
    assert "4242" not in shown


def test_with_real_keys_there_is_no_demo_merchant_unless_asked_for():
    real = banner.Facts(Addresses(8123, None, ()), settings.without_demo(KEYS), "", "", 1)
    assert "make seed" in banner.text(real)
    assert "sk_till" not in banner.text(real)
    assert banner.demo(real)["payment_link_url"] is None


def test_demo_json_has_exactly_these_keys():
    assert banner.demo(facts()) == {
        "app_url": "http://127.0.0.1:8123",
        "sandbox_url": "http://127.0.0.1:8124",
        "stripe_api_url": "http://127.0.0.1:8124/stripe",
        "paypal_api_url": "http://127.0.0.1:8124/paypal",
        "stripe_secret_key": "sk_test_made",
        "paypal_client_id": "id",
        "paypal_client_secret": "secret",
        "razorpay_api_url": "http://127.0.0.1:8124/razorpay",
        "razorpay_key_id": "rzp_test_made",
        "razorpay_key_secret": "secret",
        "shop_url": "http://127.0.0.1:8124/shop/",
        "api_key": "sk_till",
        "payment_link_url": "http://127.0.0.1:8123/l/lnk_1",
        "india_link_url": "http://127.0.0.1:8123/l/lnk_2",
        "users": {},
    }


PASSWORDS = {kept.password_of(name): f"password-of-{name}" for name in kept.PEOPLE}


def test_the_people_of_the_demo_can_sign_in():
    """The banner and demo.json tell the people whom `flask seed` makes, and the passwords it was given."""
    shown = banner.Facts(Addresses(8123, 8124, ()), KEYS | PASSWORDS, "", "", 1)
    assert banner.demo(shown)["users"] == {
        name: {"email": one.email, "password": f"password-of-{name}"}
        for name, one in PEOPLE.items()
    }
    assert "http://127.0.0.1:8123/sign-in" in banner.text(shown)
    for name, one in PEOPLE.items():
        assert f"{one.email} " in banner.text(shown)
        assert f"password-of-{name}" in banner.text(shown)


@pytest.mark.parametrize(
    ("sandbox_port", "known"),
    [(None, KEYS | PASSWORDS), (8124, settings.without_demo(KEYS | PASSWORDS))],
)
def test_where_money_is_real_no_password_is_shown(sandbox_port, known):
    real = banner.Facts(Addresses(8123, sandbox_port, ()), known, "", "", 1)
    assert banner.demo(real)["users"] == {}
    assert "password-of" not in banner.text(real)
    assert "/sign-in" not in banner.text(real)


@pytest.mark.parametrize("key", ["sandbox_url", "stripe_secret_key", "shop_url"])
def test_without_a_sandbox_demo_json_does_not_invent_one(key):
    assert banner.demo(facts(sandbox_port=None))[key] is None
