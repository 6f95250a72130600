"""What happened (the outbox), what providers told us (the inbox), and which requests were answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base

_UNDONE = text("done_at IS NULL")


class Event(Base):
    """Something that happened to a payment, written in the transaction that made it happen.

    Outbox, audit trail and live status are readers of this table. `data` is the payment as it was at that moment.
    `actor` is who did it: `key_…`, `shopper`, `provider`, `clock`. `done_at`: all subscribers have had it.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_payment_id", "payment_id"),
        Index("ix_events_merchant_id_id", "merchant_id", "id"),
        Index("ix_events_undone", "id", postgresql_where=_UNDONE, sqlite_where=_UNDONE),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    type: Mapped[str] = mapped_column(String(60))
    merchant_id: Mapped[str] = mapped_column(String(40))
    payment_id: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(60))
    data: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    request_id: Mapped[str | None] = mapped_column(String(60), default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Delivery(Base):
    """One subscriber's progress with one event: it is tried until it is done, and parked after too many tries."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("uq_deliveries_event", "event_id", "subscriber", unique=True),
        Index("ix_deliveries_next_at", "next_at", postgresql_where=_UNDONE, sqlite_where=_UNDONE),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("events.id"))
    subscriber: Mapped[str] = mapped_column(String(60))
    next_at: Mapped[datetime | None] = mapped_column(default_factory=clock.now)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text, default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)


class ProviderEvent(Base):
    """A verified webhook, stored before it is acknowledged. It is a hint: processing asks the provider.

    `next_at` is when it may be taken up (a lease while a worker has it); None with no `done_at` means parked.
    """

    __tablename__ = "provider_events"
    __table_args__ = (
        Index("uq_provider_events_event", "provider", "provider_event_id", unique=True),
        Index(
            "ix_provider_events_next_at", "next_at", postgresql_where=_UNDONE, sqlite_where=_UNDONE
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    provider_event_id: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(80))
    refs: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    next_at: Mapped[datetime | None] = mapped_column(default_factory=clock.now)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text, default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    received_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class IdempotencyKey(Base):
    """A POST with an Idempotency-Key: claimed with the decision, answered with the record.

    `resource_id` is the payment, refund or session that the first request was about to make, so that a request cut
    short by a crash can be answered from it. `status` and `body` are the first answer, byte for byte.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (
        Index("uq_idempotency_keys_key", "merchant_id", "endpoint", "key", unique=True),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(String(40))
    endpoint: Mapped[str] = mapped_column(String(120))
    key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    resource_id: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer, default=None)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class Period(Base):
    """A period of a periodic job that somebody has done: the clock may run twice, its work does not."""

    __tablename__ = "periods"
    __table_args__ = (Index("uq_periods_job", "job", "period", unique=True),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job: Mapped[str] = mapped_column(String(60))
    period: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
