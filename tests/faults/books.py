"""O3 to the cent: what the sandbox says it took, holds and gave back is what our books say, one to one."""

from collections import Counter
from typing import Any

from sqlalchemy import select

from models import Attempt, Operation, db
from models.ledger import Entry
from tests.till import Till


def agree(till: Till) -> None:
    """Compare every attempt with its charge at the provider. To be called when nothing is under way any more."""
    db.session().expire_all()
    ours = list(db.session().scalars(select(Attempt)))
    told = till.provider_books()
    for provider, books in told.items():
        charges = {row["id"]: row for row in books["payments"]}
        mine = {row.provider_ref: row for row in ours if row.provider == provider}
        for reference, charge in charges.items():
            if taken(charge) or held(charge):
                assert reference in mine, f"{reference} moved money that is in no book of ours"
        for reference, attempt in mine.items():
            if reference is not None and reference in charges:
                _same(attempt, charges[reference])
            else:
                assert attempt.captured_minor == 0, f"{attempt.id} has money of no charge"
        if not books.get("disputes"):
            assert _receivable(provider) == _net(books), provider
    db.release()


def _same(attempt: Attempt, charge: dict[str, Any]) -> None:
    back = db.session().scalars(
        select(Operation).where(
            Operation.attempt_id == attempt.id,
            Operation.kind == "refund",
            Operation.status.in_(("pending", "succeeded")),
        )
    )
    assert attempt.captured_minor == taken(charge), attempt.id
    assert sum(operation.amount_minor for operation in back) == charge["amount_refunded"], (
        attempt.id
    )
    assert (attempt.status == "authorized") == bool(held(charge)), (attempt.id, attempt.status)


def taken(charge: dict[str, Any]) -> int:
    return int(charge.get("amount_received", charge.get("amount_captured", 0)))


def held(charge: dict[str, Any]) -> int:
    if taken(charge):
        return 0
    return int(charge.get("amount_capturable", charge.get("amount_held", 0)))


def _receivable(provider: str) -> dict[str, int]:
    """What the provider owes us by our ledger, per currency."""
    owed: Counter[str] = Counter()
    for entry in db.session().scalars(select(Entry).where(Entry.provider == provider)):
        owed[entry.currency] += entry.amount_minor * (
            (entry.debit == "receivable") - (entry.credit == "receivable")
        )
    return {currency: minor for currency, minor in owed.items() if minor}


def _net(books: dict[str, Any]) -> dict[str, int]:
    return {currency.upper(): minor for currency, minor in books["net"].items() if minor}
