"""UPI, net banking and wallets on the page: the way to Razorpay and back, by script and by plain forms."""

import hashlib
import hmac
import json
import re
from typing import Any

import pytest

from models import CheckoutSession, db
from tests.app.providers.razorpay_driver import RazorpayDriver
from tests.app.providers.world import KEYS
from tests.till import Till
from tests.web.conftest import Shopper

RUPEES = {"amount": 49900, "currency": "INR"}


@pytest.fixture
def rzp(till: Till) -> RazorpayDriver:
    """A merchant in India, and a shopper's phone and bank."""
    with db.transaction():
        db.update(till.merchant, country="IN")
    return RazorpayDriver(till.world)


def chosen(till: Till, shopper: Shopper, method: str = "upi", **more: Any) -> tuple[Any, Any]:
    """A session for which a method of Razorpay's was chosen, by the page's script; and the answer."""
    session = till.session(**RUPEES, **more)
    shopper.open(session)
    answer = shopper.post(session, "pay/razorpay", {"amount": 49900, "method": method})
    assert answer.status_code == 200, answer.text
    return session, answer.json


def signed(order: str, payment: str) -> dict[str, str]:
    key = KEYS["razorpay_key_secret"].encode()
    signature = hmac.new(key, f"{order}|{payment}".encode(), hashlib.sha256).hexdigest()
    return {
        "razorpay_order_id": order,
        "razorpay_payment_id": payment,
        "razorpay_signature": signature,
    }


def status(till: Till, session: CheckoutSession) -> str:
    found = till.payment(session.payment_id).status
    db.release()
    return found


def test_what_is_offered_is_on_the_page(till: Till, shopper: Shopper, rzp: RazorpayDriver) -> None:
    page = shopper.open(till.session(**RUPEES, payment_methods=["netbanking", "wallet"])).text
    assert re.findall(r'name="method" value="(\w+)"', page) == ["netbanking", "wallet"]
    assert 'name="method"' not in shopper.open(till.session()).text  # euros


def test_upi_is_razorpays_where_stripe_offers_it_too(
    till: Till, shopper: Shopper, rzp: RazorpayDriver
) -> None:
    page = shopper.open(till.session(**RUPEES)).text
    assert re.findall(r'name="method" value="(\w+)"', page) == ["upi", "netbanking", "wallet"]


@pytest.mark.parametrize("method", ["upi", "netbanking", "wallet"])
def test_the_script_pays(till: Till, shopper: Shopper, rzp: RazorpayDriver, method: str) -> None:
    session, told = chosen(till, shopper, method)
    assert (told["next_action"]["type"], told["url"]) == ("razorpay", None)
    payment = rzp.pay(told["next_action"]["order"], "pays")
    answer = shopper.post(session, "return", payment["checkout"]).json
    assert (answer["status"], answer["url"]) == ("captured", f"/c/{session.id}")
    assert "Payment received" in shopper.open(session).text


def test_without_script_a_form_leads_there_and_back(
    till: Till, shopper: Shopper, rzp: RazorpayDriver
) -> None:
    session = till.session(**RUPEES)
    shopper.open(session)
    away = shopper.submit(session, "pay/razorpay", {"amount": 49900, "method": "netbanking"})
    assert away.status_code == 303
    page = shopper.open(session).text
    assert "not finished" not in page  # it has only begun
    assert f'action="{till.world.url}/razorpay/v1/checkout/embedded"' in page
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert fields["callback_url"].endswith(f"/c/{session.id}/return")
    payment = rzp.pay(fields["order_id"], "pays")
    # From Razorpay's site: no cookie and no token of ours come with it.
    back = shopper.client.post(
        f"/c/{session.id}/return", data=payment["checkout"], headers={"Origin": till.world.url}
    )
    assert (back.status_code, back.headers["Location"]) == (303, f"/c/{session.id}")
    assert status(till, session) == "captured"


def test_a_failure_stays_on_the_form_and_the_order_can_be_paid_again(
    till: Till, shopper: Shopper, rzp: RazorpayDriver
) -> None:
    session, told = chosen(till, shopper, "netbanking")
    order = told["next_action"]["order"]
    rzp.pay(order, "declines")
    error = {"error[code]": "BAD_REQUEST_ERROR", "error[metadata]": "{}"}  # unsigned: only a hint
    shopper.client.post(f"/c/{session.id}/return", data=error)
    page = shopper.open(session)
    assert (page.status_code, status(till, session)) == (200, "requires_action")
    assert "Payment declined" in page.text
    rzp.pay(order, "pays")
    shopper.client.post(f"/c/{session.id}/return", data=error)
    assert status(till, session) == "captured"


# Forged and foreign


@pytest.mark.parametrize(
    "how", ["wrong signature", "half a character", "another session's order", "no signature"]
)
def test_a_forged_return_changes_nothing(
    till: Till, shopper: Shopper, rzp: RazorpayDriver, how: str
) -> None:
    session, told = chosen(till, shopper, "netbanking")
    order = told["next_action"]["order"]
    _other, theirs = chosen(till, shopper, "netbanking")
    paid = rzp.pay(theirs["next_action"]["order"], "pays")
    fields = {
        "wrong signature": {**signed(order, "pay_29QQoUBi66xm2f"), "razorpay_signature": "0" * 64},
        "half a character": {**signed(order, "pay_29QQoUBi66xm2f"), "razorpay_signature": "\ud800"},
        "another session's order": paid["checkout"],
        "no signature": {"razorpay_order_id": order, "razorpay_payment_id": "pay_29QQoUBi66xm2f"},
    }[how]
    rzp.pay(order, "pays")  # even though it could be taken now
    answer = shopper.post(session, "return", json.dumps(fields).encode())
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "return_invalid")
    fields = {name: value.encode(errors="replace").decode() for name, value in fields.items()}
    page = shopper.client.post(
        f"/c/{session.id}/return", data=fields, headers={"Accept": "text/html"}
    )
    assert page.status_code == 400
    assert status(till, session) == "requires_action"
    assert till.events(session.payment_id)[-1] == "payment.requires_action"


def test_a_forged_return_is_refused_as_one_where_nothing_was_tried_at_razorpay(
    till: Till, shopper: Shopper, rzp: RazorpayDriver
) -> None:
    _other, theirs = chosen(till, shopper, "netbanking")
    paid = rzp.pay(theirs["next_action"]["order"], "pays")
    session = till.session(**RUPEES)
    shopper.open(session)
    forged = {**signed("order_1", "pay_1"), "razorpay_signature": "0" * 64}
    for fields in (forged, paid["checkout"]):
        answer = shopper.post(session, "return", fields)
        assert (answer.status_code, answer.json["error"]["code"]) == (400, "return_invalid")
    assert status(till, session) == "pending"


def test_a_signature_says_who_sent_it_and_not_that_it_is_paid(
    till: Till, shopper: Shopper, rzp: RazorpayDriver
) -> None:
    session, told = chosen(till, shopper, "netbanking")
    answer = shopper.post(session, "return", signed(told["next_action"]["order"], "pay_1"))
    assert (answer.status_code, answer.json["status"]) == (200, "requires_action")


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", {"razorpay_order_id": 5}, {"x": "y" * 3000}, {f"f{n}": "" for n in range(40)}],
    ids=["cut", "list", "number", "long", "many"],
)
def test_a_malformed_return_is_refused(
    till: Till, shopper: Shopper, rzp: RazorpayDriver, body: Any
) -> None:
    session, _told = chosen(till, shopper, "netbanking")
    answer = shopper.post(session, "return", body)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "invalid_value")


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("card", "method_not_available"),
        ("ideal", "method_not_available"),
        ("levitate", "invalid_value"),
        ("", "invalid_value"),
    ],
)
def test_another_method_is_refused(
    till: Till, shopper: Shopper, rzp: RazorpayDriver, method: str, code: str
) -> None:
    session = till.session(**RUPEES)
    shopper.open(session)
    answer = shopper.post(session, "pay/razorpay", {"amount": 49900, "method": method})
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert till.attempts(session.payment_id) == []


# Waiting for the app


def test_a_request_in_the_app_is_waited_for(
    till: Till, shopper: Shopper, rzp: RazorpayDriver
) -> None:
    session, told = chosen(till, shopper, "upi")
    payment = rzp.pay(told["next_action"]["order"], "waits")
    assert shopper.client.get(f"/c/{session.id}/status").json["state"] == "waiting"
    page = shopper.open(session).text
    assert "Approve the payment in your app" in page
    assert "Cancel and choose another way" in page
    assert '<time datetime="' in page
    rzp.desk(f"payments/{payment['id']}/approve")
    shopper.client.get(f"/c/{session.id}/return")
    assert status(till, session) == "captured"


def test_what_is_approved_after_it_was_cancelled_is_not_taken(
    till: Till, shopper: Shopper, rzp: RazorpayDriver
) -> None:
    session, told = chosen(till, shopper, "netbanking")
    payment = rzp.pay(told["next_action"]["order"], "waits")
    shopper.open(session)
    assert shopper.submit(session, "pay/cancel", {}).status_code == 303
    assert 'name="method"' in shopper.open(session).text
    rzp.desk(f"payments/{payment['id']}/approve")
    shopper.client.get(f"/c/{session.id}/return")
    [attempt] = till.attempts(session.payment_id)
    assert attempt.status == "voided"
    assert till.ledger(session.payment_id) == []
    shopper.post(session, "pay/razorpay", {"amount": 49900, "method": "wallet"})
    assert len(till.attempts(session.payment_id)) == 2


def test_a_part_of_what_is_held_is_refused(
    till: Till, shopper: Shopper, rzp: RazorpayDriver
) -> None:
    from app.errors import AmountInvalid

    session, told = chosen(till, shopper, "netbanking", capture="manual")
    rzp.pay(told["next_action"]["order"], "pays")
    shopper.client.get(f"/c/{session.id}/return")
    payment = till.payment(session.payment_id)
    assert payment.status == "authorized"
    with pytest.raises(AmountInvalid, match="captures all of"):
        till.capture(payment, 100)
    assert till.capture(till.payment(session.payment_id)).status == "captured"
