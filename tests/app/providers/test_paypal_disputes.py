"""Disputes at PayPal, as the adapter reads them: asked for when named, told in our words."""

from datetime import timedelta
from typing import Any

import pytest
import requests

from app.providers.base import Charge, Outcome, Step, Unanswered
from app.providers.paypal_disputes import read_dispute
from models import clock
from models.money import Money
from tests.app.providers.paypal_driver import PayPalDriver

DISPUTES = "GET /paypal/v1/customer/disputes(/[^/]+)?"
CLAIM, TALK = "UNAUTHORISED", "MERCHANDISE_OR_SERVICE_NOT_RECEIVED"
PROOF = {"evidences": [{"evidence_type": "PROOF_OF_FULFILLMENT", "notes": "Delivered."}]}
TAKEN = Money(1999, "EUR")


def paid(paypal: PayPalDriver) -> tuple[Charge, Outcome]:
    charge = paypal.charge("pays")
    return charge, paypal.provider.charge(charge)


def dispute(paypal: PayPalDriver, outcome: Outcome, reason: str, amount: int | None = None) -> str:
    url = f"{paypal.world.url}/paypal/sandbox/captures/{outcome.capture_ref}/dispute"
    body = {"reason": reason, **({} if amount is None else {"amount": amount})}
    answer = requests.post(url, json=body, timeout=10)
    answer.raise_for_status()
    return str(answer.json()["dispute_id"])


def act(paypal: PayPalDriver, dispute_id: str, name: str, body: Any) -> None:
    paypal.call("POST", f"/v1/customer/disputes/{dispute_id}/{name}", body)


def steps(paypal: PayPalDriver, charge: Charge, outcome: Outcome) -> list[Step | None]:
    return [news.step for news in paypal.provider.disputes_of(charge, outcome)]


def test_a_claim_about_fraud_is_an_open_dispute_about_fraud(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    dispute_id = dispute(paypal, outcome, CLAIM, 500)
    [news] = paypal.provider.disputes_of(charge, outcome)
    assert (news.kind, news.reference, news.step) == ("dispute", dispute_id, Step.OPEN)
    assert (news.amount, news.reason) == (Money(500, "EUR"), "fraudulent")


@pytest.mark.parametrize(
    ("favour", "last"), [("BUYER_FAVOR", Step.LOSE), ("SELLER_FAVOR", Step.WIN)]
)
def test_a_decided_claim_is_won_or_lost(paypal: PayPalDriver, favour: str, last: Step) -> None:
    charge, outcome = paid(paypal)
    dispute_id = dispute(paypal, outcome, CLAIM)
    act(paypal, dispute_id, "provide-evidence", PROOF)
    act(paypal, dispute_id, "adjudicate", {"adjudication_outcome": favour})
    assert steps(paypal, charge, outcome) == [Step.OPEN, last]


def test_a_talk_is_no_dispute_until_money_moves(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    dispute_id = dispute(paypal, outcome, TALK)
    assert steps(paypal, charge, outcome) == []
    act(paypal, dispute_id, "accept-claim", {"note": "Our mistake."})
    [opened, lost] = paypal.provider.disputes_of(charge, outcome)
    assert (opened.step, lost.step, lost.reason) == (Step.OPEN, Step.LOSE, TALK)


def test_a_talk_that_ends_in_a_refund_was_none(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    dispute(paypal, outcome, TALK)
    paypal.call("POST", f"/v2/payments/captures/{outcome.capture_ref}/refund", {})
    assert steps(paypal, charge, outcome) == []


def test_looking_at_a_payment_asks_for_no_disputes(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    before = paypal.world.gate.count(DISPUTES)
    paypal.provider.fetch(charge, outcome.reference)
    assert paypal.world.gate.count(DISPUTES) == before
    paypal.provider.disputes_of(charge, outcome)
    assert paypal.world.gate.count(DISPUTES) == before + 1


def test_held_money_has_no_disputes(paypal: PayPalDriver) -> None:
    charge = paypal.charge("pays", capture="manual")
    before = paypal.world.gate.count(DISPUTES)
    assert paypal.provider.disputes_of(charge, paypal.provider.charge(charge)) == ()
    assert paypal.world.gate.count(DISPUTES) == before


def test_the_nightly_list_names_what_a_lost_webhook_would_have(paypal: PayPalDriver) -> None:
    charges = []
    for _ in range(2):
        charge, outcome = paid(paypal)
        dispute(paypal, outcome, CLAIM)
        charges.append(charge.attempt_id)
    told = paypal.provider.disputed_since(clock.now() - timedelta(hours=1))
    assert [news.attempt_id for news in told][:2] == charges[::-1]
    assert all(news.disputed for news in told)
    assert paypal.provider.disputed_since(clock.now() + timedelta(hours=1)) == ()


def body(**more: Any) -> dict[str, Any]:
    return {
        "dispute_id": "PP-1",
        "reason": "CREDIT_NOT_PROCESSED",
        "status": "RESOLVED",
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_amount": {"currency_code": "EUR", "value": "19.99"},
        **more,
    }


def movement(kind: str) -> dict[str, Any]:
    money = {"currency_code": "EUR", "value": "19.99"}
    return {"affected_party": "SELLER", "type": kind, "amount": money}


@pytest.mark.parametrize(
    ("outcome", "movements", "expected"),
    [
        ("RESOLVED_WITH_PAYOUT", [movement("DEBIT"), movement("CREDIT")], [Step.OPEN, Step.WIN]),
        ("ACCEPTED", [movement("DEBIT")], [Step.OPEN, Step.LOSE]),
        ("NONE", [], [Step.OPEN]),
        ("LEVITATING", [], [Step.OPEN]),
        (None, [], [Step.OPEN]),
    ],
    ids=["paid_out", "accepted", "none", "unknown", "absent"],
)
def test_where_the_word_does_not_say_who_won_the_money_does(
    outcome: str | None, movements: list[Any], expected: list[Step]
) -> None:
    told = body(dispute_outcome={"outcome_code": outcome}, money_movements=movements)
    assert [news.step for news in read_dispute(told, TAKEN)] == expected


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        ({"currency_code": "EUR", "value": "25.00"}, TAKEN),
        ({"currency_code": "USD", "value": "3.00"}, TAKEN),
        ({"currency_code": "EUR", "value": "3.00"}, Money(300, "EUR")),
    ],
    ids=["more_than_taken", "another_currency", "a_part"],
)
def test_a_dispute_is_told_in_what_was_taken(claimed: dict[str, str], expected: Money) -> None:
    [news] = read_dispute(body(status="UNDER_REVIEW", dispute_amount=claimed), TAKEN)
    assert (news.step, news.amount) == (Step.OPEN, expected)


@pytest.mark.parametrize("gone", ["dispute_id", "reason", "status", "dispute_amount"])
def test_half_an_answer_is_no_answer(gone: str) -> None:
    told = {name: value for name, value in body(status="OPEN").items() if name != gone}
    with pytest.raises(Unanswered):
        list(read_dispute(told, TAKEN))
