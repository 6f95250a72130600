"""The ledger: every entry moves one amount from one account to another, and is never changed.

An entry names the account it debits and the account it credits, so that books out of balance cannot be written
down at all: debits equal credits per currency by construction. Triggers refuse UPDATE and DELETE; a mistake is put
right by an entry the other way round.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models import clock
from models.db import Base, insert
from models.ids import new_id
from models.money import Money

# kind → (debit, credit). `receivable` is what the provider owes us, `payable` what we owe the merchant,
# `fees` what the provider keeps of the merchant's money.
# fmt: off
KINDS = {
    "capture":          ("receivable", "payable"),
    "fee":              ("fees",       "receivable"),
    "refund":           ("payable",    "receivable"),
    "refund_returned":  ("receivable", "payable"),
    "dispute":          ("payable",    "receivable"),
    "dispute_won":      ("receivable", "payable"),
}
# fmt: on
ACCOUNTS = tuple(dict.fromkeys(account for pair in KINDS.values() for account in pair))


class Entry(Base):
    """One movement. `source_id` is the attempt or operation that caused it: once per kind, or not at all."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("debit <> credit", name="accounts"),
        Index("uq_ledger_entries_source", "source_id", "kind", unique=True),
        Index("ix_ledger_entries_payment_id", "payment_id"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("merchants.id"))
    payment_id: Mapped[str] = mapped_column(ForeignKey("payments.id"))
    source_id: Mapped[str] = mapped_column(String(40))
    provider: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    debit: Mapped[str] = mapped_column(String(20))
    credit: Mapped[str] = mapped_column(String(20))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    created_at: Mapped[datetime] = mapped_column(default_factory=clock.now)


def post(
    kind: str, amount: Money, *, merchant_id: str, payment_id: str, source_id: str, provider: str
) -> Entry:
    """Write one entry in the open transaction. Raises KeyError for an unknown kind, ValueError unless positive."""
    debit, credit = KINDS[kind]
    if amount.minor <= 0:
        raise ValueError(f"an entry moves a positive amount, not {amount}")
    entry = Entry(
        id=new_id("ent"),
        merchant_id=merchant_id,
        payment_id=payment_id,
        source_id=source_id,
        provider=provider,
        kind=kind,
        debit=debit,
        credit=credit,
        amount_minor=amount.minor,
        currency=amount.currency,
    )
    insert(entry)
    return entry
