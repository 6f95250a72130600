from datetime import timedelta

import pytest
from sqlalchemy import select

from app import commands, payments
from app.errors import NotFound, PaymentInReview, RawCardData
from app.payments.operations import settle
from app.providers.base import OperationNews, Step
from app.reviews import act, decide, verdicts
from app.reviews.decide import undo
from app.reviews.errors import (
    LabelInvalid,
    PaymentNotHeld,
    ReviewClosed,
    ReviewDecided,
    ReviewTaken,
    SecondPersonNeeded,
    UndoTooLate,
)
from app.reviews.locks import take
from models import Label, ReviewNote, RiskPolicy, db
from models.ids import new_id
from tasks import relay
from tests.app.reviews.held import analyst, case, held

UNDO_S = 10


def say(review, verdict="approve", label="false_positive", by="usr_a", **more):
    more = {"scope": None, "undo_s": UNDO_S} | more
    return decide.decide(review.id, verdict, label, by=by, **more)


def carry_out(till):
    till.later(seconds=UNDO_S + 1)
    act.act_due(20)


def labels():
    found = db.session().execute(select(Label.is_fraud, Label.weight, Label.author, Label.source))
    return [tuple(row) for row in found]


def notes(review):
    found = select(ReviewNote).where(ReviewNote.review_id == review.id).order_by(ReviewNote.id)
    return [line.kind for line in db.session().scalars(found)]


# Every verdict with what it does to the money and to the case.


def test_an_approval_captures_once_it_cannot_be_undone(till):
    review = held(till)
    say(review)
    act.act_due(20)
    assert till.payment(review.payment_id).status == "in_review"
    carry_out(till)
    assert till.payment(review.payment_id).status == "captured"
    assert till.ledger(review.payment_id)[0] == ("capture", 1999)
    assert case(review.id).closed_as == "approved"
    assert labels() == [(False, 0.9, "usr_a", "analyst")]
    assert "review.closed" in till.events(review.payment_id)


def test_an_approval_only_releases_what_the_merchant_captures(till):
    review = held(till, capture="manual")
    say(review)
    carry_out(till)
    assert till.payment(review.payment_id).status == "authorized"
    assert case(review.id).closed_as == "released"
    assert notes(review) == ["opened", "verdict", "closed"]
    assert till.capture(till.payment(review.payment_id)).status == "captured"


@pytest.mark.parametrize(
    ("verdict", "label", "closed_as", "learnt"),
    [
        ("decline", "suspected_fraud", "declined", [(True, 0.6)]),
        ("decline", "not_fraud", "declined", []),
        ("decline", "unsure", "declined", []),
        ("fraud", "confirmed_fraud", "fraud", [(True, 0.9)]),
    ],
)
def test_a_decline_lets_the_money_go(till, verdict, label, closed_as, learnt):
    review = held(till)
    say(review, verdict, label)
    carry_out(till)
    payment = till.payment(review.payment_id)
    assert (payment.status, payment.captured_minor) == ("canceled", 0)
    assert case(review.id).closed_as == closed_as
    assert [row[:2] for row in labels()] == learnt


def test_a_decline_refunds_what_was_captured_meanwhile(till):
    review = held(till)
    say(review, "fraud", "confirmed_fraud")
    attempt = till.attempts(review.payment_id)[0]
    till.stripe("POST", f"payment_intents/{attempt.provider_ref}/capture")
    payments.sync(review.payment_id)
    assert till.payment(review.payment_id).status == "captured"
    carry_out(till)
    assert till.payment(review.payment_id).status == "refunded"
    (refund,) = [op for op in payments.operations_of(review.payment_id) if op.kind == "refund"]
    assert (refund.reason, refund.status) == ("fraudulent", "succeeded")
    assert case(review.id).closed_as == "fraud"


def test_a_decline_that_is_taken_back_after_a_capture_leaves_nothing_open(till):
    review = held(till)
    say(review, "decline", "unsure")
    attempt = till.attempts(review.payment_id)[0]
    till.stripe("POST", f"payment_intents/{attempt.provider_ref}/capture")
    payments.sync(review.payment_id)
    assert undo(review.id, by="usr_a", scope=None).closed_as == "captured"
    carry_out(till)
    assert till.payment(review.payment_id).status == "captured"


def test_carrying_out_twice_is_once(till):
    review = held(till)
    say(review)
    carry_out(till)
    act.carry_out(review.id)
    assert [kind for kind, _ in till.ledger(review.payment_id)].count("capture") == 1
    assert len(labels()) == 1


# What goes with what.


@pytest.mark.parametrize("verdict", [*verdicts.VERDICTS, "release", ""])
@pytest.mark.parametrize("label", [*verdicts.LABELS, ""])
def test_a_label_goes_with_its_verdict_or_is_refused(verdict, label):
    if label in verdicts.VERDICTS.get(verdict, ()):
        assert verdicts.check(verdict, label) is verdicts.LABELS[label]
    else:
        with pytest.raises(LabelInvalid):
            verdicts.check(verdict, label)


def test_no_label_calls_what_is_let_through_fraud():
    assert not any(verdicts.LABELS[label].is_fraud for label in verdicts.VERDICTS["approve"])
    assert all(verdicts.LABELS[label].is_fraud for label in verdicts.VERDICTS["fraud"])


# Undo.


def test_a_verdict_can_be_taken_back_by_who_gave_it(till):
    review = held(till)
    say(review)
    with pytest.raises(UndoTooLate):
        undo(review.id, by="usr_b", scope=None)
    undone = undo(review.id, by="usr_a", scope=None)
    assert (undone.verdict, undone.label, undone.lock_by) == (None, None, "usr_a")
    carry_out(till)
    assert till.payment(review.payment_id).status == "in_review"
    assert labels() == []
    assert notes(review) == ["opened", "verdict", "undone"]


def test_what_was_carried_out_cannot_be_taken_back(till):
    review = held(till)
    say(review)
    carry_out(till)
    with pytest.raises(UndoTooLate):
        undo(review.id, by="usr_a", scope=None)


def test_a_case_is_decided_once(till):
    review = held(till)
    say(review)
    with pytest.raises(ReviewDecided):
        say(review, "decline", "unsure", by="usr_b")
    carry_out(till)
    with pytest.raises(ReviewClosed):
        say(review, "decline", "unsure")


def test_who_has_the_case_open_decides_it(till):
    review = held(till)
    take(review.id, by="usr_a", scope=None)
    with pytest.raises(ReviewTaken):
        say(review, by="usr_b")
    till.later(minutes=11)
    assert say(review, by="usr_b").verdict == "approve"


def test_what_is_being_canceled_is_not_decided(till):
    review = held(till)
    with db.transaction():
        payment, attempt = act.lock_whole(review.id, None)[1:]
        act.void(payment, attempt, reason=None)
    with pytest.raises(PaymentNotHeld):
        say(review)


def test_a_card_number_is_not_kept(till):
    review = held(till)
    with pytest.raises(RawCardData):
        say(review, reason="called about 4242 4242 4242 4242")


def test_another_merchants_case_does_not_exist(till):
    review = held(till)
    with pytest.raises(NotFound):
        say(review, scope=new_id("mer"))


# Four eyes.


@pytest.fixture
def four_eyes(till):
    policy = RiskPolicy(
        id=new_id("pol"), merchant_id=None, settings={"four_eyes": {"EUR": 1500}}, author="usr_x"
    )
    with db.transaction():
        db.insert(policy)


def test_above_the_amount_two_people_approve(till, four_eyes):
    review = held(till)
    first = say(review)
    assert (first.verdict, first.first_by) == (None, "usr_a")
    with pytest.raises(SecondPersonNeeded):
        say(review)
    carry_out(till)
    assert till.payment(review.payment_id).status == "in_review"
    say(review, by="usr_b")
    carry_out(till)
    assert till.payment(review.payment_id).status == "captured"
    assert [row[2] for row in labels()] == ["usr_b"]


def test_one_is_enough_to_decline_and_below_the_amount_and_in_another_currency(till, four_eyes):
    assert say(held(till), "decline", "unsure").verdict == "decline"
    assert say(held(till, 1499)).verdict == "approve"
    assert say(held(till, 90_000, currency="USD")).verdict == "approve"


def test_a_first_approval_can_be_taken_back(till, four_eyes):
    review = held(till)
    say(review)
    with pytest.raises(UndoTooLate):
        undo(review.id, by="usr_b", scope=None)
    assert undo(review.id, by="usr_a", scope=None).first_by is None


# Held money goes nowhere without a verdict.


def test_nobody_else_captures_held_money(till):
    review = held(till)
    with pytest.raises(PaymentInReview):
        till.capture(till.payment(review.payment_id))
    command = commands.CapturePayment(amount=100)
    with pytest.raises(PaymentInReview):
        payments.capture(review.payment_id, command, merchant_id=till.merchant.id, once=till.once())
    till.later(hours=2)
    till.settle()
    assert [kind for kind, _ in till.ledger(review.payment_id)] == []


def test_a_verdict_that_cannot_be_carried_out_now_waits_and_does_not_block_others(
    till, monkeypatch
):
    stuck, fine = held(till), held(till)
    say(stuck)
    say(fine)
    real = act.lock_whole

    def breaks(review_id, scope):
        if review_id == stuck.id:
            raise RuntimeError("a poisoned row")
        return real(review_id, scope)

    monkeypatch.setattr(act, "lock_whole", breaks)
    carry_out(till)
    assert till.payment(fine.payment_id).status == "captured"
    monkeypatch.setattr(act, "lock_whole", real)
    assert act.due(20) == []
    till.later(seconds=UNDO_S + 1, minutes=1)
    act.act_due(20)
    assert till.payment(stuck.payment_id).status == "captured"


def test_the_clock_carries_verdicts_out(till):
    review = held(till)
    say(review, "decline", "unsure", by=analyst().id)
    till.later(seconds=11)
    till.settle()
    assert till.payment(review.payment_id).status == "canceled"


def test_a_void_that_fails_brings_the_case_back(till):
    review = held(till)
    say(review, "decline", "suspected_fraud")
    till.later(seconds=UNDO_S + 1)
    with db.transaction():
        locked, payment, attempt = act.lock_whole(review.id, None)
        void = act.HELD["decline"](locked, payment, attempt)
    assert case(review.id).closed_as == "declined"
    refused = OperationNews("void", "", attempt.amount, Step.FAIL, void, "refused")
    settle(void, refused)
    assert till.payment(review.payment_id).status == "in_review"
    relay.fan_out()
    relay.deliver()
    again = case(review.id)
    assert (again.closed_at, again.verdict) == (None, None)
    assert notes(review)[-1] == "reopened"
    assert not act.come_back(review.payment_id)
    say(review)
    till.later(seconds=UNDO_S + 1)
    act.act_due(20)
    assert till.payment(review.payment_id).status == "captured"


def test_undo_is_a_matter_of_seconds(till):
    review = say(held(till))
    assert review.acts_at - review.verdict_at == timedelta(seconds=UNDO_S)
