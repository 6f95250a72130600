"""The oracle after a fault, O1 to O9, each finding a sentence that begins with its promise.

O1, O2, O4 and O7 are queries (`app.oracle`, which an operator can ask too: `flask check-books`), O3 compares with the
provider (`books`), O4 and O5 are witnessed inside the database (`journal`), O6 is `flask audit verify` (`app.seals`).
Here are the others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import select, text

from app import oracle, seals
from app.config import Config
from models import (
    Attempt,
    AuditRow,
    Base,
    CheckoutSession,
    Operation,
    Payment,
    PaymentLink,
    PaymentToken,
    clock,
    db,
)
from models.lifecycle import UNDECIDED
from sandbox.cards import CARDS
from tests.faults.books import held, taken
from tests.till import Till

_TABLES: dict[str, type[Any]] = {
    "pay": Payment, "re": Operation, "cs": CheckoutSession, "lnk": PaymentLink, "tok": PaymentToken,
}  # fmt: skip

Acknowledged = tuple[str, str]  # a record's id, and the status in which somebody was told of it


def findings(till: Till, *, heard: str) -> list[str]:
    """Whatever is wrong when nothing is under way any more; empty when the product kept its promises."""
    db.session().expire_all()
    found = [
        *(f"O1 O2 O4 O7: {line}" for line in oracle.check()),
        *(f"O3: {payment_id} was charged twice" for payment_id in charged_twice(till)),
        *(f"O6: {line}" for line in unsealed()),
        *(f"O7: {row_id} was not looked at in its time" for row_id in overdue()),
        *(f"O8: {line}" for line in lost(till.acknowledged)),
        *(f"O9: {line}" for line in leaked(till.config, everything_stored(), heard)),
    ]
    db.release()
    return found


def charged_twice(till: Till) -> list[str]:
    """The payments for which the provider keeps or holds the money of more than one charge."""
    ours = {row.provider_ref: row for row in db.session().scalars(select(Attempt))}
    kept: Counter[str] = Counter()
    for books in till.provider_books().values():
        for charge in books["payments"]:
            if charge["id"] in ours and (taken(charge) > charge["amount_refunded"] or held(charge)):
                kept[ours[charge["id"]].payment_id] += 1
    return [payment_id for payment_id, charges in kept.items() if charges > 1]


def unsealed() -> list[str]:
    """O6: what does not fit in the audit trail once all of it is sealed."""
    seal_all()
    return [*seals.verify(), *seals.late()]


def seal_all(limit: int = seals.BATCH) -> None:
    """Seal what waits, beside whoever else does."""
    waits = select(AuditRow.id).where(AuditRow.seal.is_(None)).limit(1)
    while db.session().scalar(waits):
        seals.seal(limit)


def overdue() -> list[str]:
    """What should have been asked about by now, after the clock has done its work."""
    found: list[str] = []
    for model, statuses in ((Attempt, UNDECIDED), (Operation, ("started", "pending"))):
        late = select(model.id).where(model.status.in_(statuses), model.check_at <= clock.now())
        found += db.session().scalars(late)
    return found


def lost(acknowledged: Iterable[Acknowledged]) -> Iterator[str]:
    """O8: whatever a caller was told of is in the database, and money that was said to be taken is."""
    for row_id, status in acknowledged:
        table = _TABLES.get(row_id.partition("_")[0])
        row = table and db.session().get(table, row_id, populate_existing=True)
        if table is not None and row is None:
            yield f"{row_id} was acknowledged and is nowhere"
        elif isinstance(row, Payment) and status == "captured" and not row.captured_minor:
            yield f"{row_id} was acknowledged as captured and is {row.status}"


def everything_stored() -> str:
    """Every cell of every table."""
    found = []
    for name in Base.metadata.tables:
        found += [repr(tuple(row)) for row in db.session().execute(text(f"SELECT * FROM {name}"))]
    db.release()
    return "\n".join(found)


def leaked(config: Config, *places: str) -> Iterator[str]:
    """O9: no secret of this installation and no card number stands in any of these places."""
    for name, secret in secrets_of(config).items():
        if any(secret in place for place in places):
            yield f"{name} was written down"
    for card in CARDS:
        if card.number and any(card.number in place for place in places):
            yield f"the number of {card.key} was written down"


def secrets_of(config: Config) -> dict[str, str]:
    """What must stand nowhere but in the settings."""
    names = ("secret_key", "stripe_secret_key", "stripe_webhook_secret", "paypal_client_secret")
    return {name: getattr(config, name) for name in names if getattr(config, name)}
