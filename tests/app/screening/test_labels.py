"""What is learnt, from whom, when, and how soon the next decision knows of it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import payments
from app.screening import quiet
from models import Attempt, Label, Sighting, clock, db
from risk.past import FRAUD, GOOD, REFUND
from tests.till import Till


def labels(till: Till) -> list[tuple[str, bool, float]]:
    db.release()
    found = db.session().scalars(select(Label).order_by(Label.id))
    return [(one.source, one.is_fraud, one.weight) for one in found]


def learnt() -> list[str]:
    """The lines in the history that are neither tries nor outcomes."""
    db.release()
    kinds = select(Sighting.kind).where(Sighting.kind.in_((FRAUD, GOOD, REFUND)))
    return list(db.session().scalars(kinds.order_by(Sighting.id)))


def trouble(till: Till, card: str) -> str:
    """A payment whose card brings trouble a second later, which a webhook tells."""
    payment = till.pay(card)
    till.world.sandbox.timers.run_due(within_s=10)
    payments.sync(payment.id)
    till.settle()
    return payment.id


@pytest.mark.parametrize(
    ("card", "reason", "expected"),
    [
        ("pm_card_createDispute", "fraudulent", [("dispute", True, 1.0)]),
        ("pm_card_createDisputeProductNotReceived", "product_not_received", []),
    ],
)
def test_only_a_dispute_about_fraud_is_fraud(till, card, reason, expected):
    payment_id = trouble(till, card)
    assert till.payment(payment_id).status == "chargeback"
    [dispute] = payments.operations_of(payment_id)
    assert dispute.reason == reason
    assert labels(till) == expected
    assert learnt() == [FRAUD] * len(expected)


def test_an_inquiry_is_no_label(till):
    trouble(till, "pm_card_createDisputeInquiry")
    assert labels(till) == []


def test_a_dispute_told_again_is_learnt_once(till):
    payment_id = trouble(till, "disputed")
    payments.sync(payment_id)
    till.settle()
    assert labels(till) == [("dispute", True, 1.0)]


@pytest.mark.parametrize(
    ("reason", "expected", "line"),
    [
        ("fraudulent", [("refund", True, 0.8)], FRAUD),
        ("requested_by_customer", [], REFUND),
    ],
)
def test_a_refund_made_at_the_provider_says_why(till, reason, expected, line):
    payment = till.pay()
    [attempt] = till.attempts(payment.id)
    till.stripe("POST", "refunds", payment_intent=attempt.provider_ref, amount=1999, reason=reason)
    payments.sync(payment.id)
    till.settle()
    assert labels(till) == expected
    assert learnt() == [line]


def test_two_partial_refunds_are_one_line_of_history(till):
    payment = till.pay()
    for amount in (500, 600):
        till.refund(payment, amount)
        till.settle()
    assert (labels(till), learnt()) == ([], [REFUND])


def test_a_refund_that_takes_days_is_known_at_once(till):
    payment = till.pay("slow_refund")
    assert till.refund(payment, 1999).status == "pending"
    till.settle()
    assert learnt() == [REFUND]


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("stolen", [("decline", True, 0.3)]),
        ("pm_card_visa_chargeDeclinedLostCard", [("decline", True, 0.3)]),
        ("declined", []),
        ("poor", []),
        ("pm_card_radarBlock", []),  # the provider's own model, not the issuer
    ],
)
def test_what_an_issuer_calls_stolen_is_a_weak_word_of_fraud(till, card, expected):
    till.pay(card)
    till.settle()
    assert labels(till) == expected
    assert learnt() == [], "it says little of this attempt, and the decline counts already"


def test_surplus_money_that_goes_back_says_nothing_of_who_paid(till):
    session = till.session()
    with till.world.gate.spoil("POST /stripe/v1/payment_intents", "500 after"):
        till.confirm(session)
    till.later(days=40)
    payments.expire_due(session.payment_id)
    payments.sync(session.payment_id)
    till.settle()
    assert FRAUD not in learnt()
    assert labels(till) == []


def test_ninety_quiet_days_make_a_good_payment(till):
    good = till.pay()
    refunded = till.pay()
    till.refund(refunded, 100)
    disputed = trouble(till, "disputed")
    till.pay("declined")
    till.pay(capture="manual")
    till.settle()
    till.later(days=90)
    assert quiet.label_due() == 0, "the day is not over"
    till.later(days=1, hours=1)
    assert quiet.label_due(batch=1) == 1
    assert quiet.label_due() == 0
    found = db.session().scalars(select(Label).where(Label.source == "quiet")).one()
    assert found.payment_id == good.id
    assert found.payment_id not in {refunded.id, disputed}
    assert found.known_at - good.created_at >= quiet.AFTER
    assert GOOD in learnt()


def test_quiet_days_are_gone_through_once_and_a_day_cut_short_begins_anew(till, monkeypatch):
    for _ in range(3):
        till.pay()
    till.later(days=92)
    label, done = quiet._label, []

    def dies_after_one(attempt_ids):
        if done:
            raise ConnectionError
        done.append(attempt_ids)
        return label(attempt_ids)

    monkeypatch.setattr(quiet, "_label", dies_after_one)
    with pytest.raises(ConnectionError):
        quiet.label_due(batch=2)
    monkeypatch.undo()
    assert len(labels(till)) == 2
    assert quiet.label_due(batch=2) == 1
    assert labels(till) == [("quiet", False, 1.0)] * 3
    assert quiet._days() == []
    till.later(days=3)
    assert len(quiet._days()) == 3


def test_an_analyst_who_said_fraud_is_not_overruled_by_silence(till):
    payment = till.pay()
    with db.transaction():
        attempt = db.session().get_one(Attempt, payment.attempt_id)
        db.insert(
            Label(
                id="lab_1",
                attempt_id=attempt.id,
                payment_id=payment.id,
                merchant_id=payment.merchant_id,
                source="analyst",
                is_fraud=True,
                weight=0.6,
                happened_at=clock.now(),
                known_at=clock.now() + timedelta(0),
            )
        )
    till.later(days=92)
    assert quiet.label_due() == 0
