"""How screening fares right now: what was decided in the last minutes, and what is broken, in sentences for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from models import Assessment, Review, clock, db

WINDOW = timedelta(minutes=10)
# Decisions whose times are looked at: enough for a 99th percentile.
_TIMED = 2_000
_QUANTILES = (0.5, 0.9, 0.99)

_ROLLBACK = "`flask risk rollback` goes back to the model before it."
# What is written with a decision that has no score, up to the first colon → what it means, and what to do.
MEANS = {
    "no_model": "There is no risk model. `flask risk status` says why.",
    "model_broken": f"The risk model is missing, damaged or not ours. {_ROLLBACK}",
    "model_failed": f"The risk model breaks while scoring; the log says how. {_ROLLBACK}",
    "other_features": f"The risk model was trained for another version of Till. {_ROLLBACK}",
    "history_unavailable": "Redis does not answer, so the past of payments is not known. Look after Redis.",
}
_OTHER = "Screening fails ({failure}). The log says how."


@dataclass(frozen=True, slots=True)
class Decided:
    """So many decisions came out this way."""

    outcome: str
    spoke: str
    failure: str | None
    count: int


def recent() -> list[Decided]:
    """The first looks of the last WINDOW, counted: one range of one index."""
    found = db.session().execute(
        select(Assessment.outcome, Assessment.spoke, Assessment.failure, func.count())
        .where(Assessment.created_at > clock.now() - WINDOW, Assessment.moment == "before")
        .group_by(Assessment.outcome, Assessment.spoke, Assessment.failure)
    )
    return sorted((Decided(*row) for row in found), key=lambda one: -one.count)


def failing() -> list[str]:
    """What is broken, in sentences for a banner; empty when all is well."""
    counts: dict[str, int] = {}
    total = 0
    for one in recent():
        total += one.count
        if one.failure is not None:
            kind = one.failure.partition(":")[0]
            counts[kind] = counts.get(kind, 0) + one.count
    minutes = WINDOW // timedelta(minutes=1)
    return [
        f"{MEANS.get(failure, _OTHER.format(failure=failure))}"
        f" {count} of {total} payments in the last {minutes} minutes were decided without a score."
        for failure, count in sorted(counts.items())
    ]


def latency() -> list[tuple[float, int]]:
    """(quantile, microseconds) of the newest decisions of the last WINDOW; empty when there were none."""
    newest = (
        select(Assessment.latency_us)
        .where(Assessment.created_at > clock.now() - WINDOW, Assessment.moment == "before")
        .order_by(Assessment.created_at.desc())
        .limit(_TIMED)
    )
    times: Sequence[int] = sorted(db.session().scalars(newest))
    if not times:
        return []
    last = len(times) - 1
    return [(quantile, times[round(quantile * last)]) for quantile in _QUANTILES]


def open_reviews() -> int:
    """How many cases wait for a person."""
    waiting = select(func.count()).select_from(Review).where(Review.closed_at.is_(None))
    return db.session().scalar(waiting) or 0
