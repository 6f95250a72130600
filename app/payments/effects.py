"""What a step of an operation means for the money and the payment: one function per kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app import events
from app.payments import change
from app.payments.ended import ended
from app.providers.base import OperationNews, Step
from models import Attempt, Operation, Payment, clock, db
from models.lifecycle import ATTEMPT, OPERATIONS
from models.money import Money


@dataclass(frozen=True, slots=True)
class Move:
    """An operation that has just gone from `was` to its new status, with the payment locked; `event` tells of it."""

    payment: Payment
    attempt: Attempt
    operation: Operation
    was: str
    event: str
    amount: Money
    reference: str

    @property
    def told(self) -> dict[str, str]:
        """What its event says besides."""
        return {"attempt": self.attempt.id, "operation": self.operation.id}

    @property
    def status(self) -> str:
        """Where the operation is now."""
        return self.operation.status

    @property
    def counts(self) -> bool:
        """Whether it is about the payment's own money; a surplus charge never was part of its sums."""
        return self.attempt.status != "surplus"

    def may(self, verb: str) -> bool:
        """Whether the attempt can still go that way."""
        return (self.attempt.status, verb) in ATTEMPT.steps


def advance(payment: Payment, attempt: Attempt, operation: Operation, news: OperationNews) -> None:
    """Take the step that the news tells of, if it is one: old news and settled answers change nothing."""
    machine = OPERATIONS[operation.kind]
    if news.kind == "dispute" and operation.status == "started" and news.step is not Step.OPEN:
        _take(payment, attempt, operation, news, machine.step("started", Step.OPEN))
    if news.step is not None and (operation.status, news.step) in machine.steps:
        _take(payment, attempt, operation, news, machine.step(operation.status, news.step))


def _take(
    payment: Payment,
    attempt: Attempt,
    operation: Operation,
    news: OperationNews,
    step: tuple[str, str],
) -> None:
    was, (following, event) = operation.status, step
    db.update(
        operation,
        status=following,
        provider_ref=news.reference or operation.provider_ref,
        failure_code=news.failure_code,
        check_at=change.next_check(operation.checks) if following == "pending" else None,
        updated_at=clock.now(),
    )
    move = Move(payment, attempt, operation, was, event, news.amount, news.reference)
    EFFECTS[operation.kind](move)


def _captured(move: Move) -> None:
    payment, attempt, amount = move.payment, move.attempt, move.amount
    if move.status != "succeeded" or not move.may("capture"):
        _not_done(move)
        return
    events.emit(move.event, payment, operation=move.operation.id)
    db.update(
        attempt,
        status="captured",
        captured_minor=amount.minor,
        capture_ref=attempt.capture_ref or move.reference or None,
        check_at=clock.now() if attempt.fee_minor is None else None,
        updated_at=clock.now(),
    )
    change.post(payment, attempt, "capture", amount)
    done = {"captured_minor": amount.minor, "is_asking": False, "is_held": False}
    change.set_status(payment, attempt, "payment.captured", **done)


def _voided(move: Move) -> None:
    if move.status != "succeeded" or not move.may("void"):
        _not_done(move)
        return
    events.emit(move.event, move.payment, operation=move.operation.id)
    db.update(move.attempt, status="voided", check_at=None, updated_at=clock.now())
    event, done = ended(move.payment, asked=True, reason=move.operation.reason)
    change.set_status(move.payment, move.attempt, event, **done)


def _not_done(move: Move) -> None:
    """A capture or void that waits, or failed: then the authorization may be gone, and is asked about at once."""
    if move.status != "failed":
        events.emit(move.event, move.payment, operation=move.operation.id)
        return
    if move.attempt.status == "authorized":
        db.update(move.attempt, check_at=clock.now())
    over = {"is_asking": False} if move.counts else {}
    change.set_status(move.payment, move.attempt, move.event, move.told, **over)


def _refunded(move: Move) -> None:
    payment, operation = move.payment, move.operation
    minor = operation.amount_minor
    changes: dict[str, int] = {}
    if move.status == "succeeded":
        change.post(payment, move.attempt, "refund", operation.amount, source_id=operation.id)
        changes = {
            "refunding_minor": payment.refunding_minor - minor,
            "refunded_minor": payment.refunded_minor + minor,
        }
    elif move.status == "failed" and move.was == "succeeded":
        change.post(
            payment, move.attempt, "refund_returned", operation.amount, source_id=operation.id
        )
        changes = {"refunded_minor": payment.refunded_minor - minor}
    elif move.status == "failed":
        changes = {"refunding_minor": payment.refunding_minor - minor}
    changes = changes if move.counts else {}
    change.set_status(payment, move.attempt, move.event, move.told, **changes)


def _disputed(move: Move) -> None:
    payment, operation = move.payment, move.operation
    disputed = payment.disputed_minor
    if move.status == "open":
        change.post(payment, move.attempt, "dispute", operation.amount, source_id=operation.id)
        disputed += operation.amount_minor
    elif move.status == "won":
        change.post(payment, move.attempt, "dispute_won", operation.amount, source_id=operation.id)
        disputed -= operation.amount_minor
    changes = {"disputed_minor": disputed} if move.counts else {}
    change.set_status(payment, move.attempt, move.event, move.told, **changes)


EFFECTS: dict[str, Callable[[Move], None]] = {
    "capture": _captured,
    "void": _voided,
    "refund": _refunded,
    "dispute": _disputed,
}
