"""Look cases up, and lock them: a person of one merchant finds only that merchant's."""

from __future__ import annotations

from app.errors import NotFound
from app.payments.find import lock_attempt
from app.reviews.errors import ReviewClosed, ReviewTaken
from models import Attempt, Payment, Review, clock, db


def own_case(review_id: str, scope: str | None) -> Review:
    """A case that a person may see; `scope` is their merchant, None for everybody's. Raises NotFound."""
    review = db.session().get(Review, review_id, populate_existing=True)
    if review is None or scope not in {None, review.merchant_id}:
        raise NotFound
    return review


def lock_case(review_id: str, scope: str | None) -> Review:
    """One case, so that nobody else changes it until the transaction ends. Raises NotFound."""
    review = db.lock(Review, review_id)
    if review is None or scope not in {None, review.merchant_id}:
        raise NotFound
    return review


def lock_whole(review_id: str, scope: str | None) -> tuple[Review, Payment, Attempt]:
    """A case with its payment and attempt: first the payment, then the case, as everybody does. Raises NotFound."""
    payment, attempt = lock_attempt(own_case(review_id, scope).attempt_id)
    return lock_case(review_id, scope), payment, attempt


def check_open(review: Review) -> None:
    """Raises ReviewClosed."""
    if review.closed_at is not None:
        raise ReviewClosed(closed_as=review.closed_as)


def check_mine(review: Review, by: str) -> None:
    """Nobody else may have it open. Raises ReviewTaken."""
    if is_taken(review, by):
        raise ReviewTaken(by=review.lock_by)


def is_taken(review: Review, by: str) -> bool:
    """Whether somebody else has the case open now."""
    return (
        review.lock_by not in {None, by}
        and review.lock_until is not None
        and review.lock_until > clock.now()
    )
