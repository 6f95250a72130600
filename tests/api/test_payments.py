"""Payments by token, and the money afterwards."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.api.conftest import Api, code
from tests.till import CARDS


def test_a_token_pays_once(api: Api) -> None:
    body = api.payment_body(metadata={"cart": "17"}, description="Beans")
    paid = api.post("/v1/payments", body)
    assert paid.status_code == 201
    assert paid.json["status"] == "captured"
    assert paid.json["amount_captured"] == 1999
    assert paid.json["method"]["last4"] == "4242"
    assert paid.json["metadata"] == {"cart": "17"}
    assert api.get(f"/v1/payments/{paid.json['id']}").json == paid.json
    assert code(api.post("/v1/payments", body)) == "422 token_already_used"


def test_a_token_is_for_its_amount_and_currency_and_an_hour(api: Api) -> None:
    body = api.payment_body()
    for wrong in ({"amount": 1998}, {"currency": "USD"}):
        assert code(api.post("/v1/payments", body | wrong)) == "422 token_mismatch"
    api.till.later(minutes=61)
    assert code(api.post("/v1/payments", body)) == "422 token_expired"


def test_the_currency_may_be_lower_case(api: Api) -> None:
    body = api.payment_body()
    assert api.post("/v1/payments", body | {"currency": "eur"}).json["currency"] == "EUR"


def test_a_decline_is_an_answer(api: Api) -> None:
    told = api.pay(CARDS["poor"])
    assert (told["status"], told["amount_captured"]) == ("failed", 0)
    assert told["decline"]["code"] == "insufficient_funds"
    assert told["decline"]["retryable"] is True
    assert "No money was taken" in told["decline"]["message"]


def test_a_thief_learns_nothing(api: Api) -> None:
    stolen, plain = api.pay(CARDS["stolen"])["decline"], api.pay(CARDS["declined"])["decline"]
    assert stolen["message"] == plain["message"]


def test_a_challenge_tells_what_to_do(api: Api) -> None:
    told = api.pay(CARDS["3ds"], return_url="https://shop.example/back")
    assert told["status"] == "requires_action"
    assert told["next_action"]["type"] in {"redirect", "stripe_sdk"}
    assert told["next_action"]["url"] or told["next_action"]["client_secret"]
    canceled = api.post(f"/v1/payments/{told['id']}/cancel").json
    assert (canceled["status"], canceled["next_action"]) == ("canceled", None)


def test_money_is_held_then_taken_in_part(api: Api) -> None:
    held = api.pay(capture="manual")
    assert (held["status"], held["amount_captured"]) == ("authorized", 0)
    path = f"/v1/payments/{held['id']}/capture"
    over = api.post(path, {"amount": 2000})
    assert code(over) == "422 capture_exceeds_authorized"
    assert over.json["error"]["authorized"] == 1999
    taken = api.post(path, {"amount": 1500})
    assert (taken.status_code, taken.json["status"], taken.json["amount_captured"]) == (
        200,
        "captured",
        1500,
    )
    assert code(api.post(path)) == "409 payment_not_capturable"
    assert code(api.post(f"/v1/payments/{held['id']}/cancel")) == "409 payment_not_cancelable"


def test_held_money_is_released(api: Api) -> None:
    held = api.pay(capture="manual")
    canceled = api.post(f"/v1/payments/{held['id']}/cancel")
    assert (canceled.status_code, canceled.json["status"]) == (200, "canceled")
    assert code(api.post(f"/v1/payments/{held['id']}/capture")) == "409 payment_not_capturable"
    assert (
        code(api.post(f"/v1/payments/{held['id']}/refunds", {"amount": 1}))
        == "409 payment_not_refundable"
    )


def test_refunds_in_parts_and_never_more_than_there_was(api: Api) -> None:
    paid = api.pay()
    path = f"/v1/payments/{paid['id']}/refunds"
    first = api.post(path, {"amount": 500, "reason": "requested_by_customer"})
    assert (first.status_code, first.json["status"], first.json["amount"]) == (
        201,
        "succeeded",
        500,
    )
    assert api.get(f"/v1/refunds/{first.json['id']}").json == first.json
    assert api.get(f"/v1/payments/{paid['id']}").json["status"] == "partially_refunded"
    over = api.post(path, {"amount": 1500})
    assert code(over) == "409 refund_exceeds_captured"
    assert over.json["error"]["refundable"] == 1499
    rest = api.post(path, {"amount": 1499}).json
    assert api.get(f"/v1/payments/{paid['id']}").json["status"] == "refunded"
    assert [r["id"] for r in api.get(path).json["data"]] == [rest["id"], first.json["id"]]


def test_twenty_refunds_at_once_fit_into_the_captured_amount(api: Api) -> None:
    paid = api.pay(amount=10_000)
    path = f"/v1/payments/{paid['id']}/refunds"
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: api.post(path, {"amount": 6000}), range(20)))
    assert sorted(a.status_code for a in answers) == [201] + [409] * 19
    assert api.get(f"/v1/payments/{paid['id']}").json["amount_refunded"] == 6000


@pytest.mark.parametrize(
    ("card", "status"), [("slow_refund", "pending"), ("failing_refund", "succeeded")]
)
def test_a_refund_that_is_not_over_says_so(api: Api, card: str, status: str) -> None:
    paid = api.pay(CARDS[card])
    refund = api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": 1999}).json
    assert refund["status"] == status


def test_yen_have_no_cents(api: Api) -> None:
    token = api.token(amount=500, currency="JPY")
    paid = api.post("/v1/payments", {"token": token, "amount": 500, "currency": "jpy"}).json
    assert (paid["amount_captured"], paid["currency"]) == (500, "JPY")


def test_how_a_payment_was_screened(api: Api) -> None:
    payment = api.pay(shopper={"email": "mia@example.com", "account_age_days": 900})
    found = api.get(f"/v1/payments/{payment['id']}/assessments").json["data"]
    (look,) = found
    assert (look["moment"], look["outcome"], look["level"]) == ("before", "allow", "normal")
    assert (look["decided_by"], look["model"]) == ("model", "first")
    assert api.rival().get(f"/v1/payments/{payment['id']}/assessments").status_code == 404
