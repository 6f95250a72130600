"""Periods of periodic jobs: each is taken once, whoever comes first."""

from __future__ import annotations

from models import Period, db
from models.ids import new_id


def claim(job: str, period: str) -> bool:
    """Take one period of a job; False when somebody has it already."""
    with db.transaction():
        return db.insert_unless_there(Period(id=new_id("per"), job=job, period=period))
