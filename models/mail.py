"""Mail to be sent: written in the transaction that is its reason, sent by a worker afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base

_WAITING = "check_at IS NOT NULL"


class Mail(Base):
    """One message to one address. `purpose` is why (`code:<session>:<n>`), unique, so that nothing is mailed twice.

    `body` is removed once it was sent, where it holds a secret (`is_secret`).
    """

    __tablename__ = "mails"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'sent', 'failed')", name="status"),
        Index("uq_mails_purpose", "purpose", unique=True),
        Index("ix_mails_to", "to"),
        Index(
            "ix_mails_check_at",
            "check_at",
            postgresql_where=text(_WAITING),
            sqlite_where=text(_WAITING),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    purpose: Mapped[str] = mapped_column(String(120))
    to: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(35))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    is_secret: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(String(10), default="waiting")
    error: Mapped[str | None] = mapped_column(String(200), default=None)
    check_at: Mapped[datetime | None] = mapped_column(default=None)
    checks: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    sent_at: Mapped[datetime | None] = mapped_column(default=None)
