"""The same key gets the same answer: T1 to T5 and T7 of the trust tests, through the wire."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from app import idempotency
from models import IdempotencyKey, db
from tests.api.conftest import Api, code

CHARGE = "POST /stripe/v1/payment_intents"


def keys() -> list[IdempotencyKey]:
    found = list(
        db.session().scalars(select(IdempotencyKey).execution_options(populate_existing=True))
    )
    db.release()
    return found


def test_a_hundred_repetitions_are_one_charge(api: Api) -> None:  # T1
    body = api.payment_body()
    first = api.post("/v1/payments", body, once="order-17")
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    for _ in range(99):
        again = api.post("/v1/payments", body, once="order-17")
        assert (again.status_code, again.data) == (201, first.data)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["X-Request-Id"] != first.headers["X-Request-Id"]
    assert api.till.world.gate.count(CHARGE) == 1


def test_fifty_threads_are_one_charge(api: Api) -> None:  # T2
    body = api.payment_body()
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: api.post("/v1/payments", body, once="rush"), range(50)))
    assert {a.status_code for a in answers} <= {201, 409}
    assert len({a.data for a in answers if a.status_code == 201}) == 1
    assert {code(a) for a in answers if a.status_code == 409} <= {"409 idempotency_in_progress"}
    assert api.till.world.gate.count(CHARGE) == 1
    assert api.post("/v1/payments", body, once="rush").status_code == 201


def test_without_a_key_fifty_threads_spend_a_token_once(api: Api) -> None:
    body = api.payment_body()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: api.post("/v1/payments", body), range(20)))
    assert sorted(a.status_code for a in answers) == [201] + [422] * 19
    assert api.till.world.gate.count(CHARGE) == 1


def test_another_request_with_the_same_key_is_refused(api: Api) -> None:  # T3
    body = api.payment_body(description="Beans")
    first = api.post("/v1/payments", body, once="k")
    other = api.post("/v1/payments", body | {"description": "Tea"}, once="k")
    assert code(other) == "422 idempotency_key_reused"
    again = api.post("/v1/payments", dict(reversed(body.items())), headers={"iDeMpOtEnCy-KEY": "k"})
    assert again.data == first.data
    assert api.get(f"/v1/payments/{first.json['id']}").json == first.json


def test_a_key_for_another_record_is_refused(api: Api) -> None:
    one, two = api.pay(), api.pay()
    refund = api.post(f"/v1/payments/{one['id']}/refunds", {"amount": 100}, once="k")
    assert refund.status_code == 201
    other = api.post(f"/v1/payments/{two['id']}/refunds", {"amount": 100}, once="k")
    assert code(other) == "422 idempotency_key_reused"


def test_keys_belong_to_the_merchant_and_the_endpoint(api: Api) -> None:  # T4
    rival = api.rival()
    mine = api.post("/v1/checkout_sessions", {"currency": "EUR", "amount": 100}, once="k")
    theirs = rival.post("/v1/checkout_sessions", {"currency": "EUR", "amount": 200}, once="k")
    link = api.post(
        "/v1/payment_links", {"title": "Tea", "currency": "EUR", "amount": 100}, once="k"
    )
    assert (mine.status_code, theirs.status_code, link.status_code) == (201, 201, 201)
    assert mine.json["id"] != theirs.json["id"]


def test_a_refusal_does_not_burn_the_key(api: Api) -> None:  # T5
    body = api.payment_body()
    assert code(api.post("/v1/payments", body | {"amount": -1}, once="k")) == "422 amount_invalid"
    assert code(api.post("/v1/payments", body | {"amount": 5}, once="k")) == "422 token_mismatch"
    refused = api.call(
        "POST", "/v1/payments", json=body, once="k", headers={"Authorization": "Bearer no"}
    )
    assert code(refused) == "401 invalid_api_key"
    assert keys() == []
    assert api.post("/v1/payments", body, once="k").status_code == 201


def test_every_post_replays(api: Api) -> None:
    held = api.pay(capture="manual")
    taken = api.pay()
    session = api.session()
    token = {
        "provider": "stripe",
        "payment_method": "pm_card_visa",
        "amount": 100,
        "currency": "JPY",
    }
    posts: list[tuple[str, dict[str, Any] | None]] = [
        ("/v1/checkout_sessions", {"currency": "EUR", "amount": 100}),
        (f"/v1/checkout_sessions/{session['id']}/expire", None),
        ("/v1/payment_links", {"title": "Tea", "currency": "EUR", "amount": 100}),
        ("/v1/tokens", token),
        (f"/v1/payments/{held['id']}/capture", {"amount": 1000}),
        (f"/v1/payments/{api.pay(capture='manual')['id']}/cancel", None),
        (f"/v1/payments/{taken['id']}/refunds", {"amount": 100}),
    ]
    for number, (path, body) in enumerate(posts):
        first = api.post(path, body, once=f"k{number}")
        assert first.status_code in {200, 201}, (path, first.text)
        again = api.post(path, body, once=f"k{number}")
        assert again.data == first.data
        assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "k" * 256, "schlüssel", "a\tb"])
def test_a_key_has_1_to_255_printable_characters(api: Api, key: str) -> None:
    body = {"currency": "EUR", "amount": 100}
    answer = api.post("/v1/checkout_sessions", body, headers={"Idempotency-Key": key})
    assert code(answer) == "422 invalid_value"
    assert answer.json["error"]["field"] == "Idempotency-Key"
    assert api.post("/v1/checkout_sessions", body, once="k" * 255).status_code == 201


def test_while_the_first_is_running_the_second_must_wait(api: Api) -> None:
    body = api.payment_body()
    with ThreadPoolExecutor(1) as pool, api.till.world.gate.spoil(CHARGE, "hang"):
        first = pool.submit(api.post, "/v1/payments", body, once="k")
        while api.till.world.gate.count(CHARGE) == 0:
            time.sleep(0.01)
        assert code(api.post("/v1/payments", body, once="k")) == "409 idempotency_in_progress"
    assert first.result().status_code == 201
    api.till.later(seconds=31)
    api.till.settle()


def cut_short(api: Api, run: Callable[[], Any]) -> None:
    """A first request that died after it was decided, and long ago."""
    with pytest.MonkeyPatch.context() as patch:

        def dies(*_args: object) -> None:
            raise SystemExit("power cut")

        patch.setattr("app.payments.start.answer", dies)
        patch.setattr("app.payments.operations.ask", dies)
        with pytest.raises(SystemExit):
            run()
    assert [key.status for key in keys()] == [None]
    api.till.later(seconds=idempotency.RUNNING_S + 1)


def test_a_payment_cut_short_is_resumed(api: Api) -> None:  # T5, T7
    body = api.payment_body()
    cut_short(api, lambda: api.post("/v1/payments", body, once="k"))
    answer = api.post("/v1/payments", body, once="k")
    assert (answer.status_code, answer.json["status"]) == (201, "captured")
    assert api.post("/v1/payments", body, once="k").data == answer.data
    assert api.till.world.gate.count(CHARGE) == 1
    attempt = api.till.attempts(answer.json["id"])[0]
    intent = api.till.stripe("GET", f"payment_intents/{attempt.provider_ref}")
    assert intent["metadata"]["attempt_id"] == attempt.id


def test_a_refund_cut_short_is_resumed(api: Api) -> None:
    path = f"/v1/payments/{api.pay()['id']}/refunds"
    cut_short(api, lambda: api.post(path, {"amount": 500}, once="k"))
    answer = api.post(path, {"amount": 500}, once="k")
    assert (answer.status_code, answer.json["status"]) == (201, "succeeded")
    assert api.post(path, {"amount": 500}, once="k").data == answer.data
    assert api.get(path).json["data"] == [answer.json]


@pytest.mark.parametrize(("verb", "status"), [("capture", "captured"), ("cancel", "canceled")])
def test_a_decision_on_held_money_cut_short_is_resumed(api: Api, verb: str, status: str) -> None:
    path = f"/v1/payments/{api.pay(capture='manual')['id']}/{verb}"
    cut_short(api, lambda: api.post(path, once="k"))
    answer = api.post(path, once="k")
    assert (answer.status_code, answer.json["status"]) == (200, status)
    assert api.post(path, once="k").data == answer.data


def test_the_resumed_answer_is_stored_once(api: Api) -> None:
    body = api.payment_body()
    cut_short(api, lambda: api.post("/v1/payments", body, once="k"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post("/v1/payments", body, once="k"), range(8)))
    assert {a.status_code for a in answers} == {201}
    assert len({a.data for a in answers}) == 1
    assert len(api.till.world.sandbox.store.list("stripe.payment_intent")) == 1


def test_answers_are_forgotten_after_their_time_and_open_ones_never(api: Api) -> None:
    body = api.payment_body()
    cut_short(api, lambda: api.post("/v1/payments", body, once="open"))
    session = api.post("/v1/checkout_sessions", {"currency": "EUR", "amount": 100}, once="done")
    api.till.later(hours=71)
    assert idempotency.forget(older_than_hours=72) == 0
    api.till.later(hours=73)
    assert idempotency.forget(older_than_hours=72) == 1
    assert [key.key for key in keys()] == ["open"]
    again = api.post("/v1/checkout_sessions", {"currency": "EUR", "amount": 100}, once="done")
    assert again.json["id"] != session.json["id"]


def test_a_lost_answer_is_not_a_failure(api: Api) -> None:
    """The provider charged and its answer never came: the payment is processing, and no second charge is made."""
    body = api.payment_body()
    with api.till.world.gate.spoil(CHARGE, "drop"):
        answer = api.post("/v1/payments", body, once="k")
    assert (answer.status_code, answer.json["status"]) == (201, "processing")
    assert api.post("/v1/payments", body, once="k").data == answer.data
    api.till.later(seconds=31)
    api.till.settle()
    assert api.get(f"/v1/payments/{answer.json['id']}").json["status"] == "captured"
    assert len(api.till.attempts(answer.json["id"])) == 1
