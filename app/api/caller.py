"""Who calls the API: a secret key, looked up by its hash and remembered for a moment."""

from __future__ import annotations

import hmac
import re
import time
from dataclasses import dataclass

from sqlalchemy import select

from app.errors import Unauthenticated
from app.keys import digest
from models import ApiKey, Merchant, db

# A lookup per request costs a quarter of the throughput; a revoked key works for this long at most.
REMEMBERED_S = 10.0
_MOST = 10_000

_HEADER = re.compile(r"Bearer +(sk_(?:test|live)_[0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """A merchant's server, by the key it uses."""

    key_id: str
    merchant_id: str
    merchant_name: str
    merchant_country: str
    sha256: str


_known: dict[str, tuple[float, Caller]] = {}


def identify(header: str | None) -> Caller:
    """The caller with this `Authorization` header. Raises Unauthenticated."""
    found = _HEADER.fullmatch(header or "")
    if found is None:
        raise Unauthenticated
    sha256 = digest(found[1])
    remembered = _known.get(sha256)
    if remembered is not None and remembered[0] > time.monotonic():
        return remembered[1]
    caller = _look_up(sha256)
    if len(_known) >= _MOST:
        _known.clear()
    _known[sha256] = (time.monotonic() + REMEMBERED_S, caller)
    return caller


def forget_all() -> None:
    """Look every key up again (a key was revoked in this process)."""
    _known.clear()


def _look_up(sha256: str) -> Caller:
    """What is looked up is the hash of 256 random bits: how long the look takes tells nothing about any key."""
    _known.pop(sha256, None)
    row = (
        db.session()
        .execute(
            select(ApiKey.id, ApiKey.merchant_id, Merchant.name, Merchant.country, ApiKey.sha256)
            .join(Merchant, Merchant.id == ApiKey.merchant_id)
            .where(ApiKey.sha256 == sha256, ApiKey.revoked_at.is_(None))
        )
        .one_or_none()
    )
    if row is None or not hmac.compare_digest(row.sha256, sha256):
        raise Unauthenticated
    return Caller(*row)
