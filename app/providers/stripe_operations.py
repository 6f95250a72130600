"""Reading captures, voids, refunds and disputes from Stripe's objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.providers.base import Charge, OperationNews, Step, Task
from app.providers.stripe_json import Json, contradicts, id_of, reading, whole
from app.providers.stripe_money import from_stripe
from app.providers.stripe_words import DISPUTE, REFUND, STATUS, unknown
from models.money import Money


def refunds(intent: Json, latest: Json, charge: Charge) -> Iterator[OperationNews]:
    """Every refund of the charge, whoever made it."""
    for refund in whole(latest.get("refunds")).get("data", ()):
        # A hold that was let go, all or part of it, is shown as a refund too; no money moved.
        was_hold = intent["capture_method"] == "manual" and refund["balance_transaction"] is None
        if not (was_hold and refund["status"] == "succeeded" and not our_operation(refund)):
            yield refund_news(refund, charge.amount.currency)


def our_operation(thing: Json) -> str | None:
    """Our id of the operation that made a refund or a capture, if we made it."""
    said = whole(thing.get("metadata")).get("operation_id")
    return said if isinstance(said, str) and said else None


def refund_news(refund: Json, currency: str) -> OperationNews:
    """How a refund stands. Raises Unanswered."""
    with reading("a refund"):
        amount = from_stripe(refund["amount"], refund["currency"])
        if amount.currency != currency:
            raise contradicts("a refund's currency")
        status = refund["status"]
        if status not in REFUND:
            unknown("Refund.status", status)
        step = REFUND.get(status)
        return OperationNews(
            kind="refund",
            reference=refund["id"],
            amount=amount,
            step=step,
            operation_id=our_operation(refund),
            failure_code=str(refund.get("failure_reason") or status) if step is Step.FAIL else None,
            reason=reason(refund),
        )


def reason(thing: Json) -> str | None:
    """Why a refund was made or a dispute opened, in Stripe's word; `fraudulent` is fraud."""
    said = thing.get("reason")
    return said[:40] if isinstance(said, str) and said else None


def disputes(
    told: Iterable[Json], charge: Charge, captured: Money | None
) -> Iterator[OperationNews]:
    """Every dispute in which money moved."""
    for dispute in told:
        status = dispute["status"]
        if status not in DISPUTE:
            unknown("Dispute.status", status)
        amount = captured or charge.amount
        if dispute["currency"].upper() == amount.currency:
            # Exchange rates move: a dispute may be told for a little more than was ever taken.
            amount = min(amount, from_stripe(dispute["amount"], dispute["currency"]))
        for step in DISPUTE.get(status, ()) if amount.minor else ():
            yield OperationNews(
                kind="dispute",
                reference=dispute["id"],
                amount=amount,
                step=step,
                reason=reason(dispute),
            )


def capture_news(intent: Json, task: Task) -> OperationNews:
    """How a capture stands: it has no id at Stripe, so the intent's metadata has ours."""
    with reading("a captured PaymentIntent"):
        _check_same(intent, task)
        status, is_ours = intent["status"], our_operation(intent) == task.operation_id
        if status == "succeeded" and is_ours:
            received = from_stripe(intent["amount_received"], intent["currency"])
            if received != task.amount:
                raise contradicts("amount_received")
            return news(task, Step.SUCCEED, reference=id_of(intent["latest_charge"]) or "")
        if status == "processing" and is_ours:
            return news(task, Step.WAIT, reference=id_of(intent["latest_charge"]) or "")
        return _not_done(task, status, over={"succeeded", "canceled", "requires_payment_method"})


def void_news(intent: Json, task: Task) -> OperationNews:
    """How a void stands: a canceled intent holds nothing, whoever canceled it."""
    with reading("a canceled PaymentIntent"):
        _check_same(intent, task)
        if intent["status"] == "canceled":
            return news(task, Step.SUCCEED, reference=f"{intent['id']}:void")
        return _not_done(task, intent["status"], over={"succeeded"})


def _check_same(intent: Json, task: Task) -> None:
    if (intent["object"], intent["id"]) != ("payment_intent", task.attempt_ref):
        raise contradicts("id")
    if intent["currency"].upper() != task.amount.currency:
        raise contradicts("currency")


def _not_done(task: Task, status: str, *, over: set[str]) -> OperationNews:
    if status not in STATUS:
        unknown("PaymentIntent.status", status)
    if status in over:
        return news(task, Step.FAIL, failure=f"payment_intent_{status}")
    return news(task, None)


def news(
    task: Task, step: Step | None, *, reference: str = "", failure: str | None = None
) -> OperationNews:
    """News of an operation that we asked for, in its own amount."""
    return OperationNews(
        kind=task.kind,
        reference=reference or task.reference,
        amount=task.amount,
        step=step,
        operation_id=task.operation_id,
        failure_code=failure,
    )
