"""Settlements: what went to the merchant's bank on which day, and the rows that make it up.

Fields of both are those of the official client's document on settlements. The delay of two days is
the usual one for Indian accounts; weekends and holidays are not left out here. Days are India's.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from sandbox import clock
from sandbox.razorpay_errors import RazorpayError, refused
from sandbox.razorpay_fields import only, page_of
from sandbox.razorpay_world import World
from sandbox.store import Document

INDIA = timezone(timedelta(hours=5, minutes=30))
SETTLED_AFTER_DAYS = 2
SETTLED_AT_HOUR = 11

Row = dict[str, Any]


def recon(world: World, query: dict[str, str]) -> Document:
    """List the rows that were settled in a month, or on a day of it."""
    only(dict(query), ("year", "month", "day", "count", "skip"))
    wanted = [_number(query, "year", 1970, 9999), _number(query, "month", 1, 12)]
    if "day" in query:
        wanted.append(_number(query, "day", 1, 31))
    rows = [row for row in _settled(world) if _date(row["settled_at"])[: len(wanted)] == wanted]
    page = page_of({name: query[name] for name in ("count", "skip") if name in query})
    return _collection(rows[page["skip"] :][: page["count"]])


def settlements(world: World, query: dict[str, str]) -> Document:
    """List the settlements, newest first."""
    only(dict(query), ("count", "skip", "from", "to"))
    page = page_of(query)
    made = [doc for doc in _settlements(world) if page["from"] <= doc["created_at"] <= page["to"]]
    return _collection(made[page["skip"] :][: page["count"]])


def settlement(world: World, settlement_id: str) -> Document:
    """Show one settlement."""
    for doc in _settlements(world):
        if doc["id"] == settlement_id:
            return doc
    raise refused("no_such_id")


def _settlements(world: World) -> list[Document]:
    days: dict[str, Document] = {}
    for row in _settled(world):
        doc = days.setdefault(
            row["settlement_id"],
            {
                "id": row["settlement_id"],
                "entity": "settlement",
                "amount": 0,
                "status": "processed",
                "fees": 0,
                "tax": 0,
                "utr": row["settlement_utr"],
                "created_at": row["settled_at"],
            },
        )
        doc["amount"] += row["credit"] - row["debit"]
        doc["fees"] += row["fee"]
        doc["tax"] += row["tax"]
    return sorted(days.values(), key=lambda doc: -doc["created_at"])


def _settled(world: World) -> list[Row]:
    rows = [row for row in _rows(world) if row["settled_at"] <= clock.timestamp()]
    return sorted(rows, key=lambda row: row["settled_at"])


def _rows(world: World) -> Iterator[Row]:
    """Give a row for each payment that was taken, each refund of one, each lost dispute."""
    payments = {doc["id"]: doc for doc in world.list("payment", newest_first=False)}
    for payment in payments.values():
        if payment["captured"]:
            net = payment["amount"] - payment["fee"]
            yield _row(world, payment, payment, payment["_captured_at"], credit=net) | {
                "fee": payment["fee"],
                "tax": payment["tax"],
                "description": payment["description"],
                "payment_id": None,
            }
    for refund in world.list("refund", newest_first=False, status="processed"):
        if refund["_of_captured"]:
            payment = payments[refund["payment_id"]]
            yield _row(world, refund, payment, refund["_ended_at"], debit=refund["amount"])
    for dispute in world.list("dispute", newest_first=False, status="lost"):
        payment = payments[dispute["payment_id"]]
        row = _row(world, dispute, payment, dispute["_ended_at"], debit=dispute["amount"])
        yield row | {"type": "adjustment", "dispute_id": dispute["id"]}


def _row(
    world: World, doc: Document, payment: Document, at: int, *, credit: int = 0, debit: int = 0
) -> Row:
    order = world.get("order", payment["order_id"])
    day = datetime.fromtimestamp(at, INDIA).replace(hour=SETTLED_AT_HOUR, minute=0, second=0)
    settled_at = day + timedelta(days=SETTLED_AFTER_DAYS)
    mark = hashlib.sha256(settled_at.date().isoformat().encode()).hexdigest()
    return {
        "entity_id": doc["id"],
        "type": doc["entity"],
        "debit": debit,
        "credit": credit,
        "amount": doc["amount"],
        "currency": doc["currency"],
        "fee": 0,
        "tax": 0,
        "on_hold": False,
        "settled": True,
        "created_at": doc["created_at"],
        "settled_at": int(settled_at.astimezone(UTC).timestamp()),
        "settlement_id": f"setl_{mark[:14]}",
        "posted_at": None,
        "credit_type": "default",
        "description": None,
        "notes": doc.get("notes") or [],
        "payment_id": payment["id"],
        "settlement_utr": mark[14:30],
        "order_id": order["id"],
        "order_receipt": order["receipt"],
        "method": payment["method"],
        "card_network": None,
        "card_issuer": None,
        "card_type": None,
        "dispute_id": None,
    }


def _date(moment: int) -> list[int]:
    day = datetime.fromtimestamp(moment, INDIA)
    return [day.year, day.month, day.day]


def _number(query: dict[str, str], name: str, least: int, most: int) -> int:
    given = query.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) < 5 and least <= int(given) <= most):
        raise RazorpayError(f"The {name} must be between {least} and {most}.", field=name)
    return int(given)


def _collection(items: list[Document]) -> Document:
    return {"entity": "collection", "count": len(items), "items": items}
