"""The same Idempotency-Key gets the same answer, byte for byte.

The key is claimed in the transaction that decides, and answered in the transaction that records: a decision that is
rolled back (a validation error, say) leaves no trace of the key, and a crash in between leaves a claim that names the
payment it was about, from which the next request with the key is answered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from app.errors import IdempotencyInProgress, IdempotencyKeyReused
from models import IdempotencyKey, clock, db
from models.ids import new_id

# A first request that has not answered for this long has died: no provider call takes longer.
RUNNING_S = 90

Answer = Callable[[Any], tuple[int, bytes]]


@dataclass
class Once:
    """One POST: verbs call `claim` with what they are about to make, and `store` with what came of it.

    Without a key nothing is kept, but the answer is still made inside the transaction that it describes.
    """

    answer: Answer
    merchant_id: str = ""
    endpoint: str = ""
    key: str = ""
    fingerprint: str = ""
    status: int = 0
    body: bytes = b""
    _row: IdempotencyKey | None = None

    def claim(self, resource_id: str) -> None:
        """Take the key, in the deciding transaction. Raises IdempotencyInProgress when another request has it."""
        if not self.key or self._row is not None:
            return
        row = IdempotencyKey(
            id=new_id("idk"),
            merchant_id=self.merchant_id,
            endpoint=self.endpoint,
            key=self.key,
            fingerprint=self.fingerprint,
            resource_id=resource_id,
        )
        if not db.insert_unless_there(row):
            raise IdempotencyInProgress
        self._row = row

    def store(self, resource: Any) -> None:
        """Keep the answer, in the recording transaction."""
        self.status, self.body = self.answer(resource)
        if self._row is not None:
            db.update(self._row, status=self.status, body=self.body)

    def find(self) -> IdempotencyKey | None:
        """The earlier request with this key, if any.

        Raises IdempotencyKeyReused when it asked for something else, IdempotencyInProgress while it is running.
        """
        if not self.key:
            return None
        row = db.session().scalar(
            select(IdempotencyKey).where(
                IdempotencyKey.merchant_id == self.merchant_id,
                IdempotencyKey.endpoint == self.endpoint,
                IdempotencyKey.key == self.key,
            )
        )
        if row is None:
            return None
        if row.fingerprint != self.fingerprint:
            raise IdempotencyKeyReused(field="Idempotency-Key")
        if row.status is None and row.created_at > clock.now() - timedelta(seconds=RUNNING_S):
            raise IdempotencyInProgress
        self._row = row
        return row


def unrepeated() -> Once:
    """For callers without keys: the shopper's page, the clock, tests."""
    return Once(answer=lambda _resource: (0, b""))


def forget(*, older_than_hours: int) -> int:
    """Remove answered keys after their time; an unanswered one stays until it is resolved. Returns how many."""
    before = clock.now() - timedelta(hours=older_than_hours)
    with db.transaction() as session:
        old = IdempotencyKey.created_at < before
        gone = session.connection().execute(
            delete(IdempotencyKey.__table__).where(old, IdempotencyKey.status.is_not(None))  # type: ignore[arg-type]
        )
        return gone.rowcount
