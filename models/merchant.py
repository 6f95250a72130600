"""Merchants, their API keys and their payment links."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base


class Merchant(Base):
    """Who gets paid. `brand_color` is `#rrggbb`; the page corrects it until text on it is readable.

    `language` is what a shopper reads whose own is not among ours; `embed_origins` may show any page of theirs in a
    frame, besides those that a link or a session names.
    """

    __tablename__ = "merchants"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    support_email: Mapped[str | None] = mapped_column(String(254), default=None)
    brand_color: Mapped[str] = mapped_column(String(7), default="#0b5cad")
    country: Mapped[str] = mapped_column(String(2), default="DE")
    language: Mapped[str | None] = mapped_column(String(35), default=None)
    embed_origins: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class ApiKey(Base):
    """A secret key, kept as the SHA-256 of its 256 random bits; the key itself is shown once."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class PaymentLink(Base):
    """A URL that anyone may open; every visit makes a checkout session of its own.

    Either `amount_minor` is fixed, or the payer chooses between `min_minor` and `max_minor`. `payment_methods` are
    the only ones to be offered; empty: all that can be.
    """

    __tablename__ = "payment_links"
    __table_args__ = (
        CheckConstraint("(amount_minor IS NULL) <> (min_minor IS NULL)", name="fixed_or_chosen"),
        CheckConstraint("max_uses IS NULL OR max_uses > 0", name="uses"),
        Index("ix_payment_links_merchant_id_id", "merchant_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    title: Mapped[str] = mapped_column(String(200))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger, default=None)
    min_minor: Mapped[int | None] = mapped_column(BigInteger, default=None)
    max_minor: Mapped[int | None] = mapped_column(BigInteger, default=None)
    max_quantity: Mapped[int] = mapped_column(Integer, default=1)
    max_uses: Mapped[int | None] = mapped_column(Integer, default=None)
    tax_rates: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    capture: Mapped[str] = mapped_column(String(10), default="automatic")
    success_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    inactive_message: Mapped[str | None] = mapped_column(String(500), default=None)
    embed_origins: Mapped[list[str]] = mapped_column(default_factory=list)
    payment_methods: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    language: Mapped[str | None] = mapped_column(String(35), default=None)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    starts_at: Mapped[datetime | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
