import threading

import pytest
from sqlalchemy import select

from app.reviews import act, expiry
from app.reviews.decide import decide
from app.reviews.errors import ReviewClosed
from models import Delivery, Event, Operation, RiskPolicy, db
from models.ids import new_id
from tasks import reviews
from tests.app.reviews.held import case, held

NOW = {"undo_s": 0, "scope": None}


def policy(merchant_id, **settings):
    with db.transaction():
        row = RiskPolicy(
            id=new_id("pol"), merchant_id=merchant_id, settings=settings, author="usr_x"
        )
        db.insert(row)


def asked_for(review):
    found = select(Operation.kind).where(Operation.payment_id == review.payment_id)
    return list(db.session().scalars(found))


def test_a_hold_that_nobody_decided_is_let_go_in_time_and_told(till):
    review = held(till, hours=7)
    assert reviews.expiries() == 0
    till.later(hours=1.5)
    till.settle()
    assert till.payment(review.payment_id).status == "canceled"
    assert case(review.id).closed_as == "expired"
    event = db.session().scalars(select(Event).where(Event.type == "review.expiring")).one()
    assert (event.data["action"], event.data["review"]) == ("void", review.id)
    told = db.session().scalars(select(Delivery.subscriber).where(Delivery.event_id == event.id))
    assert list(told) == ["alert"]


def test_it_is_captured_where_the_merchant_chose_so(till):
    policy(till.merchant.id, expiry_action="capture", expire_before_h=3)
    review = held(till, hours=4)
    assert reviews.expiries() == 0
    till.later(hours=1.5)
    assert reviews.expiries() == 1
    assert till.payment(review.payment_id).status == "captured"
    assert "review.expiring" in till.events(review.payment_id)


def test_what_two_people_must_approve_is_not_taken_because_nobody_did(till):
    policy(till.merchant.id, expiry_action="capture", expire_before_h=3, four_eyes={"EUR": 1000})
    review = held(till, hours=2)
    assert reviews.expiries() == 1
    assert till.payment(review.payment_id).status == "canceled"


def test_each_merchant_has_its_own_hours(till):
    policy(None, expire_before_h=2)
    policy(till.merchant.id, expire_before_h=1)
    policy(till.merchant.id, expire_before_h=30)
    review = held(till, hours=20)
    assert [one for _, one in expiry.due(20)] == [review.id]
    policy(till.merchant.id, expire_before_h=1)
    assert expiry.due(20) == []


def test_a_policy_that_cannot_be_read_still_lets_go(till):
    policy(till.merchant.id, expiry_action="burn")
    review = held(till, hours=5)
    assert reviews.expiries() == 1
    assert till.payment(review.payment_id).status == "canceled"


def test_a_hold_that_cannot_be_ended_does_not_keep_others(till, monkeypatch):
    stuck, fine = held(till, hours=2), held(till, hours=3)
    real = expiry.lock_whole

    def breaks(review_id, scope):
        if review_id == stuck.id:
            raise RuntimeError("a poisoned row")
        return real(review_id, scope)

    monkeypatch.setattr(expiry, "lock_whole", breaks)
    monkeypatch.setattr(reviews, "BATCH", 1)  # the stuck one alone fills a batch
    assert [reviews.expiries(), reviews.expiries()] == [0, 1]
    assert till.payment(fine.payment_id).status == "canceled"


# Approval against the end of the hold: whoever locks first wins, and the other finds that out.


def test_the_end_comes_first(till):
    review = held(till, hours=5)
    assert expiry.expire(review.id)
    with pytest.raises(ReviewClosed):
        decide(review.id, "approve", "false_positive", by="usr_a", **NOW)
    act.carry_out(review.id)
    assert asked_for(review) == ["void"]


def test_the_verdict_comes_first(till):
    review = held(till, hours=5)
    decide(review.id, "approve", "false_positive", by="usr_a", **NOW)
    assert not expiry.expire(review.id)
    assert expiry.due(20) == []
    act.carry_out(review.id)
    assert not expiry.expire(review.id)
    assert asked_for(review) == ["capture"]


@pytest.mark.parametrize("attempt", range(3))
def test_both_at_once(till, attempt):
    review = held(till, hours=5)
    gate = threading.Barrier(2)
    ends = []

    def approve():
        try:
            decide(review.id, "approve", "false_positive", by="usr_a", **NOW)
            act.carry_out(review.id)
            ends.append("approved")
        except ReviewClosed:
            ends.append("too late")

    def end():
        ends.append("expired" if expiry.expire(review.id) else "decided")

    def run(what):
        gate.wait()
        try:
            what()
        finally:
            db.remove()

    threads = [threading.Thread(target=run, args=(what,)) for what in (approve, end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) in (["approved", "decided"], ["expired", "too late"])
    wanted = "capture" if "approved" in ends else "void"
    assert asked_for(review) == [wanted]
