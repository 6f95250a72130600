"""Captures of an authorization, voids and refunds at PayPal: ask, and where it refuses, look whether it is done.

PayPal-Request-Id is the operation's id, kept for 45 days. PayPal also keeps our id with what it made: as the invoice id
of a capture, within the custom id of a refund. A void has no place for it.
"""

from __future__ import annotations

from datetime import timedelta

from app.providers import paypal_words
from app.providers.absent import Absent
from app.providers.base import OperationNews, Refused, Step, Task, Unanswered
from app.providers.paypal_client import PayPalClient, Refusal
from app.providers.paypal_reading import (
    Node,
    Order,
    capture_news,
    custom_ids,
    made_at,
    read_order,
    refund_news,
    text,
    valid_until,
)
from models import clock

# Within three days PayPal honours an authorization for certain; afterwards it should be renewed first, which is
# possible until its 29 days are over. PayPal's documents disagree on how often: a refusal to renew is ignored.
HONOR_PERIOD = timedelta(days=3)


class Operations(Absent):
    """The verbs on money that is held or taken: the half of the adapter that works on what was charged."""

    _client: PayPalClient

    def capture(self, task: Task) -> OperationNews:
        """Take held money; a final capture releases the rest."""
        order = self._order(task)
        done = _captured(order, task)
        if done is not None:
            return done
        held = self._renewed(_standing(order), task)
        body = {
            "amount": paypal_words.wire(task.amount),
            "final_capture": task.final,
            "invoice_id": task.operation_id,
        }
        try:
            answer = self._client.ask(
                "capture_authorization", text(held, "id"), body=body, request_id=task.operation_id
            )
        except Refusal as refusal:
            return _done_or_failed(_captured(self._order(task), task), task, refusal)
        return capture_news(answer.body, task)

    def void(self, task: Task) -> OperationNews:
        """Release held money. A renewed authorization is voided by its original."""
        order = self._order(task)
        held = _original(order)
        try:
            self._client.ask("void_authorization", text(held, "id"), request_id=task.operation_id)
        except Refusal as refusal:
            return _done_or_failed(_voided(self._order(task), task), task, refusal)
        return OperationNews("void", text(held, "id"), task.amount, Step.SUCCEED, task.operation_id)

    def refund(self, task: Task) -> OperationNews:
        """Give captured money back."""
        capture_id = task.capture_ref
        if not capture_id or task.capture == "manual":
            capture_id = _refundable(self._order(task), task)
        body = {
            "amount": paypal_words.wire(task.amount),
            "custom_id": f"{task.attempt_id}:{task.operation_id}",
        }
        try:
            answer = self._client.ask(
                "refund_capture", capture_id, body=body, request_id=task.operation_id
            )
        except Refusal as refusal:
            return _done_or_failed(_refunded(self._order(task), task), task, refusal)
        return refund_news(answer.body, task)

    def fetch_operation(self, task: Task) -> OperationNews:
        """How an operation stands. A status that we do not know is Unanswered: it must not read as "no trace"."""
        news = self._fetch_known(task) if task.reference else None
        if news is None:
            news = _FIND[task.kind](self._order(task), task)
        if news is None:
            return OperationNews(task.kind, "", task.amount, None, task.operation_id)
        if news.step is None:
            raise Unanswered(f"PayPal has no word that we know for {task.operation_id}")
        return news

    def _fetch_known(self, task: Task) -> OperationNews | None:
        if task.kind == "refund":
            return refund_news(self._client.ask("show_refund", task.reference).body, task)
        if task.kind == "capture":
            return capture_news(self._client.ask("show_capture", task.reference).body, task)
        return None

    def _order(self, task: Task) -> Order:
        return read_order(self._client.ask("show_order", task.attempt_ref).body, task.attempt_ref)

    def _renewed(self, held: Node, task: Task) -> Node:
        """The authorization to capture: a new one where the honour period is over and PayPal agrees."""
        made, ends = made_at(held), valid_until(held)
        if held.get("status") != "CREATED" or made is None or ends is None:
            return held
        if not made + HONOR_PERIOD < clock.now() < ends:
            return held
        try:
            answer = self._client.ask(
                "reauthorize",
                text(held, "id"),
                body={"amount": paypal_words.wire(task.amount)},
                request_id=f"{task.operation_id}:renew",
            )
        except Refusal:
            return held
        return answer.body if answer.body.get("status") == "CREATED" else held


def _done_or_failed(done: OperationNews | None, task: Task, refusal: Refusal) -> OperationNews:
    """What a refusal means: nothing, if what was asked for is there already."""
    if done is not None and done.step in {Step.SUCCEED, Step.WAIT}:
        return done
    if refusal.status in {401, 403}:
        raise refusal  # about our keys, not about the money
    return OperationNews(task.kind, "", task.amount, Step.FAIL, task.operation_id, refusal.code)


def _standing(order: Order) -> Node:
    for row in reversed(order.authorizations):
        if row.get("status") not in {"VOIDED", "DENIED"}:
            return row
    return _original(order)


def _original(order: Order) -> Node:
    if not order.authorizations:
        raise Refused("the order has no authorization", code="AUTHORIZATION_NOT_FOUND", status=404)
    return order.authorizations[0]


def _refundable(order: Order, task: Task) -> str:
    """The capture to refund: the one we know of, else the first that is large enough."""
    taken = [
        row for row in order.captures if row.get("status") in {"COMPLETED", "PARTIALLY_REFUNDED"}
    ]
    known = [row for row in taken if row.get("id") == task.capture_ref]
    enough = [row for row in taken if paypal_words.money(row.get("amount")) >= task.amount]
    rows = known or enough or list(order.captures)
    if not rows:
        raise Refused("the order has no capture", code="CAPTURE_NOT_FOUND", status=404)
    return text(rows[0], "id")


def _captured(order: Order, task: Task) -> OperationNews | None:
    rows = [row for row in order.captures if row.get("invoice_id") == task.operation_id]
    return capture_news(rows[-1], task) if rows else None


def _refunded(order: Order, task: Task) -> OperationNews | None:
    rows = [
        row for row in order.refunds if custom_ids(row.get("custom_id"))[1] == task.operation_id
    ]
    return refund_news(rows[-1], task) if rows else None


def _voided(order: Order, task: Task) -> OperationNews | None:
    rows = order.authorizations
    if not rows or any(row.get("status") != "VOIDED" for row in rows):
        return None
    return OperationNews("void", text(rows[0], "id"), task.amount, Step.SUCCEED, task.operation_id)


_FIND = {"capture": _captured, "void": _voided, "refund": _refunded}
