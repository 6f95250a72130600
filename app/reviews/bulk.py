"""One verdict for an attack: the cases that share a card, an e-mail address, an IP address or a device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.errors import AppError, Invalid
from app.reviews import linked, verdicts
from app.reviews.decide import decide, undo
from app.reviews.find import is_taken, own_case
from app.reviews.typed import check_text
from models import Review
from models.money import Money

MOST = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be decided: the cases, and their money by currency. `taken`: of these, open with somebody else."""

    review: Review
    identity: str
    cases: list[Review]
    sums: list[Money]
    taken: int
    is_more: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case: `error` is empty where the verdict was written."""

    review_id: str
    error: str = ""


def preview(review_id: str, identity: str, *, by: str, scope: str | None) -> Preview:
    """The undecided cases around one. Raises NotFound, Invalid."""
    if identity not in linked.IDENTITIES:
        raise Invalid("Choose card, email, ip or device.", field="identity")
    review = own_case(review_id, scope)
    cases = linked.cluster(review, identity, scope, MOST + 1)
    is_more = len(cases) > MOST
    cases = cases[:MOST]
    taken = sum(is_taken(one, by) for one in cases)
    return Preview(review, identity, cases, linked.sums(cases), taken, is_more)


def decide_all(
    review_id: str,
    identity: str,
    ids: Sequence[str],
    verdict: str,
    label: str,
    *,
    reason: str,
    by: str,
    scope: str | None,
    undo_s: int,
) -> list[Result]:
    """Give the cases that were previewed one verdict, each by itself: what stands against one keeps no other.

    Cases that left the cluster since the preview, or were never in it, are refused. Raises NotFound, Invalid (`reason`
    is needed), LabelInvalid, RawCardData.
    """
    verdicts.check(verdict, label)
    reason = reason.strip()
    if not reason:
        raise Invalid("Say why: it goes into the history of each case.", field="reason")
    check_text(reason, field="reason")
    known = {one.id for one in preview(review_id, identity, by=by, scope=scope).cases}
    results = []
    for one in dict.fromkeys(ids):
        if one not in known:
            results.append(Result(one, "It is decided, closed, or not part of this any more."))
            continue
        try:
            decided = decide(one, verdict, label, by=by, scope=scope, undo_s=undo_s, reason=reason)
        except AppError as refusal:
            results.append(Result(one, refusal.message))
        else:
            waits = decided.verdict is None
            results.append(Result(one, "A second person must approve it too." if waits else ""))
    return results


def undo_all(ids: Sequence[str], *, by: str, scope: str | None) -> list[Result]:
    """Take the verdicts of one go back, as far as they were not carried out."""
    results = []
    for one in dict.fromkeys(ids[:MOST]):
        try:
            undo(one, by=by, scope=scope)
        except AppError as refusal:
            results.append(Result(one, refusal.message))
        else:
            results.append(Result(one))
    return results
