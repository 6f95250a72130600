"""Fraud screening: the history it reads, the journal of its decisions, what was learnt, and what is in force."""

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

OUTCOMES = ("allow", "challenge", "hold", "block")
MOMENTS = ("before", "after")


class Sighting(Base):
    """One line of the history that velocity is counted from (`risk.past.Sighting`): appended, never changed.

    Identities are opaque keys; equal keys are the same card, address, IP or device. Redis holds a copy, which is made
    anew from here when it was lost.
    """

    __tablename__ = "sightings"
    __table_args__ = (
        Index("uq_sightings_attempt", "attempt_id", "kind", unique=True),
        *(
            Index(f"ix_sightings_{name}", name, "at", postgresql_where=text(f"{name} IS NOT NULL"))
            for name in ("card_key", "email_key", "ip_key", "device_key", "link_id")
        ),
        Index("ix_sightings_merchant_id", "merchant_id", "at"),
        Index("ix_sightings_at", "at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(10))
    attempt_id: Mapped[str] = mapped_column(String(40))
    payment_id: Mapped[str] = mapped_column(String(40))
    merchant_id: Mapped[str] = mapped_column(String(40))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    link_id: Mapped[str | None] = mapped_column(String(64), default=None)
    card_key: Mapped[str | None] = mapped_column(String(24), default=None)
    email_key: Mapped[str | None] = mapped_column(String(24), default=None)
    ip_key: Mapped[str | None] = mapped_column(String(24), default=None)
    device_key: Mapped[str | None] = mapped_column(String(24), default=None)


class Assessment(Base):
    """The decision journal: one row per look at an attempt, appended in the transaction that acts on it.

    `moment`: `before` the provider is asked, or `after` it has answered. `facts` reproduce `probability` and `score`
    bit for bit with the model named, until who it was is erased: name and address may be taken out, nothing else.
    `spoke`: what decided (`limit`, `list`, `rule`, `model`, `failure`, `explored`).
    `details`: reasons, contributions, rule hits (shadow ones included), what the decision would cost either way.
    `shadow`: model id → {probability, score, outcome} of models that run along without a say.
    `chance`: with which probability this outcome was drawn instead of a block (exploration); None: not drawn.
    """

    __tablename__ = "assessments"
    __table_args__ = (
        Index("uq_assessments_attempt", "attempt_id", "moment", unique=True),
        Index("ix_assessments_merchant_id_created_at", "merchant_id", "created_at"),
        Index("ix_assessments_created_at", "created_at"),
        CheckConstraint("moment IN ('before', 'after')", name="moment"),
        CheckConstraint("outcome IN ('allow', 'challenge', 'hold', 'block')", name="outcome"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(40))
    payment_id: Mapped[str] = mapped_column(String(40))
    merchant_id: Mapped[str] = mapped_column(String(40))
    moment: Mapped[str] = mapped_column(String(10))
    currency: Mapped[str] = mapped_column(String(3))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(10))
    spoke: Mapped[str] = mapped_column(String(10))
    score: Mapped[int | None] = mapped_column(Integer, default=None)
    probability: Mapped[float | None] = mapped_column(Float(53), default=None)
    level: Mapped[str] = mapped_column(String(12), default="not_assessed")
    model_id: Mapped[str | None] = mapped_column(String(40), default=None)
    policy_id: Mapped[str | None] = mapped_column(String(40), default=None)
    rule_id: Mapped[str | None] = mapped_column(String(40), default=None)
    facts: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    details: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    shadow: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    failure: Mapped[str | None] = mapped_column(String(60), default=None)
    chance: Mapped[float | None] = mapped_column(Float(53), default=None)
    latency_us: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)

    @property
    def amount(self) -> Money:
        """What was to be paid."""
        return Money(self.amount_minor, self.currency)


class Label(Base):
    """What was learnt about an attempt, and when: fraud or good, from whom, with what weight. Appended only.

    `happened_at` is when the thing itself happened, `known_at` when we came to know: training may use it only from
    then on. `source`: `dispute`, `warning`, `analyst`, `refund`, `decline`, `quiet`, `import`.
    """

    __tablename__ = "labels"
    __table_args__ = (
        Index("uq_labels_source", "attempt_id", "source", "reference", unique=True),
        Index("ix_labels_known_at", "known_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(40))
    payment_id: Mapped[str] = mapped_column(String(40))
    merchant_id: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(12))
    is_fraud: Mapped[bool]
    weight: Mapped[float] = mapped_column(Float(53))
    happened_at: Mapped[datetime]
    known_at: Mapped[datetime]
    reference: Mapped[str] = mapped_column(String(120), default="")
    author: Mapped[str | None] = mapped_column(String(60), default=None)


class FraudWarning(Base):
    """An early fraud warning: the issuer reports a payment as fraud before any dispute."""

    __tablename__ = "fraud_warnings"
    __table_args__ = (Index("uq_fraud_warnings_ref", "provider", "provider_ref", unique=True),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    provider_ref: Mapped[str] = mapped_column(String(120))
    attempt_id: Mapped[str] = mapped_column(String(40))
    payment_id: Mapped[str] = mapped_column(String(40), index=True)
    merchant_id: Mapped[str] = mapped_column(String(40), index=True)
    fraud_type: Mapped[str] = mapped_column(String(60))
    is_actionable: Mapped[bool] = mapped_column(default=True)
    warned_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
    acted_at: Mapped[datetime | None] = mapped_column(default=None)
    action: Mapped[str | None] = mapped_column(String(20), default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class RiskPolicy(Base):
    """A merchant's choices (`risk.policy.Policy` as JSON), versioned: rows are appended, the newest is in force.

    `merchant_id` None: the choices of every merchant that has made none.
    """

    __tablename__ = "risk_policies"
    __table_args__ = (Index("ix_risk_policies_merchant_id_id", "merchant_id", "id"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str | None] = mapped_column(ForeignKey("merchants.id"))
    settings: Mapped[dict[str, Any]]
    author: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class RiskRule(Base):
    """One version of a rule. `state`: `proposed`, `shadow` (told, without a say), `live` or `retired`.

    A change is a new row that names the old one in `replaces_id`. `backtest` is what its author saw before saving.
    """

    __tablename__ = "risk_rules"
    __table_args__ = (
        Index("ix_risk_rules_merchant_id_state", "merchant_id", "state"),
        CheckConstraint("state IN ('proposed', 'shadow', 'live', 'retired')", name="state"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str | None] = mapped_column(ForeignKey("merchants.id"))
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    author: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(Integer, default=1)
    replaces_id: Mapped[str | None] = mapped_column(String(40), default=None)
    approver: Mapped[str | None] = mapped_column(String(60), default=None)
    approved_at: Mapped[datetime | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    retired_at: Mapped[datetime | None] = mapped_column(default=None)
    backtest: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class ListItem(Base):
    """One value on a named list. The lists `allowed`, `blocked` and `review` act by themselves; others serve rules.

    `type`: `card`, `bin`, `email`, `domain`, `ip` (an address or a CIDR range), `country`, `customer`, `device`.
    """

    __tablename__ = "list_items"
    __table_args__ = (
        Index("ix_list_items_merchant_id_list", "merchant_id", "list"),
        Index(
            "uq_list_items_value",
            "merchant_id",
            "list",
            "type",
            "value",
            unique=True,
            postgresql_where=text("removed_at IS NULL"),
            sqlite_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    list: Mapped[str] = mapped_column(String(40))
    type: Mapped[str] = mapped_column(String(10))
    value: Mapped[str] = mapped_column(String(254))
    added_by: Mapped[str] = mapped_column(String(60))
    note: Mapped[str | None] = mapped_column(String(200), default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    removed_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


class RiskModel(Base):
    """The registry of models: the artefact of record, the flat export that scores, and the proof that both are ours.

    `state`: `shadow` (runs along), `champion` (decides; one at most) or `retired`. `sha256` is of `artefact` (joblib),
    `flat_sha256` of `flat` (JSON); `signature` signs both with this installation's key.
    """

    __tablename__ = "risk_models"
    __table_args__ = (
        CheckConstraint("state IN ('shadow', 'champion', 'retired')", name="state"),
        Index(
            "uq_risk_models_champion",
            "state",
            unique=True,
            postgresql_where=text("state = 'champion'"),
            sqlite_where=text("state = 'champion'"),
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10))
    artefact: Mapped[bytes] = mapped_column(LargeBinary)
    flat: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    flat_sha256: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(64))
    card: Mapped[str] = mapped_column(Text)
    metrics: Mapped[dict[str, Any]] = mapped_column(default_factory=dict)
    author: Mapped[str] = mapped_column(String(60), default="system")
    promoted_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)
