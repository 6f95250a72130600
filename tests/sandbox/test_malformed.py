"""Whatever is sent to whichever address: it is refused in the provider's or the desk's form, and never a 500."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from sandbox import SandboxConfig, clock, create_sandbox

BODIES: tuple[Any, ...] = (b"", b"{", b"null", b"1", b'"x"', b"[]", b"[[1]]", b"\xff\xfe", b"[" * 9000, b"NaN",
                           b'{"a":1e999}', b'{"\\ud800":"\\ud800"}', b"a=1&a[b]=2&a[]=3&=4&[=5", b"%ff=%00")  # fmt: skip
KINDS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
ODD_ID = "no_such1234567890"
LEFT_OUT = (
    "/shop/",
    "/paypal/sandbox/tokens/revoke",
)  # asks Till, which is not there; ends our own key


def _basic(words: bytes) -> str:
    return "Basic " + base64.b64encode(words).decode()


KEYS = {
    "stripe": "Bearer sk_test_sandbox",
    "razorpay": _basic(b"rzp_test_sandbox:sandbox-secret"),
    "paypal": _basic(b"sandbox-client:sandbox-secret"),
}


@pytest.fixture(scope="module")
def world() -> Iterator[Flask]:
    app = create_sandbox(SandboxConfig())
    yield app
    app.extensions["sandbox"].hooks.stop()
    clock.follow("")


@pytest.fixture(scope="module")
def keys(world: Flask) -> dict[str, str]:
    form, signed = {"grant_type": "client_credentials"}, {"Authorization": KEYS["paypal"]}
    answer = Client(world).post("/paypal/v1/oauth2/token", data=form, headers=signed)
    return KEYS | {"paypal": f"Bearer {answer.json['access_token']}"}


def addresses(world: Flask) -> list[tuple[str, str]]:
    """Every address of the sandbox with each of its methods."""
    found = []
    for rule in world.url_map.iter_rules():
        path = "/".join(ODD_ID if part.startswith("<") else part for part in str(rule).split("/"))
        if not path.startswith(LEFT_OUT):
            found += [(method, path) for method in sorted(rule.methods - {"HEAD", "OPTIONS"})]
    return found


def test_nothing_that_is_malformed_breaks_any_address(world, keys):
    broken = []
    for method, path in addresses(world):
        headers = {"Authorization": keys.get(path.split("/")[1], ""), "PayPal-Request-Id": "once"}
        for body in BODIES:
            for kind in KINDS:
                answer = Client(world).open(
                    path, method=method, data=body, content_type=kind, headers=headers
                )
                if answer.status_code >= 500:
                    broken.append((method, path, kind, body[:20]))
                answer.close()
    assert broken == []


def test_nothing_that_is_odd_in_an_address_breaks_it(world, keys):
    broken = []
    for method, path in addresses(world):
        headers = {"Authorization": keys.get(path.split("/")[1], "")}
        for query in ("limit=x&count=x&page=x", "created[gte]=1e9&expand[]=a.b.c", "from=-1&to=9e9",
                      "%ff=%00", "token=%00&starting_after=%ff", "start_date=x&end_date=2020-13-45"):  # fmt: skip
            answer = Client(world).open(path, method=method, query_string=query, headers=headers)
            if answer.status_code >= 500:
                broken.append((method, path, query))
            answer.close()
    assert broken == []


@pytest.mark.parametrize("given", [b"\xff\xff", b"", b":", b"\xc3\xbc:x"], ids=repr)
@pytest.mark.parametrize(
    "path",
    ["/stripe/v1/balance", "/paypal/v1/oauth2/token", "/razorpay/v1/orders"],
)
def test_keys_that_are_no_keys_are_refused(world, path, given):
    for word in (_basic(given), "Basic ü".encode().decode("latin-1"), "Basic", "Bearer ü", ""):
        answer = Client(world).post(path, headers={"Authorization": word})
        if path == "/stripe/v1/balance":
            answer = Client(world).get(path, headers={"Authorization": word})
        assert answer.status_code == 401, (word, answer.get_data(as_text=True))


def order(world: Flask, keys: dict[str, str], **changes: Any) -> TestResponse:
    unit = {"amount": {"currency_code": "EUR", "value": "25.00"}}
    body = {"intent": "CAPTURE", "purchase_units": [unit]} | changes
    headers = {"Authorization": keys["paypal"]}
    return Client(world).post("/paypal/v2/checkout/orders", json=body, headers=headers)


@pytest.mark.parametrize("source", ["card", 1, [], [1], {"paypal": False}, {"paypal": "vault_id"}])
def test_a_source_that_is_no_object_is_refused(world, keys, source):
    assert order(world, keys, payment_source=source).status_code == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/paypal/sandbox/captures/X/review", {"accepted": "false"}),
        ("/paypal/sandbox/authorizations/X/review", {"accept": True}),
        ("/paypal/sandbox/captures/X/dispute", {"reason": "UNAUTHORISED", "amount": "5"}),
        ("/paypal/sandbox/captures/X/dispute", {"reason": "UNAUTHORISED", "sum": 5}),
        ("/paypal/sandbox/settings", [1]),
        ("/razorpay/sandbox/payments", {"order_id": {}, "method": "upi"}),
    ],
)
def test_what_is_told_to_a_lever_is_read_strictly(world, path, body):
    answer = Client(world).post(path, json=body)
    assert answer.status_code in (400, 422), answer.get_data(as_text=True)


LEVERS = (
    "/stripe/sandbox/payouts/run",
    "/paypal/sandbox/tokens/revoke",
    "/razorpay/sandbox/payments",
)


@pytest.mark.parametrize("path", LEVERS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://rebound.example", "Host": "rebound.example"},
    ],
    ids=str,
)
def test_another_page_in_the_browser_moves_no_lever(world, path, headers):
    answer = Client(world).post(path, headers=headers)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "foreign_origin")
