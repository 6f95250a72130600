import pytest

from app import config
from app.config import TABLE, BadSetting, Config, load, load_or_exit

GOOD = {
    "SECRET_KEY": "s" * 32,
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old",
    "PAYPAL_CLIENT_ID": "client",
    "PAYPAL_CLIENT_SECRET": "hidden",
    "PAYPAL_API_URL": "https://api-m.sandbox.paypal.com",
    "RAZORPAY_KEY_ID": "rzp_test_1",
    "RAZORPAY_KEY_SECRET": "hidden",
    "RAZORPAY_WEBHOOK_SECRET": "new,old",
}
LIVE = {
    **GOOD,
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "BASE_URL": "https://pay.example",
}


def test_the_table_and_the_fields_are_the_same():
    assert [setting.name.lower() for setting in TABLE] == list(Config.__dataclass_fields__)


def test_what_is_not_said_has_its_default():
    made = load(GOOD)
    assert made.provider_timeout_s == 25
    assert made.stripe_webhook_secrets == ("whsec_new", "whsec_old")
    assert made.providers == ("razorpay", "stripe", "paypal")
    assert made.razorpay_webhook_secrets == ("new", "old")
    assert not made.is_live
    assert load(LIVE).is_live


def test_a_secret_can_be_a_file(tmp_path):
    file = tmp_path / "key"
    file.write_text("f" * 40 + "\n")
    without = {name: value for name, value in GOOD.items() if name != "SECRET_KEY"}
    assert load({**without, "SECRET_KEY_FILE": str(file)}).secret_key == "f" * 40


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 32"),
        ({"BASE_URL": "pay.example"}, "BASE_URL"),
        ({"BASE_URL": "http://pay.example/"}, "BASE_URL"),
        ({"DB_URI": "mysql://x"}, "DB_URI"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"PROVIDER_TIMEOUT_S": "soon"}, "PROVIDER_TIMEOUT_S must be a number"),
        ({"DB_POOL_SIZE": "-1"}, "must not be negative"),
        ({"STRIPE_PUBLISHABLE_KEY": ""}, "go together"),
        ({"STRIPE_SECRET_KEY": "sk_live_1"}, "different modes"),
        ({"PAYPAL_CLIENT_SECRET": ""}, "go together"),
        ({"RAZORPAY_KEY_ID": ""}, "go together"),
        ({"SECRET_KEY_FILE": "/nowhere"}, "both set"),
        ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"}, "cannot be read"),
        ({"STRIPE_SECRET_KEY": "", "STRIPE_PUBLISHABLE_KEY": "", "PAYPAL_CLIENT_ID": "", "PAYPAL_CLIENT_SECRET": "",
          "RAZORPAY_KEY_ID": "", "RAZORPAY_KEY_SECRET": ""},
         "no provider has keys"),
        ({"TEST_CLOCK": "var/clock"}, "TEST_CLOCK is set without SANDBOX_URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_setting_that_cannot_be_is_one_clear_line(changes, line):
    with pytest.raises(BadSetting, match=line) as refused:
        load({**GOOD, **changes})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"SANDBOX_URL": "http://127.0.0.1:8001"},
        {"CRASH_AT": "confirm.decided"},
        {"TEST_CLOCK": "var/clock"},
        {"TEST_CLOCK": "var/clock", "SANDBOX_URL": "http://127.0.0.1:8001"},
        {"BASE_URL": "http://pay.example"},
    ],
    ids=str,
)
def test_what_must_not_stand_beside_a_live_key(changes):
    with pytest.raises(BadSetting):
        load({**LIVE, **changes})


@pytest.mark.parametrize(
    ("url", "is_live"),
    [
        ("https://api-m.paypal.com", True),
        ("https://api-m.paypal.com/", True),
        ("https://API-M.PayPal.com.", True),
        ("https://api.paypal.com:443", True),
        ("https://api-m.sandbox.paypal.com", False),
        ("http://127.0.0.1:8001/paypal", False),
        ("https://paypal.com.example", False),
    ],
)
def test_paypals_host_says_whether_its_key_is_live(url, is_live):
    given = {**GOOD, "PAYPAL_API_URL": url, "BASE_URL": "https://pay.example"}
    assert load(given).is_live is is_live
    beside = {"TEST_CLOCK": "var/clock", "SANDBOX_URL": "http://127.0.0.1:8001"}
    if is_live:
        with pytest.raises(BadSetting, match="beside a live key"):
            load(given | beside)


def test_no_secret_is_shown_by_accident():
    shown = repr(load(GOOD))
    for name in ("SECRET_KEY", "STRIPE_SECRET_KEY", "PAYPAL_CLIENT_SECRET"):
        assert GOOD[name] not in shown


def test_a_process_that_cannot_start_says_one_line_and_ends(monkeypatch, capsys):
    monkeypatch.setattr(config.os, "environ", {**GOOD, "SECRET_KEY": ""})
    with pytest.raises(SystemExit) as ended:
        load_or_exit()
    assert ended.value.code == 3
    assert capsys.readouterr().err.count("\n") == 1
