"""What a merchant's policy says about the queue: who must agree, and what happens to a hold that nobody decided."""

from __future__ import annotations

import logging

from sqlalchemy import func, select

from app.screening import force
from models import RiskPolicy, db
from models.money import Money
from risk.policy import BadPolicy, Policy

_log = logging.getLogger("till.reviews")


def policy_of(merchant_id: str) -> Policy:
    """The policy in force for a merchant: its own newest one, else the newest for everybody."""
    return force.policy_of(merchant_id)[1]


def policies() -> dict[str | None, Policy]:
    """The newest policy of each merchant, and under None that of everybody else."""
    newest = select(func.max(RiskPolicy.id)).group_by(RiskPolicy.merchant_id)
    found = db.session().scalars(select(RiskPolicy).where(RiskPolicy.id.in_(newest)))
    return {row.merchant_id: _read(row) for row in found}


def _read(row: RiskPolicy) -> Policy:
    try:
        return Policy.from_json(row.settings)
    except BadPolicy as bad:
        # Written by another version: the defaults void, early, and never capture.
        _log.error("policy=%s cannot be read: %s", row.id, bad.message)
        return Policy()


def needs_two(policy: Policy, amount: Money) -> bool:
    """Whether two different people must approve this amount."""
    limit = policy.four_eyes.get(amount.currency)
    return limit is not None and amount.minor >= limit
