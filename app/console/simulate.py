"""What another policy would have done in the last 30 days, per currency; from the decision journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.console import journal
from app.screening import force
from models import Assessment, RiskModel, db
from risk.backtest import Effect, Row, of_policy
from risk.policy import Policy

_NEWEST = 5_000


@dataclass(frozen=True, slots=True)
class Simulated:
    """Currency → what would have been different; amounts of different currencies never meet."""

    by_currency: Mapping[str, Effect]
    seen: int
    of: int
    """Decisions there are; when more than `seen`, those are an even sample."""
    days: int = journal.DAYS


def policy(candidate: Policy, merchant_id: str | None, *, shadow: str | None = None) -> Simulated:
    """What it would have done where the model decided; money at the costs that are in force.

    `shadow`: with what this model said, which ran along then.
    """
    _id, now = force.policy_of(merchant_id)
    sample = journal.sample(journal.last_days(merchant_id))
    by_currency: dict[str, list[Row]] = {}
    seen = 0
    for row in journal.priced(sample, shadow=shadow):
        by_currency.setdefault(row.facts.currency, []).append(row)
        seen += 1
    found = {
        currency: of_policy(candidate, rows, priced_by=now)
        for currency, rows in sorted(by_currency.items())
    }
    return Simulated(found, seen, sample.of)


def models_to_try() -> list[tuple[str, str]]:
    """(id, name) of the models that run along: of these it is known what they would have said."""
    rows = db.session().execute(
        select(RiskModel.id, RiskModel.name).where(RiskModel.state == "shadow").order_by(RiskModel.id.desc())
    )  # fmt: skip
    return [(row.id, row.name) for row in rows]


def currencies(merchant_id: str | None) -> list[str]:
    """In which currencies the newest decisions were."""
    within = journal.last_days(merchant_id).has()
    newest = select(Assessment.currency).where(within).order_by(Assessment.id.desc()).limit(_NEWEST)
    return sorted(db.session().scalars(select(newest.subquery().c.currency).distinct()))
