"""What Razorpay signs: webhooks, and what a browser brings back."""

import hashlib
import hmac

import pytest

from app.providers.base import BadSignature
from app.providers.razorpay import Razorpay
from models.ids import new_id
from tests.app.providers.acts import paid
from tests.app.providers.razorpay_driver import RazorpayDriver
from tests.app.providers.world import KEYS, World

ORDER, PAYMENT = "order_EKwxwAgItmmXdp", "pay_29QQoUBi66xm2f"


@pytest.fixture
def rzp(world: World) -> RazorpayDriver:
    return RazorpayDriver(world)


def returned(order: str = ORDER, payment: str = PAYMENT, **changes: str) -> dict[str, str]:
    secret = KEYS["razorpay_key_secret"].encode()
    signature = hmac.new(secret, f"{order}|{payment}".encode(), hashlib.sha256).hexdigest()
    fields = {
        "razorpay_order_id": order,
        "razorpay_payment_id": payment,
        "razorpay_signature": signature,
    }
    return {name: value for name, value in {**fields, **changes}.items() if value != "absent"}


def test_what_razorpay_signed_names_its_order(rzp: RazorpayDriver) -> None:
    assert rzp.provider.read_return(returned()) == ORDER


def test_the_sandboxs_own_return_is_genuine(rzp: RazorpayDriver) -> None:
    outcome = rzp.provider.charge(rzp.charge("challenges"))
    payment = rzp.pay(outcome.reference, "pays")
    assert rzp.provider.read_return(payment["checkout"]) == outcome.reference


@pytest.mark.parametrize(
    "changes",
    [
        {"razorpay_order_id": "order_AnotherOrder00"},
        {"razorpay_payment_id": "pay_AnotherPayment"},
        {"razorpay_signature": "0" * 64},
        {"razorpay_signature": ""},
        {"razorpay_signature": "é\x00"},
        {"razorpay_signature": "absent"},
        {"razorpay_order_id": "absent"},
        {"razorpay_payment_id": "absent"},
        {"razorpay_order_id": f"{ORDER}|{PAYMENT}"},
        {"razorpay_order_id": "../../v1/payments"},
    ],
    ids=str,
)
def test_what_was_tampered_with_is_refused(rzp: RazorpayDriver, changes: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        rzp.provider.read_return(returned(**changes))


def test_ids_that_only_join_to_the_same_text_are_refused(rzp: RazorpayDriver) -> None:
    """`a|b` is signed as one text: where it is cut must not be the sender's choice."""
    whole = returned(order=f"{ORDER}|{PAYMENT}", payment="pay_x")
    with pytest.raises(BadSignature):
        rzp.provider.read_return({**whole, "razorpay_order_id": ORDER})
    with pytest.raises(BadSignature):
        rzp.provider.read_return(whole)


def test_without_razorpay_nothing_is_genuine(world: World) -> None:
    fields = returned()
    message = f"{ORDER}|{PAYMENT}".encode()
    fields["razorpay_signature"] = hmac.new(b"", message, hashlib.sha256).hexdigest()
    with pytest.raises(BadSignature):
        Razorpay(world.config(razorpay_key_id="", razorpay_key_secret="")).read_return(fields)


# Webhooks


def test_an_old_secret_still_opens_while_it_is_rotated(rzp: RazorpayDriver, world: World) -> None:
    body = rzp.event("order.paid", order={"id": ORDER, "entity": "order"})
    rotating = Razorpay(world.config(razorpay_webhook_secret="new-secret, old-secret"))
    for secret in ("new-secret", "old-secret"):
        assert rotating.read_event(body, rzp.signed(body, secret)).charge_refs == (ORDER,)
    with pytest.raises(BadSignature):
        rotating.read_event(body, rzp.signed(body, "older-secret"))


def test_a_repeat_is_the_same_event_whatever_its_unsigned_headers_say(rzp: RazorpayDriver) -> None:
    body = rzp.event("payment.captured", payment={"id": PAYMENT, "order_id": ORDER})
    headers = rzp.signed(body)
    first = rzp.provider.read_event(body, headers)
    again = rzp.provider.read_event(body, {**headers, "x-razorpay-event-id": "another"})
    assert first == again
    assert rzp.provider.read_event(body + b"\n", rzp.signed(body + b"\n")) != first


def test_our_attempt_is_read_from_the_notes(rzp: RazorpayDriver) -> None:
    attempt = new_id("att")
    order = {"id": ORDER, "notes": {"attempt_id": attempt}}
    body = rzp.event("order.paid", order=order, payment={"id": PAYMENT, "notes": []})
    news = rzp.provider.read_event(body, rzp.signed(body))
    assert (news.charge_refs, news.attempt_id, news.type) == ((ORDER,), attempt, "order.paid")
    body = rzp.event("order.paid", order={"id": ORDER, "notes": {"attempt_id": "x' OR 1=1"}})
    assert rzp.provider.read_event(body, rzp.signed(body)).attempt_id is None


def test_a_refund_that_names_only_its_payment_leads_to_the_order(rzp: RazorpayDriver) -> None:
    _charge, outcome = paid(rzp)
    refund = {"id": "rfnd_1", "payment_id": outcome.capture_ref}
    body = rzp.event("refund.processed", refund=refund)
    news = rzp.provider.read_event(body, rzp.signed(body))
    assert news.charge_refs == (outcome.reference,)
    body = rzp.event("refund.processed", refund={"payment_id": "pay_NobodyKnowsIt0"})
    assert rzp.provider.read_event(body, rzp.signed(body)).charge_refs == ()
