"""Captures, voids, refunds and disputes: asked for once, answered once, whoever brings the answer."""

from __future__ import annotations

from typing import Any, Literal, cast

from sqlalchemy import select

from app import events, providers
from app.crashpoints import crashpoint
from app.payments import change, due, effects, waiting
from app.payments.find import lock_attempt
from app.payments.lines import CLASSES, Line
from app.providers.base import Charge, OperationNews, Refused, Step, Task, Throttled, Unanswered
from models import Attempt, Operation, Payment, clock, db
from models.ids import new_id
from models.lifecycle import OPERATIONS
from models.money import Money

_PREFIX = {"capture": "cap", "void": "voi", "refund": "re", "dispute": "dsp"}
_OPEN = ("started", "pending")
_MOVED = {Step.SUCCEED, Step.WAIT}


def start(
    payment: Payment,
    attempt: Attempt,
    kind: str,
    amount: Money,
    *,
    operation_id: str = "",
    **more: Any,
) -> Operation:
    """Write down what will be asked, in the deciding transaction."""
    now = clock.now()
    operation = Operation(
        id=operation_id or new_id(_PREFIX[kind]),
        payment_id=payment.id,
        attempt_id=attempt.id,
        merchant_id=payment.merchant_id,
        kind=kind,
        amount_minor=amount.minor,
        currency=amount.currency,
        created_at=now,
        updated_at=now,
        **{"check_at": change.next_check(0), **more},
    )
    db.insert(operation)
    crashpoint(f"{kind}.deciding")
    return operation


def ask(operation_id: str, *, again: bool = False, in_turn: bool = False) -> bool:
    """Ask the provider for a started operation, and record what it says. Silence changes nothing.

    Asking again is the same request: the operation's id is the provider's idempotency key. A refusal
    of the repeated request (a key was changed, say) tells nothing of the first one. False: it waits for the provider's
    limits, to be sent in its turn (`in_turn`).
    """
    operation, attempt = _load(operation_id)
    task = _task(operation, attempt)
    crashpoint(f"{operation.kind}.decided")
    try:
        if not in_turn and not again:
            line = Line(attempt.provider, CLASSES[operation.kind])
            waiting.stand_behind(line)
        provider = providers.of(attempt.provider)
        call = {"capture": provider.capture, "void": provider.void, "refund": provider.refund}
        news = providers.ask(call[operation.kind], task)
    except Throttled:
        if not again:
            waiting.put_operation(operation_id)
        return False
    except Unanswered:
        return True
    except Refused as refusal:
        if again:
            return True
        news = OperationNews(
            task.kind, "", task.amount, Step.FAIL, operation.id, refusal.code or "provider_refused"
        )
    crashpoint(f"{operation.kind}.answered")
    settle(operation_id, news)
    return True


def settle(operation_id: str, news: OperationNews) -> None:
    """Record the answer to one operation, in a transaction of its own."""
    attempt_id = _load(operation_id)[1].id
    with db.transaction():
        payment, attempt = lock_attempt(attempt_id)
        operation = db.session().get_one(Operation, operation_id, populate_existing=True)
        crashpoint(f"{operation.kind}.recording")
        effects.advance(payment, attempt, operation, news)
    crashpoint(f"{news.kind}.recorded")


def check(operation_id: str, *, is_due: bool = False) -> None:
    """Ask the provider how an unanswered operation stands; where it has no trace of it, ask for it again.

    The same request with the same key is safe to repeat for as long as the provider remembers the key; once it has
    forgotten (REPEATABLE) and still has no trace, the operation never happened. `is_due`: it is asked about by the
    schedule, which is put back where the provider's limits do not let it be asked.
    """
    operation, attempt = _load(operation_id)
    if operation.status not in _OPEN or operation.queued_at is not None:
        return
    task = _task(operation, attempt)
    try:
        news = providers.ask(providers.of(attempt.provider).fetch_operation, task)
    except Throttled:
        if is_due:
            due.put_back(Operation, operation_id)
        return
    except (Unanswered, Refused):
        return
    if news.step is not None:
        settle(operation_id, news)
    elif operation.status == "started" and clock.now() - operation.created_at < change.REPEATABLE:
        if waiting.repeats(operation) and not ask(operation_id, again=True) and is_due:
            due.put_back(Operation, operation_id)
    elif operation.status == "started":
        settle(
            operation_id,
            OperationNews(task.kind, "", task.amount, Step.FAIL, operation.id, "never_arrived"),
        )


def record_news(payment: Payment, attempt: Attempt, news: OperationNews) -> None:
    """Record what a provider says of an operation when asked about the charge; it may be none of our asking."""
    operation = _match(attempt, news)
    if operation is not None and operation.status == "failed" and news.step in _MOVED:
        change.open_case(payment, "late_success", f"{attempt.id}:{operation.id}", attempt, news)
        if operation.provider_ref == news.reference:
            return  # the provider itself had said so: a person decides which of the two is true
        operation = (
            None  # we had given it up: its money is booked like a refund made at the provider
        )
    if operation is None:
        if news.kind not in {"refund", "dispute"} or news.step in {None, Step.FAIL}:
            return
        if not _fits(payment, attempt, news):
            return
        operation = Operation(
            id=new_id(_PREFIX[news.kind]),
            payment_id=payment.id,
            attempt_id=attempt.id,
            merchant_id=payment.merchant_id,
            kind=news.kind,
            amount_minor=news.amount.minor,
            currency=news.amount.currency,
            provider_ref=news.reference or None,
            reason=news.reason,
            is_external=True,
        )
        db.insert(operation)
        _reserve(payment, attempt, operation)
    effects.advance(payment, attempt, operation, news)


def _fits(payment: Payment, attempt: Attempt, news: OperationNews) -> bool:
    """Whether a refund made at the provider fits into what is left.

    It does not while one of ours is unanswered that the provider will now refuse. Both are asked about again soon.
    """
    if news.kind != "refund" or attempt.status == "surplus" or news.amount <= payment.refundable:
        return True
    change.open_case(payment, "excess_refund", f"{attempt.id}:{news.reference}", attempt, news)
    db.update(attempt, check_at=change.next_check(0))
    return False


def close_open(payment: Payment, attempt: Attempt, status: str) -> None:
    """The authorization was captured or voided: whatever we had asked for is thereby answered."""
    for operation in _of(attempt):
        if operation.kind in {"capture", "void"} and operation.status in _OPEN:
            done = (operation.kind, status) in {("capture", "captured"), ("void", "voided")}
            step = Step.SUCCEED if done else Step.FAIL
            following, event = OPERATIONS[operation.kind].step(operation.status, step)
            db.update(operation, status=following, check_at=None, updated_at=clock.now())
            events.emit(event, payment, operation=operation.id)


def _load(operation_id: str) -> tuple[Operation, Attempt]:
    found = (
        db.session()
        .execute(
            select(Operation, Attempt)
            .join(Attempt, Attempt.id == Operation.attempt_id)
            .where(Operation.id == operation_id)
            .execution_options(populate_existing=True)
        )
        .one()
    )
    return found[0], found[1]


def _task(operation: Operation, attempt: Attempt) -> Task:
    return Task(
        operation_id=operation.id,
        kind=cast("Literal['capture', 'void', 'refund']", operation.kind),
        attempt_id=attempt.id,
        attempt_ref=attempt.provider_ref or "",
        capture_ref=attempt.capture_ref or "",
        amount=operation.amount,
        reason=operation.reason or "",
        capture=Charge.from_json(attempt.request).capture,
        reference=operation.provider_ref or "",
    )


def _of(attempt: Attempt) -> list[Operation]:
    return list(
        db.session().scalars(
            select(Operation)
            .where(Operation.attempt_id == attempt.id)
            .execution_options(populate_existing=True)
        )
    )


def _match(attempt: Attempt, news: OperationNews) -> Operation | None:
    """The operation that the news is about: by the provider's id, else by ours."""
    known = _of(attempt)
    by_reference = (row for row in known if news.reference and row.provider_ref == news.reference)
    by_id = (row for row in known if row.id == news.operation_id)
    return next(by_reference, None) or next(by_id, None)


def _reserve(payment: Payment, attempt: Attempt, operation: Operation) -> None:
    if operation.kind == "refund" and attempt.status != "surplus":
        db.update(payment, refunding_minor=payment.refunding_minor + operation.amount_minor)
