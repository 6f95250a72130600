"""Three sets of books compared: what callers were told, what the database says, what the provider took.

Every finding is a sentence; no finding means that nothing was lost, nothing was taken twice, and every sum agrees.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from sqlalchemy import text

from app import oracle
from models import db

Record = dict[str, Any]
EXAMPLES = 3  # findings of one kind that are shown; the rest are counted
EVENTS = {"payment.created": 1, "payment.captured": 1}

# fmt: off
PAYMENTS = """SELECT p.id, p.status, p.total_minor, p.captured_minor, p.currency, a.id AS attempt_id,
                     a.status AS attempt_status, a.provider_ref, a.fee_minor
              FROM payments p LEFT JOIN attempts a ON a.payment_id = p.id"""
EVENT_COUNTS = "SELECT payment_id, type, count(*) FROM events GROUP BY payment_id, type"
UNREAD = "SELECT id FROM events WHERE done_at IS NULL"
ENTRIES = "SELECT payment_id, kind, amount_minor, currency FROM ledger_entries"
KEYS = "SELECT key, resource_id, status, body FROM idempotency_keys"
# fmt: on


def audit(answers: list[Record], books: list[Record]) -> list[str]:
    """Everything that is wrong. `answers`: what each request was told; `books`: what the provider took."""
    payments = {row["id"]: row for row in _rows(PAYMENTS)}
    told = [answer for answer in answers if answer["status"] == 201]
    found: dict[str, list[str]] = defaultdict(list)
    checks = (
        _acknowledged(told, payments),
        _charged(books, payments),
        _posted(books),
        _announced(payments),
        _keys(told),
        (("broken promise", sentence) for sentence in oracle.check()),
    )
    for check in checks:
        for kind, what in check:
            found[kind].append(what)
    db.release()
    return [_sentence(kind, whats) for kind, whats in found.items()]


Findings = Iterator[tuple[str, str]]


def _acknowledged(told: list[Record], payments: dict[str, Record]) -> Findings:
    """Every payment that a caller was told of is in the database, as told."""
    seen = Counter(answer["payment"]["id"] for answer in told)
    for payment_id, times in seen.items():
        if times > 1:
            yield "one payment acknowledged for several requests", payment_id
    for answer in told:
        said = answer["payment"]
        row = payments.get(said["id"])
        if row is None:
            yield "an acknowledged payment is not in the database", said["id"]
        elif (said["status"], said["amount"], said["amount_captured"], said["currency"]) != (
            row["status"], row["total_minor"], row["captured_minor"], row["currency"],
        ):  # fmt: skip
            yield "an acknowledged payment is in the database with other facts", said["id"]


def _charged(books: list[Record], payments: dict[str, Record]) -> Findings:
    """The provider's charges and our payments are the same, one to one."""
    charges: dict[str, list[Record]] = defaultdict(list)
    for charge in books:
        charges[charge["payment_id"]].append(charge)
    for payment_id, taken in charges.items():
        row = payments.get(payment_id)
        if len(taken) > 1:
            yield "a payment was charged more than once", payment_id
        if row is None:
            yield "the provider took money for a payment that we do not have", payment_id
        elif not _agree(taken[0], row):
            yield "a charge differs between our books and the provider's", payment_id
    for payment_id, row in payments.items():
        if row["captured_minor"] and payment_id not in charges:
            yield "a payment is captured here, and unknown to the provider", payment_id
        if row["attempt_status"] in {"started", "pending", None}:
            yield "a payment is still undecided", payment_id


def _agree(charge: Record, row: Record) -> bool:
    ours = {
        "id": row["provider_ref"],
        "attempt_id": row["attempt_id"],
        "payment_id": row["id"],
        "amount": row["captured_minor"],
        "currency": row["currency"],
        "fee": row["fee_minor"],
    }
    return charge == ours


def _posted(books: list[Record]) -> Findings:
    """One capture and one fee in the ledger for each charge, and the same sums per currency."""
    posted: Counter[tuple[str, str]] = Counter()
    per_payment: Counter[tuple[str, str]] = Counter()
    for entry in _rows(ENTRIES):
        posted[entry["kind"], entry["currency"]] += entry["amount_minor"]
        per_payment[entry["payment_id"], entry["kind"]] += 1
    taken: Counter[tuple[str, str]] = Counter()
    for charge in books:
        taken["capture", charge["currency"]] += charge["amount"]
        taken["fee", charge["currency"]] += charge["fee"]
    for key in sorted(posted.keys() | taken.keys()):
        if posted[key] != taken[key]:
            kind, currency = key
            difference = f"{kind} {currency}: ledger {posted[key]}, provider {taken[key]}"
            yield "a sum in the ledger differs from the provider's", difference
    for (payment_id, kind), times in per_payment.items():
        if times > 1:
            yield "a movement is in the ledger more than once", f"{payment_id} {kind}"


def _announced(payments: dict[str, Record]) -> Findings:
    """Each payment's events, once each, and nothing that waits to be read."""
    told: dict[str, dict[str, int]] = defaultdict(dict)
    for payment_id, kind, times in _tuples(EVENT_COUNTS):
        told[payment_id][kind] = times
    for payment_id, row in payments.items():
        if row["status"] == "captured" and told[payment_id] != EVENTS:
            yield (
                "a payment's events are not what they should be",
                f"{payment_id} {told[payment_id]}",
            )
    for payment_id in told.keys() - payments.keys():
        yield "an event speaks of a payment that is not there", payment_id
    for (event_id,) in _tuples(UNREAD):
        yield "an event was not read by the relay", event_id


def _keys(told: list[Record]) -> Findings:
    """Every Idempotency-Key has the very answer that its caller got."""
    kept = {row["key"]: row for row in _rows(KEYS)}
    for key, row in kept.items():
        if row["status"] is None:
            yield "an idempotency key has no answer", key
    for answer in told:
        answered = kept.get(answer["key"])
        if answered is None:
            yield "an acknowledged request's idempotency key is gone", answer["key"]
        elif sha256(answered["body"] or b"").hexdigest() != answer["sha256"]:
            yield "the answer kept for a key is not the one that was given", answer["key"]


def _rows(query: str) -> Iterable[Record]:
    return [dict(row) for row in db.session().execute(text(query)).mappings()]


def _tuples(query: str) -> Iterable[tuple[Any, ...]]:
    return [tuple(row) for row in db.session().execute(text(query))]


def _sentence(kind: str, whats: list[str]) -> str:
    more = f" and {len(whats) - EXAMPLES} more" if len(whats) > EXAMPLES else ""
    return f"{len(whats)} × {kind}: {', '.join(whats[:EXAMPLES])}{more}"
