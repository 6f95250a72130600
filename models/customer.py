"""Customers of merchants, the methods that a provider keeps for them, and what they agreed to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base

SETUP_STATUSES = ("started", "challenged", "pending", "succeeded", "declined")
_OPEN = "check_at IS NOT NULL"
_TO_ERASE = "erase_at IS NOT NULL"


class Customer(Base):
    """Somebody who pays one merchant again. `reference` is the merchant's own name for them, unique among theirs.

    A deleted customer keeps its row (payments point at it) and loses everything personal. `erase_at`: it was deleted,
    and who it was is still written down somewhere (`app.customers.erase`); the address is kept until that is done.
    """

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_merchant_id_id", "merchant_id", "id"),
        Index("ix_customers_merchant_id_email", "merchant_id", "email"),
        Index("uq_customers_reference", "merchant_id", "reference", unique=True),
        Index(
            "ix_customers_erase_at",
            "erase_at",
            postgresql_where=text(_TO_ERASE),
            sqlite_where=text(_TO_ERASE),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    email: Mapped[str | None] = mapped_column(String(254), default=None)
    name: Mapped[str | None] = mapped_column(String(200), default=None)
    reference: Mapped[str | None] = mapped_column(String(120), default=None)
    language: Mapped[str | None] = mapped_column(String(35), default=None)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    erase_at: Mapped[datetime | None] = mapped_column(default=None)


class CustomerGatewayToken(Base):
    """A provider's id for a customer. `account` tells two accounts at one provider apart: their ids do not mix."""

    __tablename__ = "customer_gateway_tokens"
    __table_args__ = (
        Index(
            "uq_customer_gateway_tokens_account", "customer_id", "provider", "account", unique=True
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    provider: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64))
    provider_ref: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class SavedMethod(Base):
    """A method that a provider keeps: its token, never its number. `method` is fit to be shown, `facts` for scoring.

    `check_at`: it was let go here, and the provider has not yet said that it forgot it.
    """

    __tablename__ = "saved_methods"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'detached')", name="status"),
        Index("ix_saved_methods_customer_id", "customer_id"),
        Index(
            "ix_saved_methods_check_at",
            "check_at",
            postgresql_where=text(_OPEN),
            sqlite_where=text(_OPEN),
        ),
        Index("uq_saved_methods_credential", "provider", "account", "credential", unique=True),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    provider: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64))
    credential: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(20))
    method: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    facts: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    status: Mapped[str] = mapped_column(String(10), default="active")
    mandate_id: Mapped[str | None] = mapped_column(ForeignKey("mandates.id"), default=None)
    check_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    detached_at: Mapped[datetime | None] = mapped_column(default=None)


class Mandate(Base):
    """What a customer agreed to when a method was kept: the words they saw, when, and from where.

    `off_session`: the merchant may charge it while the customer is not there. `provider_ref`: the provider's mandate.
    """

    __tablename__ = "mandates"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'revoked')", name="status"),
        Index("ix_mandates_customer_id", "customer_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(35))
    source: Mapped[str] = mapped_column(String(40))
    off_session: Mapped[bool] = mapped_column(default=False)
    ip: Mapped[str | None] = mapped_column(String(45), default=None)
    user_agent: Mapped[str | None] = mapped_column(String(300), default=None)
    provider_ref: Mapped[str | None] = mapped_column(String(120), default=None)
    status: Mapped[str] = mapped_column(String(10), default="active")
    accepted_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class Setup(Base):
    """A method that is to be kept without a payment. Its id is the provider's idempotency key."""

    __tablename__ = "setups"
    __table_args__ = (
        CheckConstraint(
            "status IN ({})".format(", ".join(f"'{s}'" for s in SETUP_STATUSES)), name="status"
        ),
        Index("ix_setups_customer_id", "customer_id"),
        Index("ix_setups_provider_ref", "provider", "provider_ref"),
        Index(
            "ix_setups_check_at",
            "check_at",
            postgresql_where=text(_OPEN),
            sqlite_where=text(_OPEN),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    provider: Mapped[str] = mapped_column(String(20))
    request: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    status: Mapped[str] = mapped_column(String(20), default="started")
    provider_ref: Mapped[str | None] = mapped_column(String(120), default=None)
    mandate_id: Mapped[str | None] = mapped_column(ForeignKey("mandates.id"), default=None)
    saved_method_id: Mapped[str | None] = mapped_column(String(40), default=None)
    next_action: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    decline: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    check_at: Mapped[datetime | None] = mapped_column(default=None)
    checks: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class EmailCode(Base):
    """A code sent by e-mail to prove, within one checkout session, that the address is the shopper's.

    Only a keyed hash of the code is kept; `tries` are counted, and a new code takes the place of the old one.
    """

    __tablename__ = "email_codes"
    __table_args__ = (Index("ix_email_codes_email", "email"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("checkout_sessions.id"), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    code_hash: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    sent: Mapped[int] = mapped_column(Integer, default=1)
    proven_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
