import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from sandbox import clock
from tests.sandbox.paypal_client import CLIENT_ID, PayPalWorld, paypal_world


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


@pytest.fixture(autouse=True)
def present_time() -> Iterator[None]:
    yield
    clock.set_offset(0)


def page(paypal: PayPalWorld, path: str) -> tuple[int, str]:
    answer = paypal.http.get(f"{paypal.url}/paypal{path}")
    return answer.status_code, answer.text


def script(paypal: PayPalWorld, **params: str) -> tuple[int, str]:
    query = {"client-id": CLIENT_ID, "currency": "EUR", "intent": "capture"}
    query |= {name.replace("_", "-"): value for name, value in params.items()}
    return page(paypal, f"/sdk/js?{urlencode(query)}")


def test_the_approve_page_says_who_is_paid_what_and_that_it_is_a_sandbox(
    paypal: PayPalWorld,
) -> None:
    order = paypal.order(value="32.90", wallet=True, description="Two bags")
    status, text = page(paypal, f"/checkoutnow?token={order['id']}")
    assert status == 200
    for shown in (
        "Alma Coffee",
        "32.90",
        "EUR",
        "Two bags",
        "No real money moves",
        "Pay 32.90 EUR",
    ):
        assert shown in text
    assert "<script" not in text


def test_the_decision_takes_the_buyer_back_to_the_merchant(paypal: PayPalWorld) -> None:
    order_id = paypal.order(wallet=True)["id"]
    canceled = paypal.decide(order_id, decision="cancel")
    assert canceled.headers["Location"] == f"https://shop.example/cart?token={order_id}"
    read = paypal.call("GET", f"/v2/checkout/orders/{order_id}").json()
    assert read["status"] == "PAYER_ACTION_REQUIRED"

    paid = paypal.approve(order_id)
    assert paid.status_code == 303
    back = f"https://shop.example/back?order=7&token={order_id}&PayerID=QYR5Z8XDVJNXQ"
    assert paid.headers["Location"] == back
    assert paypal.call("GET", f"/v2/checkout/orders/{order_id}").json()["status"] == "APPROVED"


def test_a_popup_hands_the_decision_to_the_page_that_opened_it(paypal: PayPalWorld) -> None:
    order_id = paypal.order()["id"]
    query = urlencode({"token": order_id, "origin": "http://127.0.0.1:8000"})
    url = f"{paypal.url}/paypal/checkoutnow?{query}"
    text = paypal.http.post(url, data={"decision": "pay", "funding": "balance"}).text
    assert 'data-opener="http://127.0.0.1:8000"' in text
    assert f'"orderID": "{order_id}"' in text
    assert '"type": "approved"' in text


@pytest.mark.parametrize("origin", ["*", "http://a.example/path", "javascript:alert(1)", "null"])
def test_only_an_origin_is_told_anything(paypal: PayPalWorld, origin: str) -> None:
    query = urlencode({"token": paypal.order()["id"], "origin": origin})
    url = f"{paypal.url}/paypal/checkoutnow?{query}"
    answer = paypal.http.post(url, data={"decision": "cancel"}, allow_redirects=False)
    assert answer.status_code == 303


@pytest.mark.parametrize("page", ["/checkoutnow", "/3ds"])
def test_a_page_that_is_closed_for_good_is_answered_no_more(paypal: PayPalWorld, page: str) -> None:
    card = {"number": "4868719166101368", "expiry": "2034-12", "name": "Ada"}
    source = {"payment_source": {"card": card}} if page == "/3ds" else {}
    once = {"PayPal_Request_Id": "closed" + page}
    unit = {"amount": {"currency_code": "EUR", "value": "25.00"}}
    body = {"intent": "CAPTURE", "purchase_units": [unit], **source}
    order = paypal.call("POST", "/v2/checkout/orders", body, **once).json()
    act = {"act": "abandon_challenge", "provider": "paypal", "payment": order["id"]}
    acts = f"{paypal.url}/sandbox/acts"
    assert paypal.http.post(acts, json=act).status_code == 201
    url = f"{paypal.url}/paypal{page}?token={order['id']}"
    answer = {"decision": "ok" if page == "/3ds" else "pay", "funding": "balance"}
    assert paypal.http.get(url).status_code == 404
    assert paypal.http.post(url, data=answer, allow_redirects=False).status_code == 404
    shown = paypal.call("GET", f"/v2/checkout/orders/{order['id']}").json()
    assert shown["status"] == order["status"]
    approved = paypal.order()["id"]
    paypal.approve(approved)
    refused = paypal.http.post(acts, json=act | {"payment": approved})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "nothing_asked")


def test_what_cannot_be_approved_any_more_says_why(paypal: PayPalWorld) -> None:
    paid = paypal.order()["id"]
    paypal.approve(paid)
    paypal.call("POST", f"/v2/checkout/orders/{paid}/capture")
    assert page(paypal, f"/checkoutnow?token={paid}")[0] == 409
    assert paypal.approve(paid).status_code == 409
    assert page(paypal, "/checkoutnow?token=NOPE")[0] == 404
    assert page(paypal, "/checkoutnow")[0] == 404
    waiting = paypal.order()["id"]
    assert paypal.approve(waiting, "gold bars").status_code == 400
    clock.set_offset(7 * 3600)
    assert paypal.approve(waiting).status_code == 404


def test_no_shipping_leaves_the_buyers_address_at_paypal(paypal: PayPalWorld) -> None:
    order_id = paypal.order()["id"]
    paypal.approve(order_id)
    without = paypal.call("GET", f"/v2/checkout/orders/{order_id}").json()
    body = {
        "intent": "CAPTURE",
        "purchase_units": [{"amount": without["purchase_units"][0]["amount"]}],
    }
    order_id = paypal.order(body)["id"]
    assert "Ship to" in page(paypal, f"/checkoutnow?token={order_id}")[1]
    paypal.approve(order_id)
    with_it = paypal.call("GET", f"/v2/checkout/orders/{order_id}").json()
    assert "shipping" not in without["purchase_units"][0]
    assert with_it["purchase_units"][0]["shipping"]["address"]["country_code"] == "IE"


def test_the_script_is_set_up_for_the_merchant(paypal: PayPalWorld) -> None:
    status, text = script(paypal, components="buttons", commit="true")
    assert status == 200
    assert f'"base": "{paypal.url}/paypal"' in text
    assert "/*SETUP*/" not in text


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"colour": "red"}, 200),
        ({"components": "buttons,marks"}, 200),
        ({"intent": "sale"}, 200),
        ({"currency": "INR"}, 200),
        ({"client_id": "somebody-else"}, 400),
    ],
)
def test_a_script_asked_for_wrongly_throws(
    paypal: PayPalWorld, params: dict[str, str], status: int
) -> None:
    answered, text = script(paypal, **params)
    assert answered == status
    assert re.fullmatch(r'throw new Error\("SDK Validation error: .+"\);\n', text)


def test_the_button_knows_only_its_looks(paypal: PayPalWorld) -> None:
    assert page(paypal, "/sdk/button?color=blue&label=pay")[0] == 200
    assert page(paypal, "/sdk/button?color=pink")[0] == 400
    assert page(paypal, "/static/paypal.js")[0] == 404
    assert page(paypal, "/static/paypal.css")[0] == 200
