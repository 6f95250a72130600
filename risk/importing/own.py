"""Till's own CSV, for every history that no export of a provider has: docs/risk-import.md."""

from __future__ import annotations

import re

from risk.importing.line import Line, Refused
from risk.importing.records import Attempt
from risk.past import APPROVED, HARD_DECLINE, SOFT_DECLINE

_APPROVED, _DECLINED = "approved", "declined"
_WORDS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def attempt(line: Line) -> Attempt:
    """A line: one try to pay, how it ended, and what was learnt of it."""
    status = line.word("status")
    if status not in {_APPROVED, _DECLINED}:
        raise Refused(line.table.header("status"), "must be approved or declined")
    provider = line.word("provider") or "stripe"
    if not re.fullmatch("[a-z][a-z0-9-]{0,19}", provider):
        raise Refused(line.table.header("provider"), "must be a word such as stripe or paypal")
    at_ms = line.moment("at")
    amount_minor, currency = line.money()
    soft = line.world.is_soft(line.get("reason").lower() or None)
    return line.attempt(
        provider=provider,
        at_ms=at_ms,
        amount_minor=amount_minor,
        currency=currency,
        outcome=APPROVED if status == _APPROVED else SOFT_DECLINE if soft else HARD_DECLINE,
        group=line.get("group") or None,
        refunded_ms=line.maybe_moment("refunded_at"),
        judged=_judged(line, at_ms),
    )


def _judged(line: Line, at_ms: int) -> list[object] | None:
    """Fraud or not, and since when that was known. Without that moment the word is of no use: it could be hindsight."""
    word = line.word("fraud")
    if not word:
        return None
    known = line.maybe_moment("fraud_known_at")
    if word not in _WORDS or known is None or known < at_ms:
        line.tell(
            line.table.header("fraud"),
            "must be yes or no, with fraud_known_at after the payment; the payment was taken without it",
        )
        return None
    happened = line.maybe_moment("fraud_at")
    return [_WORDS[word], at_ms if happened is None else happened, known, ""]
