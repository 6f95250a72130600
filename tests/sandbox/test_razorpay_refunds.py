import pytest
from razorpay.errors import BadRequestError

from tests.sandbox.razorpay_client import RazorpayWorld

KEY = {"X-Refund-Idempotency": "operation-0001"}


def test_parts_are_given_back_until_nothing_is_left(rzp: RazorpayWorld) -> None:
    payment = rzp.paid(50000)
    part = rzp.client.payment.refund(
        payment["id"], {"amount": 20000, "receipt": "op_1", "notes": {"a": "b"}}
    )
    assert (part["entity"], part["status"], part["amount"], part["receipt"]) == (
        "refund",
        "processed",
        20000,
        "op_1",
    )
    assert (part["speed_requested"], part["speed_processed"]) == ("normal", "normal")
    found = rzp.client.payment.fetch(payment["id"])
    assert (found["status"], found["amount_refunded"], found["refund_status"]) == (
        "captured",
        20000,
        "partial",
    )
    with pytest.raises(BadRequestError, match="greater than amount captured"):
        rzp.client.payment.refund(payment["id"], {"amount": 30001})
    rest = rzp.client.refund.create({"payment_id": payment["id"], "speed": "optimum"})
    assert (rest["amount"], rest["speed_processed"]) == (30000, "instant")
    found = rzp.client.payment.fetch(payment["id"])
    assert (found["status"], found["refund_status"]) == ("refunded", "full")
    with pytest.raises(BadRequestError, match="fully refunded"):
        rzp.client.payment.refund(payment["id"], {"amount": 100})
    assert rzp.client.order.fetch(payment["order_id"])["status"] == "paid"
    both = rzp.client.payment.fetch_multiple_refund(payment["id"])["items"]
    assert both == [rzp.client.refund.fetch(rest["id"]), part]
    assert rzp.client.payment.fetch_refund_id(payment["id"], part["id"]) == part


def test_only_captured_money_is_given_back(rzp: RazorpayWorld) -> None:
    with pytest.raises(BadRequestError, match="should be captured"):
        rzp.client.payment.refund(rzp.held()["id"], {"amount": 100})


def test_the_same_key_refunds_once(rzp: RazorpayWorld) -> None:
    payment = rzp.paid(50000)
    first, again = (
        rzp.client.payment.refund(payment["id"], {"amount": 100}, headers=dict(KEY))
        for _ in range(2)
    )
    assert first == again
    assert rzp.client.payment.fetch(payment["id"])["amount_refunded"] == 100
    with pytest.raises(BadRequestError, match="Different request with the same idempotency key"):
        rzp.client.payment.refund(payment["id"], {"amount": 200}, headers=dict(KEY))
    with pytest.raises(BadRequestError, match="at least 10 characters"):
        rzp.client.payment.refund(
            payment["id"], {"amount": 200}, headers={"X-Refund-Idempotency": "short"}
        )


def test_a_refused_refund_may_be_asked_for_again_under_its_key(rzp: RazorpayWorld) -> None:
    payment = rzp.held(5000)
    with pytest.raises(BadRequestError):
        rzp.client.payment.refund(payment["id"], {"amount": 100}, headers=dict(KEY))
    rzp.client.payment.capture(payment["id"], 5000, {"currency": "INR"})
    assert (
        rzp.client.payment.refund(payment["id"], {"amount": 100}, headers=dict(KEY))["amount"]
        == 100
    )


@pytest.mark.parametrize(
    ("bank", "status", "back"),
    [("PUNB_R", "processed", 1000), ("IBKL", "failed", 0)],
    ids=["slow", "failing"],
)
def test_some_banks_make_refunds_wait(rzp, bank, status, back):
    payment = rzp.paid(5000, method="netbanking", bank=bank)
    made = rzp.client.payment.refund(payment["id"], {"amount": 1000})
    assert (made["status"], made["acquirer_data"]) == ("pending", {"arn": None})
    rzp.at(4)
    assert rzp.client.refund.fetch(made["id"])["status"] == status
    assert rzp.client.payment.fetch(payment["id"])["amount_refunded"] == back
    assert rzp.delivered()[-2:] == ["refund.created", f"refund.{status}"]


def test_the_desk_ends_a_pending_refund(rzp: RazorpayWorld) -> None:
    payment = rzp.paid(5000, method="upi", vpa="slowrefund@razorpay")
    made = rzp.client.payment.refund(payment["id"], {"amount": 1000})
    assert rzp.desk(f"refunds/{made['id']}/failed")["status"] == "failed"
    rzp.at(4)  # the timer finds it ended
    assert rzp.client.refund.fetch(made["id"])["status"] == "failed"


def test_books_and_recon_agree(rzp: RazorpayWorld) -> None:
    rzp.order(700)
    payment = rzp.paid(100_000, {"receipt": "att_1"})
    refund = rzp.client.payment.refund(payment["id"], {"amount": 30_000})
    rzp.held(9000)
    books = rzp.books()
    rows = [
        (p["amount"], p["amount_held"], p["amount_captured"], p["amount_refunded"])
        for p in books["payments"]
    ]
    assert rows == [(700, 0, 0, 0), (100_000, 0, 100_000, 30_000), (9000, 9000, 0, 0)]
    assert books["payments"][1]["receipt"] == "att_1"
    assert books["net"] == {"INR": 100_000 - 2360 - 30_000}

    assert rzp.client.settlement.all()["count"] == 0
    rzp.at(3 * 24 * 3600)
    (settled,) = rzp.client.settlement.all()["items"]
    assert (settled["amount"], settled["fees"], settled["tax"]) == (books["net"]["INR"], 2360, 360)
    assert rzp.client.settlement.fetch(settled["id"]) == settled
    day = settled_day(settled["created_at"])
    found = rzp.client.settlement.report(day)["items"]
    assert found == rzp.client.settlement.report({k: day[k] for k in ("year", "month")})["items"]
    by_id = {row["entity_id"]: row for row in found}
    assert (by_id[payment["id"]]["credit"], by_id[payment["id"]]["fee"]) == (97_640, 2360)
    assert (by_id[refund["id"]]["debit"], by_id[refund["id"]]["payment_id"]) == (
        30_000,
        payment["id"],
    )
    assert {row["order_receipt"] for row in found} == {"att_1"}
    assert rzp.refusal("GET", "/v1/settlements/recon/combined?year=2026")["field"] == "month"


def settled_day(moment: int) -> dict[str, int]:
    from datetime import UTC, datetime, timedelta

    india = datetime.fromtimestamp(moment, UTC) + timedelta(hours=5, minutes=30)
    return {"year": india.year, "month": india.month, "day": india.day}
