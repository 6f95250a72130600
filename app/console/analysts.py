"""How people decide: how long it takes, how far two of them agree, and how often time proved a verdict wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Subquery, select

from app.console.journal import Window
from models import Label, Review, ReviewNote, User, db

# Cases and labels that are looked at, at most; the newest.
MOST = 10_000
# Who knows better than an analyst, afterwards.
_PROOF = ("dispute", "warning", "quiet", "import")


@dataclass(frozen=True, slots=True)
class Times:
    """From the hold to the verdict, in seconds."""

    count: int
    median_s: int | None
    p90_s: int | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Second opinions: how many approvals needed a second person, and how many of these agreed."""

    asked: int
    agreed: int

    @property
    def share(self) -> float | None:
        """The share that agreed."""
        return self.agreed / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class Analyst:
    """One person's verdicts. `proved_wrong`, `proved_right`: by a dispute, a warning, or a quiet quarter of a year."""

    name: str
    verdicts: int
    approved: int
    median_s: int | None
    taken_back: int
    proved_right: int
    proved_wrong: int

    @property
    def wrong_share(self) -> float | None:
        """Of the verdicts of which time has told."""
        known = self.proved_right + self.proved_wrong
        return self.proved_wrong / known if known else None


def times(window: Window) -> Times:
    """How long cases waited for their verdict."""
    return _times([_seconds(row) for row in _decided(window)])


def agreement(window: Window) -> Agreement:
    """Whether the second person said what the first had said."""
    pairs = [row for row in _decided(window) if row.first_by and row.first_by != row.verdict_by]
    return Agreement(len(pairs), sum(row.verdict == "approve" for row in pairs))


def people(window: Window) -> list[Analyst]:
    """Everybody who gave verdicts, most first."""
    rows = _decided(window)
    proved = _proved(window)
    back = _taken_back(window)
    found = []
    for person, count in Counter(row.verdict_by for row in rows).most_common(50):
        mine = [row for row in rows if row.verdict_by == person]
        found.append(
            Analyst(
                name=_names().get(person, person),
                verdicts=count,
                approved=sum(row.verdict == "approve" for row in mine),
                median_s=_times([_seconds(row) for row in mine]).median_s,
                taken_back=back[person],
                proved_right=proved[person, True],
                proved_wrong=proved[person, False],
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Verdict:
    verdict: str
    verdict_by: str
    first_by: str | None
    created_at: datetime
    verdict_at: datetime


def _decided(window: Window) -> list[_Verdict]:
    asked = select(
        Review.verdict, Review.verdict_by, Review.first_by, Review.opened_at, Review.verdict_at
    ).where(
        Review.verdict_at.is_not(None),
        Review.verdict_by.is_not(None),
        Review.verdict_at >= window.since,
        Review.verdict_at < window.until,
    )
    if window.merchant_id is not None:
        asked = asked.where(Review.merchant_id == window.merchant_id)
    rows = db.session().execute(asked.order_by(Review.id.desc()).limit(MOST))
    return [
        _Verdict(
            row.verdict or "", row.verdict_by or "", row.first_by, row.opened_at, row.verdict_at
        )
        for row in rows
        if row.verdict_at is not None
    ]


def _seconds(row: _Verdict) -> int:
    return max(0, int((row.verdict_at - row.created_at).total_seconds()))


def _times(seconds: Sequence[int]) -> Times:
    ordered = sorted(seconds)
    if not ordered:
        return Times(0, None, None)
    return Times(
        len(ordered), ordered[(len(ordered) - 1) // 2], ordered[(len(ordered) - 1) * 9 // 10]
    )


def _proved(window: Window) -> Counter[tuple[str, bool]]:
    """(who, were they right) → verdicts that something outside has confirmed or refuted since."""
    said = _labels(window, ("analyst",), "said")
    proof = _labels(window, _PROOF, "proof")
    rows = db.session().execute(
        select(said.c.author, said.c.is_fraud, proof.c.is_fraud.label("is_proved"))
        .join(proof, proof.c.attempt_id == said.c.attempt_id)
        .limit(MOST)
    )
    return Counter((row.author or "", row.is_fraud == row.is_proved) for row in rows)


def _labels(window: Window, sources: Sequence[str], name: str) -> Subquery:
    asked = select(Label.attempt_id, Label.author, Label.is_fraud).where(
        Label.source.in_(sources), Label.known_at >= window.since
    )
    if window.merchant_id is not None:
        asked = asked.where(Label.merchant_id == window.merchant_id)
    return asked.distinct().subquery(name)


def _taken_back(window: Window) -> Counter[str]:
    """Who took verdicts back, and how often."""
    asked = (
        select(ReviewNote.author)
        .join(Review, Review.id == ReviewNote.review_id)
        .where(ReviewNote.kind == "undone", ReviewNote.created_at >= window.since)
        .where(ReviewNote.created_at < window.until)
    )
    if window.merchant_id is not None:
        asked = asked.where(Review.merchant_id == window.merchant_id)
    return Counter(db.session().scalars(asked.limit(MOST)))


def _names() -> dict[str, str]:
    return {row.id: row.name for row in db.session().execute(select(User.id, User.name))}
