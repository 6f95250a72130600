"""The seals of the audit trail: whoever changes what is sealed, by whatever way, is found out, and where.

Acts append their rows unsealed and wait for nobody. The clock seals what waits, about once a minute: one seal covers
the fingerprint of each row and the seal before it, by an HMAC with a key that the database does not have. That the last
seals were cut off shows by a head (`NUMBER:DIGEST` of the last seal) that was kept elsewhere: each is logged.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, Table, exists, func, select, update

from app.config import Config
from app.crashpoints import crashpoint
from models import AuditRow, Seal, clock, db

BATCH = 1000
GATHER = timedelta(minutes=1)
LATE = timedelta(minutes=10)

_ROWS, _SEALS = cast("Table", AuditRow.__table__), cast("Table", Seal.__table__)
_WAITS = AuditRow.seal.is_(None)
# Of what waits, the smallest id first. `seal` is the same in all of it, and named so that PostgreSQL takes the index
# and does not walk through everything that is sealed.
_FIRST = (AuditRow.seal, AuditRow.id)

_log = logging.getLogger("till.seals")
_keys: dict[str, bytes] = {}  # by name; the first one seals


class Head(NamedTuple):
    """Which seal is the last, and its digest: what to write down elsewhere. Its text is `NUMBER:DIGEST`."""

    number: int
    digest: str

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Raises ValueError."""
        number, colon, digest = text.strip().partition(":")
        if not (colon and re.fullmatch("[0-9]{1,9}", number) and len(digest) == len(NONE.digest)):
            raise ValueError("a head is NUMBER:DIGEST, as `flask audit head` prints it")
        return cls(int(number), digest.lower())


NONE = Head(0, "0" * 64)  # what the first seal follows


def configure(config: Config) -> None:
    """Seal with a key derived from this installation's secret; know those that were derived from former ones."""
    _keys.clear()
    for secret in (config.secret_key, *config.old_secret_keys):
        key = hmac.digest(secret.encode(), b"till audit seal key", "sha256")
        _keys.setdefault(sha256(key).hexdigest()[:16], key)


def seal_due() -> int:
    """Seal what waits, once the first of it has waited for a minute. Returns how many rows."""
    since = db.session().scalar(
        select(AuditRow.created_at).where(_WAITS).order_by(*_FIRST).limit(1)
    )
    return seal() if since is not None and since <= clock.now() - GATHER else 0


def seal(limit: int = BATCH) -> int:
    """Seal up to `limit` rows that wait, whenever they were committed. Returns how many.

    The number is the lock: of two that seal at once one gets it, and the other does nothing. So the head is read first:
    whatever the other sealed meanwhile, it took our number for it.
    """
    with db.transaction() as session:
        before = head()
        waiting = select(_ROWS).where(_WAITS).order_by(*_FIRST).limit(limit)
        rows = {row.id: _fingerprint(row) for row in session.execute(waiting)}
        if not rows:
            return 0
        name, key = next(iter(_keys.items()))
        made = Seal(id=before.number + 1, previous=before.digest, key=name, rows=rows)
        made.digest = _digest(made, key)
        if not db.insert_unless_there(made):
            return 0
        session.execute(update(_ROWS).where(_ROWS.c.id.in_(rows)).values(seal=made.id))
        crashpoint("seal.written")
    crashpoint("seal.committed")
    _log.info("sealed %d audit rows; audit head %s", len(rows), Head(made.id, made.digest))
    return len(rows)


def head() -> Head:
    """The last seal."""
    last = select(Seal.id, Seal.digest).order_by(Seal.id.desc()).limit(1)
    found = db.session().execute(last).one_or_none()
    return Head(*found) if found else NONE


def verify(*, last: int | None = None) -> Iterator[str]:
    """What does not fit in the whole trail, or in its last seals: a sentence each, with its place."""
    newest = select(Seal.id).order_by(Seal.id.desc()).limit(last and last + 1)
    numbers = sorted(db.session().scalars(newest))
    before = NONE
    if last is not None and len(numbers) > last:
        before = _head_at(numbers.pop(0))
    after, foreign = before.number, dict[str, list[int]]()
    for number in numbers:
        if number > before.number + 1:
            yield f"Cut out: {_named(before.number + 1, number - 1)}, before seal {number}."
        try:
            found = _seal(number)
            yield from _chained(found, before)
            yield from _rows_of(found)
            before = Head(number, found.digest)
            if found.key not in _keys:
                foreign.setdefault(found.key, []).append(number)
        except (ValueError, TypeError, AttributeError):  # SQLite keeps what is no date and no JSON
            yield f"Edited: seal {number}, or a row under it, holds what was never written there."
            before = _head_at(number)
    for key, sealed in foreign.items():
        yield (
            f"Not checked: {_named(sealed[0], sealed[-1])} ({len(sealed)} in all) by another SECRET_KEY, named {key}. "
            "Give it in OLD_SECRET_KEY, or set SECRET_KEY right."
        )
    yield from _without_seal(after)


def written_down(told: Head) -> Iterator[str]:
    """What does not fit a head that was kept elsewhere: the tail was cut off, or another trail was put in its place."""
    here = _head_at(told.number)
    if told.number > head().number:
        yield f"Cut off: the tail from seal {head().number + 1}, for seal {told.number} was written down."
    elif here.digest != told.digest:
        yield f"Forked: seal {told.number} here is another than the one that was written down, or is missing."


def late() -> Iterator[str]:
    """Rows that should be sealed by now."""
    waits_long = _WAITS & (AuditRow.created_at < clock.now() - LATE)
    query = select(func.count(), func.min(AuditRow.created_at)).where(waits_long)
    count, since = db.session().execute(query).one()
    if count:
        yield f"Not sealed: {count} audit rows, since {clock.iso(since)}. Does the clock process run?"


def _chained(found: Row[Any], before: Head) -> Iterator[str]:
    key = _keys.get(found.key)
    if key is not None and not hmac.compare_digest(_digest(found, key), found.digest):
        yield f"Edited: seal {found.id} is not as it was made, or stands in another one's place."
    elif found.id == before.number + 1 and found.previous != before.digest:
        yield f"Forked: seal {found.id} does not follow the seal {before.number} that is here."


def _rows_of(found: Row[Any]) -> Iterator[str]:
    """Hold the rows that are under a seal against those that were."""
    under = db.session().execute(select(_ROWS).where(AuditRow.seal == found.id))
    there = {row.id: _fingerprint(row) for row in under}
    place = f"seal {found.id} of {clock.iso(found.created_at)}"
    moved = select(AuditRow.id, AuditRow.seal).where(AuditRow.id.in_(found.rows.keys() - there))
    elsewhere = {row.id: row.seal for row in db.session().execute(moved)}
    for row_id in sorted(found.rows.keys() | there):
        if row_id not in found.rows:
            yield f"Added afterwards: audit row {row_id} under {place}."
        elif row_id in elsewhere:
            to = f"seal {elsewhere[row_id]}" if elsewhere[row_id] else "no seal"
            yield f"Moved: audit row {row_id} from {place} to {to}."
        elif row_id not in there:
            yield f"Deleted: audit row {row_id} under {place}."
        elif there[row_id] != found.rows[row_id]:
            yield f"Edited: audit row {row_id} under {place}."


def _without_seal(after: int) -> Iterator[str]:
    """Rows that are left of a seal after this one which is gone."""
    left = (AuditRow.seal > after) & ~exists().where(Seal.id == AuditRow.seal)
    query = select(AuditRow.seal, func.count()).where(left).group_by(AuditRow.seal)
    for number, count in db.session().execute(query.order_by(AuditRow.seal)):
        yield f"Without its seal: {count} audit rows say that they are under seal {number}, which is not here."


def _seal(number: int) -> Row[Any]:
    return db.session().execute(select(_SEALS).where(Seal.id == number)).one()


def _head_at(number: int) -> Head:
    found = db.session().scalar(select(Seal.digest).where(Seal.id == number))
    return Head(number, found or NONE.digest)


def _fingerprint(row: Row[Any]) -> str:
    """SHA-256 of what a row says: everything but its seal."""
    said = [row.id, row.actor, row.action, row.target_id, row.details, _moment(row.created_at)]
    return sha256(_canonical(said)).hexdigest()


def _digest(made: Seal | Row[Any], key: bytes) -> str:
    said = [made.id, made.previous, made.key, made.rows, _moment(made.created_at)]
    return hmac.digest(key, _canonical(said), "sha256").hex()


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")


def _canonical(said: Iterable[Any]) -> bytes:
    """The same bytes for the same values: keys in order, no spaces, ASCII."""
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _named(first: int, last: int) -> str:
    return f"seal {first}" if first == last else f"seals {first} to {last}"
