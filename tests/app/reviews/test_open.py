import pytest
from sqlalchemy import select

from app.payments.find import lock_attempt
from app.reviews.decide import decide
from app.reviews.open import close_for, open_case
from models import Review, ReviewNote, db
from tests.app.reviews.held import case, held


def notes(review):
    found = select(ReviewNote).where(ReviewNote.review_id == review.id).order_by(ReviewNote.id)
    return [line.kind for line in db.session().scalars(found)]


def again(review):
    payment, attempt = lock_attempt(review.attempt_id)
    more = {"reason": "rule", "score": 99, "level": "highest", "expected_loss_minor": 1}
    return open_case(payment, attempt, assessment_id=None, worth=9.0, **more)


def test_a_held_attempt_has_one_case(till):
    review = held(till)
    with db.transaction():
        assert again(review).id == review.id
    assert till.payment(review.payment_id).status == "in_review"
    assert db.session().scalars(select(Review.score)).all() == [71]
    assert notes(review) == ["opened"]


def test_what_the_list_shows_is_kept_with_the_case(till):
    review = case(held(till).id)
    assert review.details["card_country"] == "BR"
    assert review.details["reasons"][0].startswith("7 cards from this IP")


def test_a_case_ends_with_its_hold(till):
    review = held(till)
    with db.transaction():
        close_for(*lock_attempt(review.attempt_id), "canceled")
    closed = case(review.id)
    assert (closed.closed_as, closed.closed_at is None) == ("canceled", False)
    with db.transaction():
        close_for(*lock_attempt(review.attempt_id), "expired")
    assert case(review.id).closed_as == "canceled"
    assert notes(review) == ["opened", "closed"]


@pytest.mark.parametrize("closed_as", ["captured", "canceled", "disputed"])
def test_a_verdict_that_waits_outlives_what_others_do(till, closed_as):
    review = held(till)
    decide(review.id, "fraud", "confirmed_fraud", by="usr_ada", scope=None, undo_s=10)
    with db.transaction():
        close_for(*lock_attempt(review.attempt_id), closed_as)
    assert case(review.id).closed_at is None


def test_without_a_hold_there_is_nothing_to_close(till):
    payment = till.pay()
    with db.transaction():
        close_for(*lock_attempt(payment.attempt_id), "refunded")
    assert db.session().scalars(select(Review.id)).all() == []
