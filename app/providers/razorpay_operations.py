"""Captures, voids, refunds and disputes at Razorpay: ask, and where it refuses, look whether it is done.

A capture has no place for our id, so it is written into the payment's notes before. Held money cannot be released by a
call: Razorpay gives back by itself what nobody captures in time, and a void waits for that. A refund carries our id as
its idempotency key, its receipt and in its notes; how long Razorpay keeps the key is not published, so operations are
looked up before they are repeated (`app.payments.operations.check`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from app.providers import razorpay_words as words
from app.providers.absent import Absent
from app.providers.base import (
    Charge,
    OperationNews,
    Outcome,
    ProviderNews,
    Refused,
    Step,
    Task,
    Unanswered,
)
from app.providers.razorpay_http import Client, Node, every, every_made, items
from app.providers.razorpay_read import (
    Standing,
    check_payment,
    is_taken,
    note,
    standing,
)
from models import clock
from models.ids import is_id
from models.money import Money

# How long a dispute may go on; it is listed by when it was opened.
_DISPUTE_LASTS_S = 120 * 86_400


class Operations(Absent):
    """The verbs on money that is held or taken: the half of the adapter that works on what was charged."""

    _client: Client

    def capture(self, task: Task) -> OperationNews:
        """Take held money: all of it, once. Razorpay captures no part."""
        found = self.look(task.attempt_ref)
        held = _payment(found)
        done = _captured(held, task)
        if done is not None:
            return done
        if task.amount.minor != held["amount"]:
            return _news(task, Step.FAIL, failure="capture_amount")
        try:
            self._sign(held, task)
            taken = self._client.payment.capture(
                held["id"], task.amount.minor, {"currency": task.amount.currency}
            )
        except Refused as refusal:
            return self._done_or_failed(task, refusal)
        check_payment(taken, found.order)
        if taken["id"] != held["id"] or not is_taken(taken):
            raise Unanswered("Razorpay's answer does not say that the money was taken")
        return _news(task, Step.SUCCEED, reference=taken["id"])

    def void(self, task: Task) -> OperationNews:
        """Release held money: by not capturing it. It is on its way back when Razorpay says so."""
        return _voided(_payment(self.look(task.attempt_ref)), task) or _news(task, Step.WAIT)

    def refund(self, task: Task) -> OperationNews:
        """Give captured money back, all or part, at the bank's usual speed."""
        payment_id = task.capture_ref or _payment(self.look(task.attempt_ref))["id"]
        body = {
            "amount": task.amount.minor,
            "speed": "normal",
            "receipt": task.operation_id,
            "notes": {"operation_id": task.operation_id, "attempt_id": task.attempt_id},
        }
        try:
            refund = self._client.payment.refund(
                payment_id, body, headers={"X-Refund-Idempotency": task.operation_id}
            )
        except Refused as refusal:
            return self._done_or_failed(task, refusal)
        news = refund_news(refund, payment_id)
        if (news.operation_id, news.amount) != (task.operation_id, task.amount):
            raise Unanswered("Razorpay's refund is not the one that was asked for")
        return news

    def fetch_operation(self, task: Task) -> OperationNews:
        """How an operation stands. A status that we do not know is Unanswered: it must not read as "no trace"."""
        payment = _payment(self.look(task.attempt_ref))
        if task.kind == "refund":
            news = next((n for n in self.refunds(payment) if _is_about(n, task)), None)
            if news is not None and news.step is None:
                raise Unanswered(f"Razorpay has no word that we know for {task.operation_id}")
        else:
            if payment["status"] not in words.PAYMENT:
                raise Unanswered(f"Razorpay has no word that we know for {payment['id']}")
            news = (_captured if task.kind == "capture" else _voided)(payment, task)
        return news or _news(task, None)

    def look(self, reference: str) -> Standing:
        """An order and its payments now. Raises Unanswered: an order never disappears."""
        order = reading(self._client.order.fetch, reference)
        # What a list gives unasked is ten; more are asked for where there are more.
        more = {"count": 100} if _attempts(order) > 10 else {}
        payments = items(reading(self._client.order.payments, reference, more))
        return standing(order, payments, reference)

    def disputes_of(self, charge: Charge, outcome: Outcome) -> tuple[OperationNews, ...]:  # noqa: ARG002 -- the protocol's
        """Every dispute of a charge in which money moved. `fetch` does without: keys may not be able to list them."""
        if not outcome.capture_ref:
            return ()
        return tuple(self._disputes(reading(self._client.payment.fetch, outcome.capture_ref)))

    def refunds(self, payment: Node) -> Iterator[OperationNews]:
        """Every refund of a payment."""
        if not is_taken(payment):
            return

        def page(query: Node) -> Any:
            return reading(self._client.payment.fetch_multiple_refund, payment["id"], query)

        for refund in every(page):
            yield refund_news(refund, payment["id"])

    def told_since(self, moment: datetime) -> tuple[ProviderNews, ...]:
        """Every refund from a moment on, and every dispute that may still have changed since.

        Razorpay lists no events. Each status that something is in is news of its own, and names its payment only, which
        is asked for its order unless we have signed it.
        """
        since = int(moment.timestamp())
        refunds = _made(self._client.refund.all, since)
        disputes = _made(self._client.dispute.all, since - _DISPUTE_LASTS_S)
        return tuple(self._told(thing) for thing in reversed([*disputes, *refunds]))

    def _told(self, thing: Node) -> ProviderNews:
        kind, status = str(thing.get("entity", "")), str(thing.get("status", ""))
        attempt_id, payment = note(thing, "attempt_id"), str(thing.get("payment_id", ""))
        known = attempt_id if is_id(attempt_id, "att") else None
        orders = () if known else (self._order_or_none(payment),)
        event_id = f"{thing.get('id')}:{status}"
        return ProviderNews(
            event_id,
            f"{kind}.{status}",
            tuple(filter(None, orders)),
            known,
            disputed=kind == "dispute",
        )

    def order_of(self, payment_id: str) -> str:
        """The order that a payment is for; empty where there is none. Raises Refused where there is no payment."""
        return str(self._client.payment.fetch(payment_id).get("order_id") or "")

    def _order_or_none(self, payment_id: str) -> str:
        try:
            return self.order_of(payment_id)
        except Refused as refusal:
            if refusal.status in {401, 403}:
                raise
            return ""

    def _disputes(self, payment: Node) -> Iterator[OperationNews]:
        """Every dispute in which money moved. They can be asked for by their time only, not by payment."""
        for dispute in _made(self._client.dispute.all, payment["created_at"]):
            if dispute.get("payment_id") == payment["id"]:
                yield from dispute_news(dispute, payment)

    def _sign(self, payment: Node, task: Task) -> None:
        """Write our operation's id on the payment that it is going to capture; notes are replaced as a whole."""
        notes = payment.get("notes")
        known = notes if isinstance(notes, dict) else {}
        self._client.payment.edit(
            payment["id"], {"notes": {**known, "operation_id": task.operation_id}}
        )

    def _done_or_failed(self, task: Task, refusal: Refused) -> OperationNews:
        """What a refusal means: nothing, if what was asked for is there already."""
        if refusal.status in {401, 403}:
            raise refusal  # about our keys, not about the money
        news = self.fetch_operation(task)
        if news.step in {Step.SUCCEED, Step.WAIT}:
            return news
        return _news(task, Step.FAIL, failure=refusal.code)


def _made(list_all: Callable[..., Any], since: int) -> Iterator[Node]:
    """Everything made from a moment on, up to now by any clock that is not a day ahead of ours."""
    return every_made(partial(reading, list_all), since, clock.unix() + 86_400)


def reading(call: Callable[..., Any], *args: Any) -> Any:
    """Ask how something stands; refused, it is as if nothing was said. Raises Unanswered."""
    try:
        return call(*args)
    except Refused as refusal:
        raise Unanswered(str(refusal)) from refusal


def refund_news(refund: Node, payment_id: str) -> OperationNews:
    """How a refund stands. Raises Unanswered."""
    amount, reference = refund.get("amount"), refund.get("id")
    if type(amount) is not int or amount <= 0 or not isinstance(reference, str):
        raise Unanswered("Razorpay's refund makes no sense")
    if refund.get("payment_id") != payment_id or refund.get("currency") != "INR":
        raise Unanswered("Razorpay's refund is of another payment")
    status = str(refund.get("status"))
    step = words.REFUND.get(status)
    return OperationNews(
        kind="refund",
        reference=reference,
        amount=Money(amount, "INR"),
        step=step,
        operation_id=note(refund, "operation_id") or None,
        failure_code=f"refund_{status}" if step is Step.FAIL else None,
    )


def dispute_news(dispute: Node, payment: Node) -> Iterator[OperationNews]:
    """The steps of a dispute, from its opening on. Raises Unanswered."""
    amount, reference = dispute.get("amount"), dispute.get("id")
    if type(amount) is not int or amount <= 0 or not isinstance(reference, str):
        raise Unanswered("Razorpay's dispute makes no sense")
    if dispute.get("phase") in words.ASKING:
        return
    reason = dispute.get("reason_code")
    for step in words.DISPUTE.get(str(dispute.get("status")), ()):
        yield OperationNews(
            kind="dispute",
            reference=reference,
            amount=Money(min(amount, payment["amount"]), payment["currency"]),
            step=step,
            reason=reason[:40] if isinstance(reason, str) and reason else None,
        )


def _payment(found: Standing) -> Node:
    if found.best is None:
        raise Refused("the order has no payment", code="no_payment", status=404)
    return found.best


def _captured(payment: Node, task: Task) -> OperationNews | None:
    """How a capture stands: it is ours if our id is in the payment's notes. None: not asked for yet."""
    if is_taken(payment):
        ours = note(payment, "operation_id") == task.operation_id
        if not ours:
            return _news(task, Step.FAIL, failure="payment_captured")
        return _news(task, Step.SUCCEED, reference=payment["id"])
    if payment["status"] in {"refunded", "failed"}:
        return _news(task, Step.FAIL, failure=f"payment_{payment['status']}")
    return None


def _voided(payment: Node, task: Task) -> OperationNews | None:
    """How a void stands: what went back uncaptured is released, whoever saw to it. None: it is still held."""
    if is_taken(payment):
        return _news(task, Step.FAIL, failure="payment_captured")
    if payment["status"] == "refunded":
        return _news(task, Step.SUCCEED, reference=f"{payment['id']}:void")
    return None


def _is_about(news: OperationNews, task: Task) -> bool:
    return news.operation_id == task.operation_id or news.reference == task.reference != ""


def _attempts(order: Node) -> int:
    attempts = order.get("attempts")
    return attempts if type(attempts) is int else 0


def _news(
    task: Task, step: Step | None, *, reference: str = "", failure: str | None = None
) -> OperationNews:
    return OperationNews(
        task.kind, reference or task.reference, task.amount, step, task.operation_id, failure
    )
