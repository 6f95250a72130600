"""Requests with an Idempotency-Key: read the key, replay the first answer, or finish what a crash cut short."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Response, request
from sqlalchemy import select

from app import customers, pan, payments
from app.api import body, present
from app.errors import Invalid, NotFound, RawCardData
from app.idempotency import Once
from models import (
    CheckoutSession,
    Customer,
    IdempotencyKey,
    Operation,
    Payment,
    PaymentLink,
    PaymentToken,
    Setup,
    db,
)

HEADER = "Idempotency-Key"
LONGEST = 255

Record = Payment | Operation | CheckoutSession | PaymentLink | PaymentToken | Customer | Setup

# The prefix of a record's id → its table.
_TABLES: dict[str, type[Record]] = {
    "pay": Payment,
    "re": Operation,
    "cs": CheckoutSession,
    "lnk": PaymentLink,
    "tok": PaymentToken,
    "cus": Customer,
    "set": Setup,
}


class Known(NamedTuple):
    """What a request with a key is known by; the fingerprint is of what it asks for. Empty without a key."""

    endpoint: str = ""
    key: str = ""
    fingerprint: str = ""


def read(endpoint: str, path: str, value: dict[str, Any]) -> Known:
    """The request's key. Raises Invalid, RawCardData."""
    given = request.headers.get(HEADER)
    if given is None:
        return Known()
    if not 0 < len(given) <= LONGEST or not (given.isascii() and given.isprintable()):
        raise Invalid("A key has 1 to 255 printable ASCII characters.", field=HEADER)
    if pan.has_pan(given):
        raise RawCardData(field=HEADER)
    fingerprint = hashlib.sha256(path.encode() + b"\n" + body.canonical(value)).hexdigest()
    return Known(endpoint, given, fingerprint)


def repeat(once: Once) -> Response:
    """The answer to a request that `once.find()` knows: the stored one, or what came of a run cut short by a crash."""
    row = once.find()
    assert row is not None
    if row.status is None:
        _finish(once, row)
        if once.status:
            return Response(once.body, once.status, content_type="application/json")
        row = db.session().get_one(IdempotencyKey, row.id, populate_existing=True)
    return Response(
        row.body, row.status, {"Idempotent-Replayed": "true"}, content_type="application/json"
    )


def show(record: Any, base_url: str) -> dict[str, Any]:
    """A record as callers see it, with what belongs to it."""
    if isinstance(record, Payment):
        return present.payment(
            record, session_id=session_ids([record]).get(record.id), base_url=base_url
        )
    if isinstance(record, CheckoutSession):
        return present.session(*payments.session_of(record.id), base_url=base_url)
    if isinstance(record, PaymentLink):
        return present.link(record, base_url=base_url)
    return _PLAIN[type(record)](record)


# Records that need nothing besides to be shown.
_PLAIN: dict[type, Callable[[Any], dict[str, Any]]] = {
    Operation: present.refund,
    PaymentToken: present.token,
    Customer: present.customer,
    Setup: present.setup,
}


def session_ids(rows: list[Payment]) -> dict[str, str]:
    """Payment id → checkout session id, for those that have one. A payment by token has none, and costs no query."""
    wanted = [row.id for row in rows if row.order_id is not None]
    if not wanted:
        return {}
    found = db.session().execute(
        select(CheckoutSession.payment_id, CheckoutSession.id).where(
            CheckoutSession.payment_id.in_(wanted)
        )
    )
    return {row.payment_id: row.id for row in found}


def _finish(once: Once, row: IdempotencyKey) -> None:
    """Ask the provider what came of it, and answer from that; of two who do so at once, the first is believed."""
    table = _TABLES[row.resource_id.partition("_")[0]]
    record = db.session().get(table, row.resource_id)
    if record is None:
        raise NotFound  # cannot be: the key is claimed in the transaction that makes the record
    if isinstance(record, Setup):
        customers.check_setup(record.id)
    if isinstance(record, Payment | Operation):
        payments.sync(record.id if isinstance(record, Payment) else record.payment_id)
    with db.transaction():
        found = db.lock(table, row.resource_id)  # before the key, as whoever records an answer
        held = db.lock(IdempotencyKey, row.id)
        if held is not None and held.status is None:
            once.store(found)
