"""Review cases: money that is held until a person decides, and everything said about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base
from models.money import Money

_OPEN = text("closed_at IS NULL")


class Review(Base):
    """One held attempt in the queue. Its payment's lock guards it.

    `worth` orders the queue: the expected loss in units of what one review costs (a pure number: it compares
    currencies without adding them). `expires_at`: when the authorization ends. `lock_*`: who has it open.
    A verdict is written first (`verdict`, `verdict_by`, `acts_at`) and carried out at `acts_at`: until then it can be
    undone. `first_by`: above the four-eyes amount, who approved first. `closed_as`: `approved`, `declined`, `fraud`,
    `released`, `challenged`, `captured`, `canceled`, `expired`, `refunded`, `disputed`: a case follows its payment,
    whoever ends it.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        Index("uq_reviews_attempt_id", "attempt_id", unique=True),
        Index("ix_reviews_payment_id", "payment_id"),
        Index(
            "ix_reviews_open", "merchant_id", "worth", postgresql_where=_OPEN, sqlite_where=_OPEN
        ),
        Index(
            "ix_reviews_acts_at",
            "acts_at",
            postgresql_where=text("acts_at IS NOT NULL"),
            sqlite_where=text("acts_at IS NOT NULL"),
        ),
        Index("ix_reviews_expires_at", "expires_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_reviews_closed_at", "closed_at"),
        CheckConstraint(
            "verdict IS NULL OR verdict IN ('approve', 'decline', 'fraud')", name="verdict"
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    assessment_id: Mapped[str | None] = mapped_column(String(40), default=None)
    reason: Mapped[str] = mapped_column(String(40), default="model")
    score: Mapped[int | None] = mapped_column(Integer, default=None)
    level: Mapped[str] = mapped_column(String(12), default="not_assessed")
    expected_loss_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    worth: Mapped[float] = mapped_column(Float(53), default=0.0)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    assigned_to: Mapped[str | None] = mapped_column(String(40), default=None)
    lock_by: Mapped[str | None] = mapped_column(String(40), default=None)
    lock_until: Mapped[datetime | None] = mapped_column(default=None)
    snoozed_until: Mapped[datetime | None] = mapped_column(default=None)
    is_escalated: Mapped[bool] = mapped_column(default=False)
    first_by: Mapped[str | None] = mapped_column(String(40), default=None)
    verdict: Mapped[str | None] = mapped_column(String(10), default=None)
    verdict_by: Mapped[str | None] = mapped_column(String(40), default=None)
    verdict_at: Mapped[datetime | None] = mapped_column(default=None)
    label: Mapped[str | None] = mapped_column(String(20), default=None)
    acts_at: Mapped[datetime | None] = mapped_column(default=None)
    closed_as: Mapped[str | None] = mapped_column(String(20), default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    opened_at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    @property
    def amount(self) -> Money:
        """What is held."""
        return Money(self.amount_minor, self.currency)


class ReviewNote(Base):
    """One line of a case's history: an act, a comment or a file. Appended, never changed."""

    __tablename__ = "review_notes"
    __table_args__ = (Index("ix_review_notes_review_id", "review_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id"))
    author: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    file_name: Mapped[str | None] = mapped_column(String(200), default=None)
    file_type: Mapped[str | None] = mapped_column(String(60), default=None)
    file: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class SavedView(Base):
    """A named filter of the queue: a person's own, or the team's."""

    __tablename__ = "saved_views"
    __table_args__ = (Index("uq_saved_views_name", "user_id", "name", unique=True),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(500))
    is_shared: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
