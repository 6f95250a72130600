"""What must be true of the books at any moment, as queries that find nothing."""

from __future__ import annotations

from sqlalchemy import text

from models import db

# Each finds the rows that break a promise. `{}` in the sentence is the row.
# fmt: off
# ruff: noqa: E501 -- a table's rows
PROMISES = (
    ("the ledger does not sum to zero in {}",
     "SELECT currency, SUM(amount_minor) FROM ledger_lines GROUP BY currency HAVING SUM(amount_minor) <> 0"),
    ("an entry is not in its payment's currency: {}",
     "SELECT e.id FROM ledger_entries e JOIN payments p ON p.id = e.payment_id WHERE p.currency <> e.currency"),
    ("more refunded than captured: {}",
     "SELECT id FROM payments WHERE refunded_minor + refunding_minor > captured_minor OR captured_minor > total_minor"),
    ("captured differs from the ledger: {}",
     """SELECT p.id FROM payments p JOIN attempts a ON a.id = p.attempt_id
        WHERE p.captured_minor <> COALESCE((SELECT SUM(amount_minor) FROM ledger_entries e
              WHERE e.source_id = a.id AND e.kind = 'capture'), 0) AND a.status <> 'surplus'"""),
    ("refunded differs from the ledger: {}",
     """SELECT p.id FROM payments p WHERE p.refunded_minor <> COALESCE((
            SELECT SUM(CASE e.kind WHEN 'refund' THEN e.amount_minor ELSE -e.amount_minor END)
            FROM ledger_entries e JOIN operations o ON o.id = e.source_id JOIN attempts a ON a.id = o.attempt_id
            WHERE e.payment_id = p.id AND e.kind IN ('refund', 'refund_returned') AND a.status <> 'surplus'), 0)"""),
    ("the reserved refunds differ from those under way: {}",
     """SELECT p.id FROM payments p WHERE p.refunding_minor <> COALESCE((
            SELECT SUM(o.amount_minor) FROM operations o JOIN attempts a ON a.id = o.attempt_id
            WHERE o.payment_id = p.id AND o.kind = 'refund' AND o.status IN ('started', 'pending')
              AND a.status <> 'surplus'), 0)"""),
    ("two attempts of one payment are live: {}",
     """SELECT payment_id FROM attempts WHERE status IN ('started', 'challenged', 'pending', 'authorized', 'captured')
        GROUP BY payment_id HAVING COUNT(*) > 1"""),
    ("an order's status is not its payment's: {}",
     """SELECT o.id FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.status <> CASE p.status
        WHEN 'captured' THEN 'paid' WHEN 'chargeback' THEN 'charged_back' WHEN 'failed' THEN 'failed'
        WHEN 'canceled' THEN 'canceled' WHEN 'expired' THEN 'expired' WHEN 'refunded' THEN 'refunded'
        WHEN 'partially_refunded' THEN 'partially_refunded' ELSE 'pending' END"""),
    ("a payment's status was never told to the world: {}",
     """SELECT p.id FROM payments p WHERE NOT EXISTS (
            SELECT 1 FROM events e WHERE e.payment_id = p.id)"""),
    ("an unanswered attempt has no time at which it is asked about: {}",
     "SELECT id FROM attempts WHERE status IN ('started', 'challenged', 'pending') AND check_at IS NULL AND checks < 35"),
    ("an unanswered operation has no time at which it is asked about: {}",
     "SELECT id FROM operations WHERE status IN ('started', 'pending') AND check_at IS NULL AND checks < 35"),
    ("nobody was told of an attempt that was given up on without an answer: {}",
     """SELECT id FROM attempts WHERE status IN ('started', 'challenged', 'pending') AND check_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM events e WHERE e.type = 'payment.unresolved' AND e.data ->> 'subject' = attempts.id)"""),
    ("nobody was told of an operation that was given up on without an answer: {}",
     """SELECT id FROM operations WHERE status IN ('started', 'pending') AND check_at IS NULL AND NOT EXISTS (
            SELECT 1 FROM events e WHERE e.type = 'payment.unresolved' AND e.data ->> 'subject' = operations.id)"""),
    ("a webhook was given up on without a reason: {}",
     "SELECT id FROM provider_events WHERE done_at IS NULL AND next_at IS NULL AND error IS NULL"),
    ("an event was given up on without a reason: {}",
     "SELECT id FROM deliveries WHERE done_at IS NULL AND next_at IS NULL AND error IS NULL"),
    ("a surplus charge is not being given back: {}",
     """SELECT a.id FROM attempts a WHERE a.status = 'surplus'
        AND NOT EXISTS (SELECT 1 FROM operations o WHERE o.attempt_id = a.id)"""),
)
# fmt: on


def check() -> list[str]:
    """Every broken promise, as a sentence; empty when the books are right."""
    findings = []
    for sentence, query in PROMISES:
        for row in db.session().execute(text(query)).all():
            findings.append(sentence.format(" ".join(map(str, row))))  # noqa: PERF401 -- the loop reads better
    db.release()
    return findings
