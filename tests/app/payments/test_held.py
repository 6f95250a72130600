"""Held money when something goes wrong: it is neither lost nor taken, and a person hears of it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from app import payments, providers
from app.errors import AppError
from app.payments import start
from app.providers.base import Charge
from app.reviews import act, expiry
from app.reviews.act import act_due
from app.reviews.challenge import request_challenge
from app.reviews.decide import decide
from app.screening import force
from models import Label, Review, RiskRule, db
from models.ids import new_id
from risk import assess
from tests.app.providers.stripe_driver import StripeDriver
from tests.faults.requests import CANCELING
from tests.till import Till

FETCHING = "GET /stripe/v1/payment_intents/.*"


def rule(till: Till, text: str) -> None:
    row = RiskRule(
        id=new_id("rul"), merchant_id=till.merchant.id, text=text, state="live", author="test"
    )
    with db.transaction():
        db.insert(row)
    force.forget()


def case() -> Review:
    db.release()
    found = select(Review).execution_options(populate_existing=True)
    return db.session().scalars(found).one()


def cases() -> list[Review]:
    db.release()
    return list(db.session().scalars(select(Review).execution_options(populate_existing=True)))


def answered_late(till: Till, monkeypatch, **more) -> str:
    """A payment whose answer has not come yet; its session's payment."""
    session = till.session(**more)
    with monkeypatch.context() as silent:
        silent.setattr(start, "answer", lambda *_args, **_more: None)
        till.confirm(session)
    return session.payment_id


def test_a_void_of_the_second_look_that_is_refused_leaves_the_money_to_a_person(till, monkeypatch):
    payment_id = answered_late(till, monkeypatch, capture="manual")
    rule(till, "block if :amount: > 1 EUR")
    with till.world.gate.spoil(CANCELING, "400"):
        till.later(seconds=31)
        till.settle()
    till.settle()
    assert till.payment(payment_id).status == "in_review"
    assert (case().closed_at, case().payment_id) == (None, payment_id)
    assert case().expires_at is not None
    decide(case().id, "decline", "suspected_fraud", by="usr_ada", scope=None, undo_s=0)
    act_due(10)
    assert till.payment(payment_id).status == "canceled"


def test_the_case_of_what_the_provider_held_closes_when_the_merchant_cancels(till):
    payment = till.pay("review", capture="manual")
    assert till.cancel(payment).status == "canceled"
    assert case().closed_as == "canceled"


def test_the_case_of_what_the_provider_held_closes_when_it_was_captured_elsewhere(till):
    payment_id = till.pay("review", capture="manual").id
    [attempt] = till.attempts(payment_id)
    till.stripe("POST", f"payment_intents/{attempt.provider_ref}/capture")
    payments.sync(payment_id)
    assert till.payment(payment_id).status == "captured"
    assert case().closed_as == "captured"


def test_a_capture_that_is_refused_after_an_approval_is_a_persons_again(till):
    rule(till, "review if :amount: > 1 EUR")
    payment_id = till.pay().id
    decide(case().id, "approve", "suspicious_ok", by="usr_ada", scope=None, undo_s=0)
    with till.world.gate.spoil(StripeDriver.capturing, "400"):
        act_due(10)
        till.settle()
    assert till.payment(payment_id).status == "in_review"
    assert (case().closed_at, case().verdict, case().acts_at) == (None, None, None)
    assert till.events(payment_id).count("payment.held") == 2
    till.later(seconds=31)
    till.settle()
    assert till.payment(payment_id).status == "in_review"
    decide(case().id, "approve", "suspicious_ok", by="usr_ada", scope=None, undo_s=0)
    act_due(10)
    assert till.payment(payment_id).status == "captured"
    assert case().closed_as == "approved"


def test_a_capture_by_the_second_look_that_is_refused_is_a_persons(till):
    rule(till, "challenge if :amount: > 1 EUR")
    with till.world.gate.spoil(StripeDriver.capturing, "400"):
        payment_id = till.confirm(till.session()).id
    till.settle()
    assert till.payment(payment_id).status == "in_review"
    assert (case().closed_at, case().reason) == (None, "provider")


def test_a_refused_capture_of_who_captures_by_hand_stays_the_merchants(till):
    rule(till, "challenge if :amount: > 1 EUR")
    payment_id = till.confirm(till.session(capture="manual")).id
    with till.world.gate.spoil(StripeDriver.capturing, "400"):
        till.capture(till.payment(payment_id))
    till.settle()
    assert till.payment(payment_id).status == "authorized"
    assert cases() == []


def test_a_provider_that_refuses_to_end_a_hold_is_not_asked_every_second(till):
    rule(till, "review if :amount: > 1 EUR")
    payment_id = till.pay().id
    till.later(days=6, hours=23)
    asked = till.world.gate.count(CANCELING)
    with till.world.gate.spoil(CANCELING, "400"):
        for _ in range(3):
            till.settle()
            till.later(seconds=1)
    assert till.world.gate.count(CANCELING) == asked + 1
    assert (till.payment(payment_id).status, case().closed_at) == ("in_review", None)
    till.later(minutes=15)
    till.settle()
    assert till.payment(payment_id).status == "canceled"
    assert till.events(payment_id).count("review.expiring") == 2


def test_what_was_authorized_before_the_buyer_turned_back_is_captured_at_once(till):
    session = till.session()
    with db.transaction():
        db.update(session, shopper={"must_challenge": True})
    action = till.paypal(session)
    till.approve_at_paypal(action)
    [attempt] = till.attempts(session.payment_id)
    charge = Charge.from_json(attempt.request)
    providers.ask(providers.of("paypal").complete, charge, attempt.provider_ref)
    payments.cancel_approval(session.id)
    assert till.payment(session.payment_id).status == "captured"


def test_a_review_that_the_provider_opens_later_has_a_case(till):
    payment_id = till.pay(capture="manual").id
    assert till.payment(payment_id).status == "authorized"

    def review(answer):
        answer["review"] = {"object": "review", "id": "prv_1", "open": True}

    with till.world.gate.spoil(FETCHING, "tamper", tamper=review):
        payments.sync(payment_id)
    assert till.payment(payment_id).status == "in_review"
    assert case().reason == "provider"
    payments.sync(payment_id)
    assert till.payment(payment_id).status == "authorized"
    assert case().closed_as == "released"
    with till.world.gate.spoil(FETCHING, "tamper", tamper=review):
        payments.sync(payment_id)
    assert till.payment(payment_id).status == "in_review"
    assert case().closed_at is None


def test_a_decline_outlives_the_end_of_the_providers_review(till):
    payment_id = till.pay("review", capture="manual").id
    decide(case().id, "fraud", "confirmed_fraud", by="usr_ada", scope=None, undo_s=10)
    with till.world.gate.spoil(FETCHING, "tamper", tamper=approved):
        payments.sync(payment_id)
    assert till.payment(payment_id).status == "authorized"
    till.later(seconds=11)
    till.settle()
    assert till.payment(payment_id).status == "canceled"
    assert case().closed_as == "fraud"


def approved(answer):
    answer["review"] = {"object": "review", "id": "prv_1", "open": False}


def no_end(answer):
    def strip(node):
        if isinstance(node, dict):
            node.pop("capture_before", None)
            for one in node.values():
                strip(one)
        elif isinstance(node, list):
            for one in node:
                strip(one)

    strip(answer)


def test_a_hold_whose_end_nobody_tells_has_one(till):
    rule(till, "review if :amount: > 1 EUR")
    with till.world.gate.spoil("(GET|POST) /stripe/v1/payment_intents.*", "tamper", tamper=no_end):
        payment_id = till.pay().id
        assert till.attempts(payment_id)[0].capture_before is None
        assert case().expires_at is not None


def test_an_end_that_is_told_later_counts(till):
    rule(till, "review if :amount: > 1 EUR")
    with till.world.gate.spoil("(GET|POST) /stripe/v1/payment_intents.*", "tamper", tamper=no_end):
        payment_id = till.pay().id
    guessed = case().expires_at
    payments.sync(payment_id)
    [attempt] = till.attempts(payment_id)
    assert case().expires_at == attempt.capture_before != guessed


def test_a_second_look_that_breaks_loses_no_answer(till, monkeypatch):
    def breaks(*_facts, **_setting):
        raise ZeroDivisionError

    rule(till, "challenge if :amount: > 1 EUR")
    monkeypatch.setattr(assess, "second_look", breaks)
    assert till.confirm(till.session()).status == "in_review"
    assert (case().reason, case().closed_at) == ("failure", None)


def test_a_verdict_teaches_also_where_the_merchant_cancels_before_it_is_carried_out(till):
    rule(till, "review if :amount: > 1 EUR")
    payment = till.pay()
    decide(case().id, "fraud", "confirmed_fraud", by="usr_ada", scope=None, undo_s=10)
    till.cancel(payment)
    till.later(seconds=11)
    till.settle()
    assert case().closed_as == "canceled"
    [label] = db.session().scalars(select(Label))
    assert (label.source, label.is_fraud, label.author) == ("analyst", True, "usr_ada")


def test_three_d_secure_is_asked_for_again_also_where_a_rule_holds_again(till):
    rule(till, "review if :amount: > 1 EUR")
    till.confirm(till.session())
    again = request_challenge(case().id, by="usr_ada", scope=None)
    payment = till.confirm(again)
    assert (payment.status, till.attempts(payment.id)[0].request["three_ds"]) == (
        "in_review",
        "any",
    )


@pytest.mark.parametrize("is_approved", [False, True])
def test_a_cancel_an_approval_and_the_end_at_once(till, is_approved):
    rule(till, "review if :amount: > 1 EUR")
    payment = till.pay()
    till.later(days=6, hours=23)
    one = case().id
    if is_approved:
        decide(one, "approve", "suspicious_ok", by="usr_ada", scope=None, undo_s=0)
    db.release()
    acts = [
        lambda: till.cancel(payment),
        lambda: act.carry_out(one),
        lambda: act.carry_out(one),
        lambda: expiry.expire(one),
        lambda: payments.sync(payment.id),
    ]
    broken = [error for error in at_once(acts) if error and not isinstance(error, AppError)]
    assert broken == []
    till.later(seconds=60)
    till.settle()
    assert till.payment(payment.id).status in {"canceled", "captured"}
    assert case().closed_at is not None
    done = [one for one in payments.operations_of(payment.id) if one.status == "succeeded"]
    assert len(done) == 1


def at_once(acts):
    """What each of the acts raised, done by as many threads."""
    gate = threading.Barrier(len(acts))

    def run(act_of_one):
        gate.wait()
        try:
            act_of_one()
        except Exception as error:  # noqa: BLE001 -- the test judges it
            return error
        finally:
            db.remove()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))
