import pytest
from razorpay.errors import BadRequestError

from tests.sandbox.razorpay_client import RazorpayWorld

MANUAL = {
    "capture": "manual",
    "capture_options": {"manual_expiry_period": 60, "refund_speed": "normal"},
}
COLLECT = {"method": "upi", "vpa": "gaurav.kumar@upi"}


def test_a_payment_is_captured_by_itself_and_pays_its_order(rzp: RazorpayWorld) -> None:
    payment = rzp.paid(1000)
    assert rzp.client.utility.verify_payment_signature(payment.pop("checkout"))
    assert payment == rzp.client.payment.fetch(payment["id"])
    assert (payment["status"], payment["captured"], payment["bank"]) == ("captured", True, "HDFC")
    assert (payment["fee"], payment["tax"]) == (24, 4)  # the figures of the published sample
    assert payment["acquirer_data"]["bank_transaction_id"]
    order = rzp.client.order.fetch(payment["order_id"])
    assert (order["status"], order["amount_paid"], order["amount_due"], order["attempts"]) == (
        "paid",
        1000,
        0,
        1,
    )
    assert rzp.client.order.payments(order["id"])["items"] == [payment]
    assert rzp.raw("GET", f"/v1/payments/{payment['id']}?expand[]=card").json()["card"] is None


def test_a_paid_order_takes_no_other_payment(rzp: RazorpayWorld) -> None:
    order_id = rzp.paid()["order_id"]
    with pytest.raises(BadRequestError, match="order is already paid"):
        rzp.pay(order_id)


def test_an_authorized_payment_is_captured_whole_and_once(rzp: RazorpayWorld) -> None:
    payment = rzp.held(5000)
    assert (payment["status"], payment["captured"], payment["fee"]) == ("authorized", False, None)
    assert rzp.client.order.fetch(payment["order_id"])["status"] == "attempted"
    with pytest.raises(BadRequestError, match="Capture amount must be equal"):
        rzp.client.payment.capture(payment["id"], 4999, {"currency": "INR"})
    captured = rzp.client.payment.capture(payment["id"], 5000, {"currency": "INR"})
    assert captured["status"] == "captured"
    with pytest.raises(BadRequestError, match="already been captured"):
        rzp.client.payment.capture(payment["id"], 5000, {"currency": "INR"})


def test_of_two_authorized_payments_one_is_captured_and_the_other_given_back(
    rzp: RazorpayWorld,
) -> None:
    order = rzp.order(payment=MANUAL)
    first, second = (rzp.act(rzp.pay(order["id"])["id"], "approve") for _ in range(2))
    rzp.client.payment.capture(first["id"], 50000, {"currency": "INR"})
    with pytest.raises(BadRequestError, match="order is already paid"):
        rzp.client.payment.capture(second["id"], 50000, {"currency": "INR"})
    rzp.at(3700)
    assert rzp.client.payment.fetch(second["id"])["status"] == "refunded"
    assert rzp.client.payment.fetch(first["id"])["status"] == "captured"


def test_what_nobody_captures_in_time_is_refunded_by_itself(rzp: RazorpayWorld) -> None:
    payment = rzp.held(payment=MANUAL)
    rzp.at(3500)
    assert rzp.client.payment.fetch(payment["id"])["status"] == "authorized"
    rzp.at(3700)
    found = rzp.client.payment.fetch(payment["id"])
    assert (found["status"], found["captured"], found["refund_status"]) == (
        "refunded",
        False,
        "full",
    )
    assert rzp.client.payment.fetch_multiple_refund(payment["id"])["items"][0]["amount"] == 50000
    rzp.delivered()
    refunded = [event for _, event in rzp.box.came if event["event"] == "refund.processed"]
    assert refunded[0]["payload"]["payment"]["entity"]["captured"] is False
    assert rzp.books()["net"] == {}


def test_a_failed_payment_says_why_and_the_order_can_be_paid_again(rzp: RazorpayWorld) -> None:
    order = rzp.order()
    failed = rzp.act(rzp.pay(order["id"])["id"], "fail", reason="insufficient_funds")
    assert [failed[f"error_{part}"] for part in ("code", "source", "step", "reason")] == [
        "GATEWAY_ERROR", "customer", "payment_debit_request", "insufficient_funds",
    ]  # fmt: skip
    assert failed["error_description"] == "Transaction failed due to insufficient funds."
    assert rzp.act(rzp.pay(order["id"])["id"], "approve")["status"] == "captured"
    assert rzp.client.order.fetch(order["id"])["attempts"] == 2


@pytest.mark.parametrize(
    ("instrument", "reason"),
    [
        (COLLECT, "payment_collect_request_expired"),
        ({"method": "wallet", "wallet": "mobikwik"}, "payment_timed_out"),
    ],
    ids=["collect", "wallet"],
)
def test_ten_minutes_without_an_answer_are_a_failure(rzp, instrument, reason):
    payment = rzp.pay(rzp.order()["id"], **instrument)
    rzp.at(590)
    assert rzp.client.payment.fetch(payment["id"])["status"] == "created"
    rzp.at(610)
    found = rzp.client.payment.fetch(payment["id"])
    assert (found["status"], found["error_reason"]) == ("failed", reason)


def test_a_late_yes_authorizes_what_had_failed(rzp: RazorpayWorld) -> None:
    order = rzp.order(
        payment={
            "capture": "automatic",
            "capture_options": {
                "automatic_expiry_period": 12,
                "manual_expiry_period": 60,
                "refund_speed": "normal",
            },
        }
    )
    payment = rzp.pay(order["id"], **COLLECT)
    rzp.at(20 * 60)
    late = rzp.act(payment["id"], "approve")
    assert (late["status"], late["error_code"]) == (
        "authorized",
        None,
    )  # too late to be captured by itself
    rzp.at(61 * 60)
    assert rzp.client.payment.fetch(payment["id"])["status"] == "refunded"
    assert rzp.delivered(0) == [
        "payment.failed",
        "payment.authorized",
        "refund.created",
        "refund.processed",
    ]


def test_upi_ids_for_tests_end_by_themselves(rzp: RazorpayWorld) -> None:
    good = rzp.pay(rzp.order()["id"], method="upi", vpa="success@razorpay")
    bad = rzp.pay(rzp.order()["id"], method="upi", vpa="failure@razorpay")
    assert (good["status"], good["upi"]) == (
        "captured",
        {"payer_account_type": "bank_account", "vpa": "success@razorpay", "flow": "collect"},
    )
    assert (bad["status"], bad["error_reason"]) == ("failed", "payment_failed")


def test_who_pays_by_app_is_known_when_they_have(rzp: RazorpayWorld) -> None:
    payment = rzp.pay(rzp.order()["id"], method="upi", flow="intent")
    assert payment["vpa"] is None
    assert rzp.act(payment["id"], "approve")["vpa"] == "shopper@upi"


@pytest.mark.parametrize(
    ("vpa", "words"),
    [
        ("", "Enter your UPI ID"),
        ("gaurav", "has one @"),
        ("gaurav@a@b", "has one @"),
        ("gaurav kumar@upi", "has no spaces"),
        ("gau(rav@upi", "letters, digits"),
        ("gaurav@1upi", "letters, digits"),
        ("गौरव@upi", "letters, digits"),
    ],
    ids=["empty", "no-at", "two-ats", "space", "bracket", "digit", "devanagari"],
)
def test_a_malformed_upi_id_is_refused_in_words(rzp, vpa, words):
    order = rzp.order()
    with pytest.raises(BadRequestError, match=words):
        rzp.pay(order["id"], method="upi", vpa=vpa)
    assert rzp.client.order.fetch(order["id"])["attempts"] == 0


@pytest.mark.parametrize(
    "instrument",
    [
        {"method": "card"},
        {"method": "netbanking", "bank": "NONE"},
        {"method": "wallet", "wallet": "purse"},
    ],
    ids=["card", "bank", "wallet"],
)
def test_what_is_not_offered_cannot_be_chosen(rzp, instrument):
    with pytest.raises(BadRequestError, match="is invalid"):
        rzp.pay(rzp.order()["id"], **instrument)
