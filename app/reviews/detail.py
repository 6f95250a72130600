"""Everything that an analyst sees of one case, gathered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select

from app.payments.find import operations_of
from app.reviews import linked, listing, locks, notes, queue, settings
from app.reviews.find import own_case
from models import (
    Assessment,
    Attempt,
    CheckoutSession,
    Event,
    Merchant,
    Operation,
    Order,
    Payment,
    Review,
    ReviewNote,
    User,
    db,
)

# Why an attempt has no score, by the failure that the journal tells of (before its colon).
_HELD = "so the merchant's choice for that case held it"
NOT_ASSESSED = {
    "no_model": f"There is no model in force, {_HELD}.",
    "other_features": f"The model in force reads other facts than this version has, {_HELD}.",
    "model_failed": f"The model broke on these facts, {_HELD}.",
    "timeout": f"Scoring took too long, {_HELD}.",
    "history": f"The history could not be read, {_HELD}.",
}
_NO_JOURNAL = (
    "The journal has no assessment of this attempt: the provider or a person asked for a review."
)
_OTHER = f"It could not be scored ({{failure}}), {_HELD}."
_BEFORE_MODEL = "A {spoke} spoke before the model was asked."
_MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Detail:
    """One case with all that belongs to it."""

    review: Review
    payment: Payment
    attempt: Attempt
    order: Order | None
    session: CheckoutSession | None
    merchant: Merchant
    assessments: list[Assessment]
    attempts: list[Attempt]
    operations: list[Operation]
    events: list[Event]
    history: list[ReviewNote]
    groups: list[linked.Group]
    earlier: list[Review]
    clusters: dict[str, int]
    hours: dict[str, list[int]]
    listable: dict[str, str]
    people: list[User]
    names: dict[str, str]
    needs_two: bool

    @property
    def assessed(self) -> Assessment | None:
        """The assessment that is shown: the one that asked for a person, else the newest."""
        asked = [one for one in self.assessments if one.id == self.review.assessment_id]
        return next(iter(asked or reversed(self.assessments)), None)

    @property
    def facts(self) -> dict[str, Any]:
        """What was known, over what was known before the provider answered."""
        known: dict[str, Any] = {}
        for one in self.assessments:
            known |= one.facts
        return known

    @property
    def why_not_assessed(self) -> str:
        """Why there is no score; empty when there is one."""
        found = self.assessed
        if found is None:
            return _NO_JOURNAL
        if found.score is not None:
            return ""
        if found.failure:
            kind = found.failure.partition(":")[0]
            return NOT_ASSESSED.get(kind, _OTHER.format(failure=found.failure))
        return _BEFORE_MODEL.format(spoke=found.spoke)


def gather(review_id: str, scope: str | None) -> Detail:
    """The case and everything around it. Raises NotFound."""
    review = own_case(review_id, scope)
    payment = db.session().get_one(Payment, review.payment_id, populate_existing=True)
    attempts = _attempts(review.payment_id)
    events = _events(review.payment_id)
    history = notes.history(review)
    earlier = linked.earlier(review, scope)
    keys = linked.keys_of(review.attempt_id)
    ids = {
        str(one) for one in (review.lock_by, review.assigned_to, review.verdict_by, review.first_by)
    }
    ids |= {line.author for line in history} | {event.actor for event in events}
    ids |= {str(one.verdict_by) for one in earlier}
    return Detail(
        review=review,
        payment=payment,
        attempt=next(one for one in attempts if one.id == review.attempt_id),
        order=db.session().get(Order, payment.order_id) if payment.order_id else None,
        session=_session(payment.id),
        merchant=db.session().get_one(Merchant, review.merchant_id),
        assessments=_assessments(review),
        attempts=attempts,
        operations=operations_of(payment.id),
        events=events,
        history=history,
        groups=linked.groups(review, scope),
        earlier=earlier,
        clusters=linked.cluster_sizes(review, scope),
        hours={one: linked.per_hour(key, one, scope) for one, key in keys.items()},
        listable=listing.values_of(review),
        people=locks.people_for(review),
        names=queue.names_of(ids),
        needs_two=settings.needs_two(settings.policy_of(review.merchant_id), review.amount),
    )


def _attempts(payment_id: str) -> list[Attempt]:
    found = select(Attempt).where(Attempt.payment_id == payment_id).order_by(Attempt.id)
    return list(db.session().scalars(found.execution_options(populate_existing=True)))


def _events(payment_id: str) -> list[Event]:
    found = select(Event).where(Event.payment_id == payment_id).order_by(Event.id)
    return list(db.session().scalars(found.limit(_MOST_EVENTS)))


def _assessments(review: Review) -> list[Assessment]:
    its_own = or_(Assessment.attempt_id == review.attempt_id, Assessment.id == review.assessment_id)
    found = select(Assessment).where(its_own).order_by(Assessment.id)
    return list(db.session().scalars(found))


def _session(payment_id: str) -> CheckoutSession | None:
    found = select(CheckoutSession).where(CheckoutSession.payment_id == payment_id)
    return db.session().scalars(found).one_or_none()
