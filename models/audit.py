"""Who did what to which record, where it is not an event of a payment; and contradictions that need a human."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base, insert
from models.ids import new_id


class AuditRow(Base):
    """One act: `actor` did `action` to `target_id`. Appended in the transaction of the act, never changed.

    `seal` is the number of the seal that covers it, told once, when there is one. Rows are kept for good, so `details`
    says of people no more than who did something and from where.
    """

    __tablename__ = "audit_rows"
    __table_args__ = (
        Index("ix_audit_rows_target_id", "target_id"),
        Index("ix_audit_rows_seal_id", "seal", "id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(60))
    target_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    seal: Mapped[int | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Seal(Base):
    """One link of the chain over the audit rows; `id` is its number: 1, 2, 3 … (`app.seals`).

    `digest` covers everything else here: `previous`, the digest of the seal before; `key`, the name of the key it was
    made with; and `rows`, the fingerprint of each row by its id.
    """

    __tablename__ = "audit_seals"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    previous: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(16))
    rows: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Case(Base):
    """A contradiction between the provider's stories and ours, with both, until somebody closes it.

    `fingerprint` makes the same contradiction, told twice, one case.
    """

    __tablename__ = "cases"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    payment_id: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(40))
    fingerprint: Mapped[str] = mapped_column(String(200), unique=True)
    ours: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    theirs: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


def write(actor: str, action: str, target_id: str, **details: Any) -> None:
    """Note an act in the open transaction."""
    insert(
        AuditRow(id=new_id("aud"), actor=actor, action=action, target_id=target_id, details=details)
    )
