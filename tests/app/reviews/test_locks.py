import threading
from datetime import timedelta

import pytest

from app.errors import Invalid
from app.reviews import filters, locks
from app.reviews.decide import decide
from app.reviews.errors import ReviewDecided, ReviewTaken
from models import clock, db
from models.ids import new_id
from tests.app.reviews.held import analyst, case, held

ANY = {"scope": None}


def asked(me, **values):
    return filters.read(values, me=me, scope=None)


def test_next_is_the_most_urgent_that_nobody_has(till):
    low, high, mid = (held(till, worth=worth) for worth in (1.0, 9.0, 5.0))
    assert locks.take_next(asked("usr_a")).id == high.id
    assert locks.take_next(asked("usr_b")).id == mid.id
    assert locks.take_next(asked("usr_c")).id == low.id
    assert locks.take_next(asked("usr_d")) is None


def test_one_can_be_passed_over_and_comes_round_again(till):
    low, high = held(till, worth=1.0), held(till, worth=9.0)
    assert locks.take_next(asked("usr_a"), behind=high.id).id == low.id
    locks.release(low.id, by="usr_a", scope=None)
    assert locks.take_next(asked("usr_a"), behind=low.id).id == high.id


def test_two_analysts_at_once_never_get_the_same(till):
    cases = {held(till).id for _ in range(4)}
    gate, got = threading.Barrier(2), {}

    def work(me):
        gate.wait()
        try:
            got[me] = [locks.take_next(asked(me)) for _ in range(2)]
        finally:
            db.remove()

    threads = [threading.Thread(target=work, args=(me,)) for me in ("usr_a", "usr_b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [review.id for mine in got.values() for review in mine]
    assert sorted(taken) == sorted(cases)


def test_two_analysts_at_one_case_only_one_decides(till):
    review = held(till)
    gate, said = threading.Barrier(2), []

    def work(me, verdict, label):
        gate.wait()
        try:
            locks.take(review.id, by=me, **ANY)
            decide(review.id, verdict, label, by=me, undo_s=10, **ANY)
            said.append(me)
        except (ReviewTaken, ReviewDecided):
            pass
        finally:
            db.remove()

    both = (("usr_a", "approve", "unsure"), ("usr_b", "decline", "unsure"))
    threads = [threading.Thread(target=work, args=args) for args in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert case(review.id).verdict_by in said
    # The other was kept out by the lock, or came once the verdict had been given and was told so.
    assert len(said) == 1


def test_a_lock_ends_by_itself_and_is_renewed(till):
    review = held(till)
    locks.take(review.id, by="usr_a", **ANY)
    till.later(minutes=9)
    locks.take(review.id, by="usr_a", **ANY)
    till.later(minutes=9)
    with pytest.raises(ReviewTaken):
        locks.take(review.id, by="usr_b", **ANY)
    till.later(minutes=2)
    assert locks.take(review.id, by="usr_b", **ANY).lock_by == "usr_b"


def test_leaving_gives_it_back_and_only_ones_own(till):
    review = held(till)
    locks.take(review.id, by="usr_a", **ANY)
    locks.release(review.id, by="usr_b", **ANY)
    assert case(review.id).lock_by == "usr_a"
    locks.release(review.id, by="usr_a", **ANY)
    assert case(review.id).lock_by is None


def test_what_is_somebody_elses_is_not_next(till):
    review, ada, bob = held(till), analyst("Ada"), analyst("Bob")
    locks.assign(review.id, bob.id, by=ada.id, **ANY)
    assert locks.take_next(asked(ada.id)) is None
    assert locks.take_next(asked(bob.id)).id == review.id


def test_only_who_may_decide_can_be_assigned(till):
    review, shop = held(till), analyst("Shop", role="merchant")
    for nobody in (shop.id, new_id("usr")):
        with pytest.raises(Invalid):
            locks.assign(review.id, nobody, by="usr_a", **ANY)
    assert [one.name for one in locks.people_for(review)] == []


def test_a_snoozed_case_sleeps_and_wakes(till):
    review = held(till)
    locks.snooze(review.id, clock.now() + timedelta(hours=4), by="usr_a", **ANY)
    assert locks.take_next(asked("usr_a")) is None
    till.later(hours=5)
    assert locks.take_next(asked("usr_a")).id == review.id


@pytest.mark.parametrize("hours", [-1, 0, 80, 24 * 8])
def test_a_case_does_not_sleep_through_its_own_end(till, hours):
    review = held(till, hours=72)
    with pytest.raises(Invalid):
        locks.snooze(review.id, clock.now() + timedelta(hours=hours), by="usr_a", **ANY)


def test_an_escalated_case_is_everybodys_again(till):
    review, ada = held(till), analyst("Ada")
    locks.assign(review.id, ada.id, by=ada.id, **ANY)
    locks.take(review.id, by=ada.id, **ANY)
    locks.escalate(review.id, "Looks like the ring of last week.", by=ada.id, **ANY)
    escalated = case(review.id)
    assert (escalated.is_escalated, escalated.assigned_to, escalated.lock_by) == (True, None, None)
    assert locks.take_next(asked("usr_b", escalated="yes")).id == review.id
