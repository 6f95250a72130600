"""Orders and the checkout sessions in which a shopper pays them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base
from models.lifecycle import ORDER_STATUSES
from models.money import Money


class Order(Base):
    """What is bought, with every total computed by us; stored as pending before any payment detail is asked.

    `number` is the confirmation number a person reads out: 9 characters without look-alikes, `K7QF-2M9RX`.
    `lines`: name, quantity, unit_minor, total_minor, image. `taxes`: name, bps, inclusive, minor.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(
            "total_minor >= 0 AND subtotal_minor >= 0 AND discount_minor >= 0 AND shipping_minor >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "status IN ({})".format(", ".join(f"'{s}'" for s in ORDER_STATUSES)), name="status"
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), index=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)
    currency: Mapped[str] = mapped_column(String(3))
    subtotal_minor: Mapped[int] = mapped_column(BigInteger)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(String(20), default="pending")
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    shipping_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    discounts: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    shipping: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    taxes: Mapped[list[dict[str, Any]]] = mapped_column(default_factory=list)
    reference: Mapped[str | None] = mapped_column(String(200), default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    @property
    def total(self) -> Money:
        """What the shopper owes."""
        return Money(self.total_minor, self.currency)


class CheckoutSession(Base):
    """One hosted page for one order. `basket` is what totals are computed from again when the shopper chooses.

    `shopper` is what the merchant told of the person (`app.commands.Shopper`), for screening.
    `customer_id`: who pays, as the merchant said or as an e-mailed code has proven: their saved methods are offered.
    `payment_methods`: the only ones to be offered; empty: all that can be.
    `basket`: line_items, discounts, tax_rates, shipping_options, and for a link the bounds of amount and quantity.
    """

    __tablename__ = "checkout_sessions"
    __table_args__ = (
        CheckConstraint("max_quantity >= 1", name="quantity"),
        Index(
            "ix_checkout_sessions_customer_id",
            "customer_id",
            postgresql_where=text("customer_id IS NOT NULL"),
            sqlite_where=text("customer_id IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"), index=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), unique=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"), unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    link_id: Mapped[str | None] = mapped_column(ForeignKey("payment_links.id"), default=None)
    basket: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    min_minor: Mapped[int | None] = mapped_column(BigInteger, default=None)
    max_minor: Mapped[int | None] = mapped_column(BigInteger, default=None)
    max_quantity: Mapped[int] = mapped_column(Integer, default=1)
    success_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    cancel_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    customer_email: Mapped[str | None] = mapped_column(String(254), default=None)
    embed_origins: Mapped[list[str]] = mapped_column(default_factory=list)
    shopper: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    customer_id: Mapped[str | None] = mapped_column(String(40), default=None)
    payment_methods: Mapped[list[str]] = mapped_column(default_factory=list, server_default="[]")
    language: Mapped[str | None] = mapped_column(String(35), default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
