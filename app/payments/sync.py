"""Ask the provider how things stand, and record it: what webhooks, returning shoppers and the clock all do."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from app import events, providers
from app.crashpoints import crashpoint
from app.payments import change, due, operations, waiting
from app.payments.approve import take_approved
from app.payments.cancel import close
from app.payments.find import lock_attempt
from app.payments.record import record
from app.providers.base import Charge, Decline, Outcome, Refused, Throttled, Unanswered, Verb
from models import Attempt, Operation, Payment, clock, db
from models.lifecycle import UNDECIDED

# How far back the nightly look for disputes goes whose webhook was lost: providers repeat one for up to three days.
DISPUTES_LOOK_BACK = timedelta(days=7)
# How often at most an answer is asked for anew because something was recorded while it was on its way.
MOST_QUESTIONS = 3


def sync(payment_id: str) -> None:
    """Bring a payment up to date: its current attempt, then its unanswered operations. Silence changes nothing."""
    payment = db.session().get(Payment, payment_id, populate_existing=True)
    if payment is not None and payment.attempt_id is not None:
        sync_attempt(payment.attempt_id)
    check_operations(payment_id)


def check_operations(payment_id: str) -> None:
    """Ask how each unanswered operation of a payment stands."""
    unanswered = db.session().scalars(
        select(Operation.id).where(
            Operation.payment_id == payment_id, Operation.status.in_(("started", "pending"))
        )
    )
    for operation_id in list(unanswered):
        operations.check(operation_id)


def sync_attempt(attempt_id: str, *, disputed: bool = False, is_due: bool = False) -> bool:
    """Ask how one attempt stands; False when the provider did not say. What the shopper approved is taken now.

    `disputed`: there is a dispute, or may be one, which not every provider tells of with the charge. `is_due`: it is
    asked about by the schedule, which is put back where the provider's limits do not let it be asked.
    An answer is as old as its question: where something was recorded while it was on its way, the provider is asked
    anew. Where that goes on and on, it is left to whoever asks next.
    """
    tries = (_sync_once(attempt_id, disputed=disputed) for _ in range(MOST_QUESTIONS))
    try:
        return next((answered for answered in tries if answered is not None), False)
    except Throttled:
        if is_due:
            due.put_back(Attempt, attempt_id)
        return False


def _sync_once(attempt_id: str, *, disputed: bool) -> bool | None:
    """The same, with one question; None when something was recorded since it was asked. Raises Throttled.

    One that waits for the provider's limits is sent in its turn: there is nothing to ask about before.
    """
    attempt, as_of = _as_it_is(attempt_id)
    if attempt.queued_at is not None:
        return False
    charge = Charge.from_json(attempt.request)
    outcome = _fetch(attempt, charge, disputed=disputed)
    if outcome is None:
        return False
    late = outcome.ready and attempt.status in UNDECIDED and _is_over(attempt)
    if late:
        outcome = _too_late(attempt, outcome)
    if outcome.ready and attempt.status in UNDECIDED:
        _learn_reference(attempt, outcome)
        take_approved(db.session().get_one(Attempt, attempt_id, populate_existing=True))
        return True
    if not outcome.found:
        found = _ask_again(attempt, charge)
        if found is None:
            return False
        outcome = found
    crashpoint("sync.answered")
    with db.transaction():
        payment, attempt = lock_attempt(attempt_id)
        if payment.updated_at != as_of:
            return None
        follows = record(payment, attempt, outcome)
        if late and payment.status == "processing":
            close(payment, "expired")
        crashpoint("sync.recording")
    crashpoint("sync.recorded")
    if follows is not None:
        operations.ask(follows)
    return True


def _as_it_is(attempt_id: str) -> tuple[Attempt, datetime]:
    """An attempt, and when something was last recorded of its payment."""
    asked = (
        select(Attempt, Payment.updated_at)
        .join(Payment, Payment.id == Attempt.payment_id)
        .where(Attempt.id == attempt_id)
        .execution_options(populate_existing=True)
    )
    attempt, as_of = db.session().execute(asked).one()
    return attempt, as_of


def _fetch(attempt: Attempt, charge: Charge, *, disputed: bool) -> Outcome | None:
    try:
        provider = providers.of(attempt.provider)
        outcome = providers.ask(provider.fetch, charge, attempt.provider_ref)
        if not disputed:
            return outcome
        more = providers.ask(provider.disputes_of, charge, outcome)
    except Throttled:
        raise
    except (Unanswered, Refused):
        return None
    return replace(outcome, operations=(*outcome.operations, *more))


def _is_over(attempt: Attempt) -> bool:
    return change.is_over(db.session().get_one(Payment, attempt.payment_id, populate_existing=True))


def _too_late(attempt: Attempt, outcome: Outcome) -> Outcome:
    """What the buyer approved is not asked for any more. If it was, the request may still be on its way.

    Then the payment is over, and the provider is asked on: should the money be taken after all, it goes back.
    """
    asked = attempt.status == "pending" and clock.now() - attempt.created_at < change.REPEATABLE
    return replace(outcome, verb=Verb.WAIT if asked else Verb.VOID, ready=False, promised=True)


def _learn_reference(attempt: Attempt, outcome: Outcome) -> None:
    if attempt.status == "started":
        with db.transaction():
            payment, fresh = lock_attempt(attempt.id)
            record(payment, fresh, outcome)


def _ask_again(attempt: Attempt, charge: Charge) -> Outcome | None:
    """The provider has no trace of the charge. While the payment is open, the very same request is repeated.

    That is safe for as long as the provider remembers the key (`Provider.repeatable`). Afterwards it is looked for
    once more where it must have left a trace, and "no trace" is then an answer, and a definite one: a request from
    hours ago is not on its way any more.
    """
    if attempt.status != "started":
        return None
    payment = db.session().get_one(Payment, attempt.payment_id)
    if clock.now() - attempt.created_at >= providers.of(attempt.provider).repeatable(charge):
        return _look_for(attempt, charge)
    if not change.is_over(payment) and waiting.repeats(attempt):
        return _repeat(attempt, charge)
    return None


def _look_for(attempt: Attempt, charge: Charge) -> Outcome | None:
    try:
        look_for = providers.of(attempt.provider).look_for
        found = providers.ask(look_for, charge, attempt.created_at)
    except Throttled:
        raise
    except (Unanswered, Refused):
        return None
    if found.found:
        return found
    return Outcome(Verb.DECLINE, "", charge.amount, decline=Decline("abandoned", "never_arrived"))


def _repeat(attempt: Attempt, charge: Charge) -> Outcome | None:
    """The very same request again. Refused now (a key was changed, say) tells nothing of the first one."""
    try:
        return providers.ask(providers.of(attempt.provider).charge, charge)
    except Throttled:
        raise
    except (Unanswered, Refused):
        return None


def sync_reference(
    provider: str, references: tuple[str, ...], attempt_id: str | None, *, disputed: bool = False
) -> bool | None:
    """Bring the payment that a provider's event speaks of up to date, its unanswered operations included.

    False when it is none of ours; None when the provider did not answer.
    """
    candidates: list[ColumnElement[bool]] = (
        [Attempt.provider_ref.in_(references)] if references else []
    )
    if attempt_id is not None:
        candidates.append(Attempt.id == attempt_id)
    if not candidates:
        return False
    found = (
        db.session()
        .execute(
            select(Attempt.id, Attempt.payment_id)
            .where(Attempt.provider == provider, or_(*candidates))
            .limit(1)
        )
        .one_or_none()
    )
    if found is None:
        return False
    with events.acting("provider"):
        answered = sync_attempt(found.id, disputed=disputed)
        check_operations(found.payment_id)
    return True if answered else None


def catch_up_disputes() -> int:
    """Bring every payment up to date whose dispute changed in the last days. Returns how many are of ours."""
    since, found = clock.now() - DISPUTES_LOOK_BACK, 0
    for name, news in providers.each(lambda provider: provider.disputed_since, since):
        known = sync_reference(name, news.charge_refs, news.attempt_id, disputed=True)
        found += known is not False
    return found
