"""Payments, the attempts to pay them, and the operations on money already taken or held."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base
from models.lifecycle import ATTEMPT, DERIVED, LIVE, PAYMENT_STATUSES, payment_status
from models.money import Money


def _one_of(column: str, values: list[str] | tuple[str, ...]) -> str:
    return "{} IN ({})".format(column, ", ".join(f"'{v}'" for v in values))


class Payment(Base):
    """What the merchant wants paid. Its row lock guards its attempts, operations, order and session.

    `status` is derived (`derive`) and stored only so that it can be queried; only `app.payments.change` sets it.
    `is_held`: an authorization waits for a human. `is_asking`: a capture or void has no answer yet.
    `refunding_minor` is asked for and not yet answered, so that no two refunds fit into the same money.
    `off_session`: charged to `saved_method_id` while the customer was not there; where the bank wants to see them,
    `recovery_session_id` is the page on which they can pay the same amount themselves.
    """

    __tablename__ = "payments"
    __table_args__ = (
        CheckConstraint("total_minor >= 0", name="total"),
        CheckConstraint("captured_minor >= 0 AND captured_minor <= total_minor", name="captured"),
        CheckConstraint("refunded_minor >= 0 AND refunding_minor >= 0", name="refunds"),
        CheckConstraint("refunded_minor + refunding_minor <= captured_minor", name="refundable"),
        CheckConstraint("disputed_minor >= 0", name="disputed"),
        CheckConstraint("capture IN ('automatic', 'manual')", name="capture"),
        CheckConstraint("closed IS NULL OR closed IN ('canceled', 'expired')", name="closed"),
        CheckConstraint(_one_of("status", PAYMENT_STATUSES), name="status"),
        Index("ix_payments_merchant_id_id", "merchant_id", "id"),
        Index("ix_payments_link_id", "link_id", postgresql_where=text("link_id IS NOT NULL")),
        Index(
            "ix_payments_customer_id",
            "customer_id",
            postgresql_where=text("customer_id IS NOT NULL"),
            sqlite_where=text("customer_id IS NOT NULL"),
        ),
        Index(
            "ix_payments_expires_at",
            "expires_at",
            postgresql_where=text("expires_at IS NOT NULL"),
            sqlite_where=text("expires_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(BigInteger)
    capture: Mapped[str] = mapped_column(String(10), default="automatic")
    status: Mapped[str] = mapped_column(String(20), default="pending")
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunding_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    disputed_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    attempt_id: Mapped[str | None] = mapped_column(String(40), default=None)
    attempts_count: Mapped[int] = mapped_column(Integer, default=0)
    is_held: Mapped[bool] = mapped_column(default=False)
    is_asking: Mapped[bool] = mapped_column(default=False)
    closed: Mapped[str | None] = mapped_column(String(10), default=None)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders.id"), default=None)
    link_id: Mapped[str | None] = mapped_column(ForeignKey("payment_links.id"), default=None)
    customer_id: Mapped[str | None] = mapped_column(String(40), default=None)
    saved_method_id: Mapped[str | None] = mapped_column(String(40), default=None)
    off_session: Mapped[bool] = mapped_column(default=False, server_default=false())
    recovery_session_id: Mapped[str | None] = mapped_column(String(64), default=None)
    description: Mapped[str | None] = mapped_column(String(500), default=None)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    return_url: Mapped[str | None] = mapped_column(String(2000), default=None)
    provider: Mapped[str | None] = mapped_column(String(20), default=None)
    method: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    decline: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    next_action: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    @property
    def total(self) -> Money:
        """What is to be paid."""
        return Money(self.total_minor, self.currency)

    @property
    def captured(self) -> Money:
        """What was taken."""
        return Money(self.captured_minor, self.currency)

    @property
    def refundable(self) -> Money:
        """What can still be given back: captured, less what is refunded or on its way."""
        return Money(
            self.captured_minor - self.refunded_minor - self.refunding_minor, self.currency
        )

    @property
    def session_status(self) -> str:
        """What the checkout session of this payment is called now: open, complete, canceled or expired."""
        return "complete" if self.is_asking else DERIVED[self.status][1]

    def derive(self, attempt_status: str | None, **changes: Any) -> str:
        """The status this payment has once `changes` are made and its last attempt is in `attempt_status`."""

        def now(name: str) -> Any:
            return changes.get(name, getattr(self, name))

        # An authorization that was voided with a decline (screening turned it away) counts as declined.
        is_declined = attempt_status == "voided" and bool(now("decline"))
        return payment_status(
            attempt="declined" if is_declined else attempt_status,
            captured=now("captured_minor"),
            refunded=now("refunded_minor"),
            disputed=now("disputed_minor"),
            closed=now("closed"),
            held=now("is_held"),
            asking=now("is_asking"),
        )


class Attempt(Base):
    """One try at a provider. Its id is the provider's idempotency key; it only moves forward.

    `request` holds what was (or will be) asked, so that the very same request can be repeated.
    `facts` is what the provider told about the method beforehand (brand, funding, country, wallet, fingerprint).
    `check_at` is when the provider is asked again; None means that nothing is open. `queued_at`: since when it waits
    to be asked for the first time, because the provider takes no more requests now.
    `authorized_at`: when we first learned that the money is held; whoever is told so once more, later, hears old news.
    `hold` is what screening asked for: the money is authorized only. `look`: a second look decides once the provider
    has answered; `review`: a person decides; `released`: it was let go. None: nothing holds it.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint(_one_of("status", ATTEMPT.states), name="status"),
        CheckConstraint("captured_minor >= 0 AND captured_minor <= amount_minor", name="captured"),
        # Never a second charge while one is unanswered or has succeeded: the database itself refuses it.
        Index(
            "uq_attempts_live",
            "payment_id",
            unique=True,
            postgresql_where=text(_one_of("status", sorted(LIVE))),
            sqlite_where=text(_one_of("status", sorted(LIVE))),
        ),
        Index("uq_attempts_provider_ref", "provider", "provider_ref", unique=True),
        Index("ix_attempts_payment_id", "payment_id"),
        Index(
            "ix_attempts_queued_at",
            "queued_at",
            postgresql_where=text("queued_at IS NOT NULL"),
            sqlite_where=text("queued_at IS NOT NULL"),
        ),
        Index(
            "ix_attempts_check_at",
            "check_at",
            postgresql_where=text("check_at IS NOT NULL"),
            sqlite_where=text("check_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    provider: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    request: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    status: Mapped[str] = mapped_column(String(20), default="started")
    provider_ref: Mapped[str | None] = mapped_column(String(120), default=None)
    capture_ref: Mapped[str | None] = mapped_column(String(120), default=None)
    captured_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    fee_minor: Mapped[int | None] = mapped_column(BigInteger, default=None)
    authorized_at: Mapped[datetime | None] = mapped_column(default=None)
    capture_before: Mapped[datetime | None] = mapped_column(default=None)
    method: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    facts: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    hold: Mapped[str | None] = mapped_column(String(10), default=None)
    queued_at: Mapped[datetime | None] = mapped_column(default=None)
    decline_code: Mapped[str | None] = mapped_column(String(60), default=None)
    provider_code: Mapped[str | None] = mapped_column(String(80), default=None)
    next_action: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    check_at: Mapped[datetime | None] = mapped_column(default=None)
    checks: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    @property
    def amount(self) -> Money:
        """What this attempt asks for."""
        return Money(self.amount_minor, self.currency)


class Operation(Base):
    """A capture, void, refund or dispute on an attempt. Its id is the provider's idempotency key.

    We ask for captures, voids and refunds; a refund made or a dispute opened at the provider arrives as news
    (`is_external`). `check_at` as for an attempt.
    """

    __tablename__ = "operations"
    __table_args__ = (
        CheckConstraint("kind IN ('capture', 'void', 'refund', 'dispute')", name="kind"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index("ix_operations_payment_id", "payment_id"),
        Index("uq_operations_provider_ref", "attempt_id", "provider_ref", unique=True),
        # One capture or void at a time on an attempt: they exclude each other.
        Index(
            "uq_operations_open",
            "attempt_id",
            unique=True,
            postgresql_where=text(
                "kind IN ('capture', 'void') AND status IN ('started', 'pending', 'succeeded')"
            ),
            sqlite_where=text(
                "kind IN ('capture', 'void') AND status IN ('started', 'pending', 'succeeded')"
            ),
        ),
        Index(
            "ix_operations_queued_at",
            "queued_at",
            postgresql_where=text("queued_at IS NOT NULL"),
            sqlite_where=text("queued_at IS NOT NULL"),
        ),
        Index(
            "ix_operations_check_at",
            "check_at",
            postgresql_where=text("check_at IS NOT NULL"),
            sqlite_where=text("check_at IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempts.id"))
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    kind: Mapped[str] = mapped_column(String(10))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(20), default="started")
    reason: Mapped[str | None] = mapped_column(String(40), default=None)
    provider_ref: Mapped[str | None] = mapped_column(String(120), default=None)
    failure_code: Mapped[str | None] = mapped_column(String(80), default=None)
    is_external: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    check_at: Mapped[datetime | None] = mapped_column(default=None)
    checks: Mapped[int] = mapped_column(Integer, default=0)
    queued_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    updated_at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    @property
    def amount(self) -> Money:
        """What the operation moves."""
        return Money(self.amount_minor, self.currency)


class PaymentToken(Base):
    """A provider's client-side token, taken in once: bound to merchant, amount and currency, good for one payment."""

    __tablename__ = "payment_tokens"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        # Confirmation tokens and approved orders are good for one payment. (A payment method may come again.)
        Index(
            "uq_payment_tokens_credential",
            "provider",
            "credential",
            unique=True,
            postgresql_where=text("kind <> 'payment_method'"),
            sqlite_where=text("kind <> 'payment_method'"),
        ),
        Index(
            "ix_payment_tokens_payment_id",
            "payment_id",
            postgresql_where=text("payment_id IS NOT NULL"),
            sqlite_where=text("payment_id IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    provider: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    credential: Mapped[str] = mapped_column(String(120))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    expires_at: Mapped[datetime]
    method: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    facts: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    payment_id: Mapped[str | None] = mapped_column(String(40), default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
