import pytest
from razorpay.errors import BadRequestError

from sandbox import clock
from tests.sandbox.razorpay_client import RazorpayWorld


def test_events_are_signed_snapshots(rzp: RazorpayWorld) -> None:
    payment = rzp.paid()
    assert rzp.delivered() == ["payment.authorized", "payment.captured", "order.paid"]
    (_, authorized), (_, captured), (_, paid) = rzp.box.came
    assert authorized["entity"] == "event"
    assert authorized["contains"] == ["payment"]
    assert authorized["payload"]["payment"]["entity"]["status"] == "authorized"
    payment.pop("checkout")
    assert captured["payload"]["payment"]["entity"] == payment
    assert paid["contains"] == ["payment", "order"]
    assert paid["payload"]["order"]["entity"]["status"] == "paid"
    assert len({event_id for event_id, _ in rzp.box.came}) == 3


def test_a_failed_delivery_comes_again_under_its_id(rzp: RazorpayWorld) -> None:
    rzp.act(rzp.pay(rzp.order()["id"])["id"], "fail")
    rzp.box.answer = 500
    rzp.delivered()
    rzp.box.answer = 200
    assert rzp.delivered() == ["payment.failed"] * 2
    rzp.delivered()
    (first, body), (second, same) = rzp.box.came
    assert (first, body) == (second, same)


def test_deliveries_end_after_a_day(rzp: RazorpayWorld) -> None:
    rzp.act(rzp.pay(rzp.order()["id"])["id"], "fail")
    rzp.box.answer = 500
    while rzp.app.extensions["sandbox"].hooks.waiting():
        rzp.delivered()
    (told,) = rzp.app.extensions["sandbox"].hooks.history()
    assert (told["state"], told["attempts"]) == ("gave_up", 14)


def test_a_dispute_that_nobody_answers_is_lost(rzp: RazorpayWorld) -> None:
    payment = rzp.paid(5000)
    silent, answered = (
        rzp.act(payment["id"], "dispute", amount=4000),
        rzp.act(payment["id"], "dispute", amount=1000),
    )
    rzp.client.dispute.contest(answered["id"], {"summary": "goods delivered", "action": "submit"})
    clock.set_offset(8 * 86_400)
    rzp.app.extensions["sandbox"].timers.run_due()
    told = [rzp.client.dispute.fetch(one["id"]) for one in (silent, answered)]
    assert [(one["status"], one["amount_deducted"]) for one in told] == [
        ("lost", 4000),
        ("under_review", 0),
    ]


def test_a_dispute_is_opened_contested_and_decided(rzp: RazorpayWorld) -> None:
    payment = rzp.paid(5000)
    opened = rzp.act(payment["id"], "dispute", amount=4000)
    assert (opened["status"], opened["amount_deducted"]) == ("open", 0)
    assert rzp.client.dispute.fetch(opened["id"]) == opened
    evidence = {"summary": "goods delivered", "shipping_proof": ["doc_1"], "action": "submit"}
    assert rzp.client.dispute.contest(opened["id"], evidence)["status"] == "under_review"
    assert rzp.desk(f"disputes/{opened['id']}/won")["status"] == "won"
    lost = rzp.act(payment["id"], "dispute")
    assert rzp.client.dispute.accept(lost["id"])["amount_deducted"] == 5000
    with pytest.raises(BadRequestError, match="not open"):
        rzp.client.dispute.accept(lost["id"])
    assert rzp.client.dispute.all()["count"] == 2
    assert rzp.delivered()[3:] == [
        "payment.dispute.created",
        "payment.dispute.under_review",
        "payment.dispute.won",
        "payment.dispute.created",
        "payment.dispute.lost",
    ]
    assert rzp.box.came[-1][1]["contains"] == ["payment", "dispute"]
    assert rzp.books()["net"] == {"INR": 5000 - 118 - 5000}


def test_faults_reach_razorpay_too(rzp: RazorpayWorld) -> None:
    fault = {
        "provider": "razorpay",
        "kind": "error_after_execute",
        "method": "POST",
        "path_prefix": "/v1/orders",
    }
    assert rzp.http.post(f"{rzp.url}/sandbox/faults", json=fault).status_code == 201
    answer = rzp.raw("POST", "/v1/orders", json={"amount": 100, "currency": "INR"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "SERVER_ERROR")
    assert rzp.client.order.all()["count"] == 1  # it was done all the same
