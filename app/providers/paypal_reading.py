"""What PayPal's orders, captures, authorizations and refunds tell us: pure reading, no network.

Every contradiction (another id, amount or currency than we asked for) is `Unanswered`: such an answer decides nothing.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from app.providers import paypal_words as words
from app.providers.base import (
    Charge,
    Decline,
    NextAction,
    OperationNews,
    Outcome,
    Step,
    Task,
    Unanswered,
    Verb,
)
from app.providers.paypal_buyer import facts, keeping, method, pending_reason
from app.providers.paypal_cards import distrusted
from models.ids import is_id
from models.money import Money, total

Node = dict[str, Any]
T = TypeVar("T")

_log = logging.getLogger("till.provider.paypal")


@dataclass(frozen=True, slots=True)
class Order:
    """An order with one purchase unit, its payments sorted from old to new."""

    id: str
    status: str
    intent: str
    unit: Node
    amount: Money
    custom_id: str
    captures: tuple[Node, ...]
    authorizations: tuple[Node, ...]
    refunds: tuple[Node, ...]
    whole: Node

    @property
    def untouched(self) -> bool:
        """Whether no money was asked for yet."""
        return not self.captures and not self.authorizations


def read_order(body: Node, reference: str = "") -> Order:
    """Read an order's representation. Raises Unanswered where it is not the one we asked about."""
    order_id = text(body, "id")
    if reference and order_id != reference:
        raise Unanswered(f"PayPal told of order {order_id[:40]} when asked about {reference[:40]}")
    units = nodes(body, "purchase_units")
    if len(units) != 1:
        raise Unanswered(f"PayPal's order has {len(units)} purchase units, ours have one")
    payments = units[0].get("payments") or {}
    if not isinstance(payments, dict):
        raise Unanswered("PayPal's payments make no sense")
    captures, held = (
        _by_age(nodes(payments, "captures")),
        _by_age(nodes(payments, "authorizations")),
    )
    marks = [row.get("custom_id") for row in (units[0], *captures, *held)]
    return Order(
        id=order_id,
        status=text(body, "status"),
        intent=str(body.get("intent", "")),
        unit=units[0],
        amount=words.money(units[0].get("amount")),
        custom_id=next((mark for mark in marks if isinstance(mark, str)), ""),
        captures=captures,
        authorizations=held,
        refunds=_by_age(nodes(payments, "refunds")),
        whole=body,
    )


def outcome(order: Order, charge: Charge, approve_url: str) -> Outcome:
    """How a charge stands, judged by its captures and authorizations. Raises Unanswered on a contradiction."""
    _check(order, charge)
    verb, decline = _verdict(order)
    taken = [row for row in order.captures if _word(words.CAPTURE, row) is Verb.CAPTURE]
    captured = total([words.money(row["amount"]) for row in taken], charge.amount.currency)
    if captured > charge.amount:
        raise Unanswered(f"PayPal took {captured} when asked for {charge.amount}")
    held = order.authorizations[-1] if order.authorizations else None
    ready = order.status == "APPROVED" and order.untouched and not decline
    # An authorization is found through its order; only a capture can be refunded.
    refs = taken or ([] if held else list(order.captures))
    return Outcome(
        verb=verb,
        reference=order.id,
        amount=order.amount,
        captured=captured if verb is Verb.CAPTURE else None,
        capture_ref=text(refs[-1], "id") if refs else None,
        fee=_fee(taken) if verb is Verb.CAPTURE else None,
        decline=decline,
        action=action(order, approve_url) if verb is Verb.CHALLENGE and not ready else None,
        method=method(order.whole),
        facts=facts(order.whole, order.captures or order.authorizations),
        capture_before=valid_until(held) if held and verb is Verb.AUTHORIZE else None,
        ready=ready,
        operations=tuple(_operations(order)),
        **(keeping(order.whole) if charge.save else {}),
    )


def action(order: Order, approve_url: str) -> NextAction:
    """Where the buyer approves: the order's own link, else PayPal's page for it."""
    url = link(order.whole.get("links"), "payer-action", "approve") or approve_url
    return NextAction("paypal_approve", url=url, order=order.id)


def link(links: object, *rels: str) -> str:
    """The first link with one of these relations, in their order; empty if there is none."""
    rows = [row for row in links if isinstance(row, dict)] if isinstance(links, list) else []
    for rel in rels:
        for row in rows:
            href = str(row.get("href"))
            if row.get("rel") == rel and href.startswith(("https://", "http://")):
                return href
    return ""


def _check(order: Order, charge: Charge) -> None:
    wanted = "AUTHORIZE" if charge.capture == "manual" else "CAPTURE"
    if order.amount != charge.amount:
        raise Unanswered(f"PayPal's order is over {order.amount}, the charge over {charge.amount}")
    if order.intent not in {"", wanted}:
        raise Unanswered(f"PayPal's order is to {order.intent[:20]}, the charge to {wanted}")
    if order.custom_id != charge.attempt_id and (
        charge.credential_kind != "order" or not order.untouched
    ):
        raise Unanswered(
            f"PayPal's order belongs to {order.custom_id[:40]!r}, not to {charge.attempt_id}"
        )
    # A reauthorization may be for less; the first authorization and a direct capture are for all of it.
    direct = order.captures if not order.authorizations else order.authorizations[:1]
    for row in direct:
        if words.money(row.get("amount")) != charge.amount:
            raise Unanswered(f"PayPal's {text(row, 'id')[:40]} is not over {charge.amount}")


def _verdict(order: Order) -> tuple[Verb | None, Decline | None]:
    """What was done with the money decides; only where nothing was, the order's own status does."""
    verbs = [(_word(words.CAPTURE, row), row) for row in order.captures]
    if any(verb is Verb.CAPTURE for verb, _ in verbs):
        return Verb.CAPTURE, None
    if order.authorizations:
        held = _live(order.authorizations)
        verb = _word(words.AUTHORIZATION, held)
        if verb is Verb.CAPTURE:
            # It says that money was taken, but no capture has succeeded: still held, or not decided.
            verb = Verb.AUTHORIZE if order.captures else None
        return verb, _decline(held) if verb is Verb.DECLINE else None
    if verbs:
        verb, row = next(((v, r) for v, r in verbs if v is Verb.WAIT), verbs[-1])
        return verb, _decline(row) if verb is Verb.DECLINE else None
    doubt = distrusted(order.whole) if order.status == "APPROVED" else None
    return Verb.DECLINE if doubt else _word(words.ORDER, order.whole), doubt


def _live(authorizations: tuple[Node, ...]) -> Node:
    """The newest that still stands; if none does, the newest."""
    standing = [row for row in authorizations if row.get("status") not in {"VOIDED", "DENIED"}]
    return (standing or list(authorizations))[-1]


def _decline(row: Node) -> Decline:
    response = row.get("processor_response")
    code = response.get("response_code") if isinstance(response, dict) else None
    if not isinstance(code, str) or not code:
        return Decline("payer_cannot_pay", text(row, "status"))
    return Decline(words.DECLINES.get(code, "generic_decline"), code[:80])


def _fee(taken: Iterable[Node]) -> Money | None:
    """What PayPal keeps; None while any capture does not tell, or tells in another currency."""
    fees = []
    for row in taken:
        breakdown = row.get("seller_receivable_breakdown")
        if not isinstance(breakdown, dict) or "paypal_fee" not in breakdown:
            return None
        fees.append(words.money(breakdown["paypal_fee"]))
    currencies = {fee.currency for fee in fees}
    return total(fees, currencies.pop()) if len(currencies) == 1 else None


def _operations(order: Order) -> Iterable[OperationNews]:
    """Every refund, and the captures of an authorization that we asked for.

    A capture or void made at PayPal's own site shows in the verb; without our id it is no operation of ours.
    """
    for row in order.captures if order.authorizations else ():
        if is_id(str(row.get("invoice_id", "")), "cap"):
            yield capture_news(row)
    for row in order.refunds:
        yield refund_news(row)


def capture_news(row: Node, task: Task | None = None) -> OperationNews:
    """How a capture of an authorization stands. Its invoice id is our operation's id."""
    step = _word(words.CAPTURE_STEPS, row)
    operation_id = task.operation_id if task else str(row["invoice_id"])
    return _news("capture", row, step, operation_id, task)


def refund_news(row: Node, task: Task | None = None) -> OperationNews:
    """How a refund stands. Its custom id ends in our operation's id, if we asked for it."""
    operation_id = task.operation_id if task else custom_ids(row.get("custom_id"))[1]
    return _news("refund", row, _word(words.REFUND_STEPS, row), operation_id, task)


def _news(
    kind: Literal["capture", "refund"],
    row: Node,
    step: Step | None,
    operation_id: str | None,
    task: Task | None,
) -> OperationNews:
    amount = words.money(row.get("amount"))
    if task is not None and amount != task.amount:
        raise Unanswered(f"PayPal tells of a {kind} over {amount}, asked was {task.amount}")
    failure = (pending_reason(row) or text(row, "status")) if step is Step.FAIL else None
    return OperationNews(kind, text(row, "id"), amount, step, operation_id, failure)


def custom_ids(value: object) -> tuple[str | None, str | None]:
    """Our attempt id and refund id in a custom id: `att_…` on an order, `att_…:re_…` on a refund."""
    attempt_id, _, operation_id = value.partition(":") if isinstance(value, str) else ("", "", "")
    return (
        attempt_id if is_id(attempt_id, "att") else None,
        operation_id if is_id(operation_id, "re") else None,
    )


def _word(table: dict[str, T], row: Node) -> T | None:
    status = text(row, "status")
    if status not in table:
        _tell_once(status[:40])
    return table.get(status)


@functools.lru_cache(maxsize=100)
def _tell_once(word: str) -> None:
    """Say once per process that PayPal has a word which we do not know."""
    _log.warning("paypal unknown status=%s", word)


def _by_age(rows: list[Node]) -> tuple[Node, ...]:
    # Moments are written alike (ISO 8601, UTC), so they sort as text; equal ones keep PayPal's order.
    return tuple(sorted(rows, key=lambda row: str(row.get("create_time", ""))))


def _moment(row: Node, name: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(row.get(name)))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def made_at(row: Node) -> datetime | None:
    """When a payment was made."""
    return _moment(row, "create_time")


def valid_until(held: Node) -> datetime | None:
    """When an authorization ends."""
    return _moment(held, "expiration_time")


def text(node: Node, name: str) -> str:
    """A string that must be there. Raises Unanswered."""
    value = node.get(name)
    if not isinstance(value, str) or not value:
        raise Unanswered(f"PayPal's answer has no {name}")
    return value


def nodes(node: Node, name: str) -> list[Node]:
    """A list of objects, empty if absent. Raises Unanswered."""
    value = node.get(name, [])
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise Unanswered(f"PayPal's {name} make no sense")
    return value
