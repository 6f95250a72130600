"""What screening thought of a payment's attempts, and what it did about them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from sqlalchemy import select

from app import payments
from app.api import lists, present
from app.api.caller import Caller
from app.api.schemas import Answer, Page, Time, id_of
from models import Assessment as Row
from models import Attempt, Payment
from models.clock import iso
from models.screening import MOMENTS, OUTCOMES


class RuleHit(Answer):
    """A rule that matched. A shadow rule has no say."""

    id: str
    action: Literal["allow", "block", "review", "challenge"]
    text: str
    shadow: bool


class Assessment(Answer):
    """One look at one attempt: `before` the provider was asked, or `after` it had answered.

    For your own people and systems; show none of it to a shopper.
    """

    id: id_of("asm")  # type: ignore[valid-type]
    attempt_id: id_of("att")  # type: ignore[valid-type]
    moment: Literal[MOMENTS]  # type: ignore[valid-type]
    outcome: Literal[OUTCOMES] = Field(  # type: ignore[valid-type]
        description="allow, challenge (3-D Secure), hold (authorized, for a review), block."
    )
    decided_by: str = Field(
        description="Who spoke: limit, list, rule, model, failure, explored, attack, answer, analyst.",
        examples=["model"],
    )
    score: int | None = Field(description="0 (safe) to 100.", examples=[42])
    level: str = Field(examples=["normal"])
    reasons: list[str] = Field(description="Why, in plain words; the strongest first.")
    rules: list[RuleHit]
    model: str | None
    created_at: Time


class AssessmentList(Page[Assessment]):
    """Assessments, newest first."""


def index(*, caller: Caller, query: lists.ListQuery, payment_id: str) -> dict[str, Any]:
    """Every look at every attempt of one payment, newest first."""
    payments.own(Payment, payment_id, caller.merchant_id)
    attempts = select(Attempt.id).where(Attempt.payment_id == payment_id)
    statement = select(Row).where(Row.attempt_id.in_(attempts))
    found = lists.rows(statement, Row.id, query)
    return present.page([_show(row) for row in found], limit=query.limit)


def _show(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "attempt_id": row.attempt_id,
        "moment": row.moment,
        "outcome": row.outcome,
        "decided_by": row.spoke,
        "score": row.score,
        "level": row.level,
        "reasons": [reason["text"] for reason in row.details.get("reasons", [])],
        "rules": row.details.get("rules", []),
        "model": row.model_id,
        "created_at": iso(row.created_at),
    }
