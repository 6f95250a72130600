"""No hold runs out silently: shortly before its authorization ends, what the merchant chose is done, and told."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select

from app import events, providers
from app.payments import operations, screen
from app.reviews import settings
from app.reviews.act import void
from app.reviews.find import lock_whole
from app.reviews.open import finish
from models import Attempt, Operation, Payment, Review, clock, db
from models.clock import iso
from risk.policy import Policy

# How soon the provider is asked again that refused to end a hold.
AGAIN = timedelta(minutes=15)

_log = logging.getLogger("till.reviews")

Place = tuple[datetime, str]


def due(limit: int, *, after: Place | None = None) -> list[Place]:
    """Undecided cases whose authorization is about to end by their merchant's policy, as moment and id, in that order.

    `after`: from that place on. What is being captured or canceled right now is not among them.
    """
    ending = (
        select(Review.expires_at, Review.id)
        .join(Payment, Payment.id == Review.payment_id)
        .where(
            Review.closed_at.is_(None),
            Review.verdict.is_(None),
            Payment.status == "in_review",
            _ends_soon(settings.policies()),
        )
        .order_by(Review.expires_at, Review.id)
        .limit(limit)
    )
    if after is not None:
        moment, last_id = after
        same = and_(Review.expires_at == moment, Review.id > last_id)
        ending = ending.where(or_(Review.expires_at > moment, same))
    return [(moment, found) for moment, found in db.session().execute(ending) if moment]


def _ends_soon(policies: dict[str | None, Policy]) -> ColumnElement[bool]:
    """`expires_at` against the hours of the merchant's policy; merchants without one have the common hours."""
    common = policies.pop(None, None) or Policy()
    own = [and_(Review.merchant_id == one, _within(found)) for one, found in policies.items()]
    others = Review.merchant_id.not_in([one for one in policies if one is not None])
    return or_(and_(others, _within(common)), *own)


def _within(policy: Policy) -> ColumnElement[bool]:
    return Review.expires_at <= clock.now() + timedelta(hours=policy.expire_before_h)


def expire_all(ids: Iterable[str]) -> int:
    """Do what the policies say about these holds. Returns how many were ended.

    A hold that cannot be ended now (its provider has no keys, say) is passed by: the others must not wait for it.
    """
    done = 0
    for review_id in ids:
        try:
            done += expire(review_id)
        except Exception:  # noqa: BLE001 -- one bad row must not stop the rest
            _log.exception("hold of %s could not be ended", review_id)
        db.release()
    return done


def expire(review_id: str) -> bool:
    """Capture or void one undecided hold, and tell. False when it was decided, or ended, meanwhile."""
    with db.transaction():
        review, payment, attempt = lock_whole(review_id, None)
        policy = settings.policy_of(review.merchant_id)
        if not _is_due(review, policy) or payment.status != "in_review" or _was_refused(attempt):
            return False
        providers.get(attempt.provider)
        action = _action(policy, review)
        ends = review.expires_at and iso(review.expires_at)
        told = {"review": review.id, "action": action, "expires_at": ends}
        events.emit("review.expiring", payment, **told)
        finish(review, "expired", action=action)
        operation_id = _ACTIONS[action](payment, attempt)
    if operation_id is not None:
        operations.ask(operation_id)
    return True


def _action(policy: Policy, review: Review) -> str:
    """What is done at the end. An amount that two people must approve is never taken because nobody did."""
    return "void" if settings.needs_two(policy, review.amount) else policy.expiry_action


def _is_due(review: Review, policy: Policy) -> bool:
    is_open = review.closed_at is None and review.verdict is None
    soon = clock.now() + timedelta(hours=policy.expire_before_h)
    return is_open and review.expires_at is not None and review.expires_at <= soon


def _was_refused(attempt: Attempt) -> bool:
    """Whether the provider refused it a moment ago: the case was opened again, and is due again at once."""
    lately = select(Operation.id).where(
        Operation.attempt_id == attempt.id,
        Operation.kind.in_(("capture", "void")),
        Operation.status == "failed",
        Operation.updated_at > clock.now() - AGAIN,
    )
    return db.session().scalar(lately.limit(1)) is not None


def _void(payment: Payment, attempt: Attempt) -> str | None:
    return void(payment, attempt, reason=None)


def _capture(payment: Payment, attempt: Attempt) -> str | None:
    """The merchant chose beforehand to take such money rather than to lose the order."""
    return screen.release(payment, attempt)


_ACTIONS = {"void": _void, "capture": _capture}
