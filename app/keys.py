"""API keys: made here, shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets

from models import ApiKey, db
from models.ids import new_id


def new(merchant_id: str, *, name: str, live: bool) -> str:
    """Make a key in the open transaction and return it: `sk_test_` or `sk_live_` and 256 random bits."""
    key = f"sk_{'live' if live else 'test'}_{secrets.token_hex(32)}"
    db.insert(
        ApiKey(
            id=new_id("key"), merchant_id=merchant_id, sha256=digest(key), hint=key[-4:], name=name
        )
    )
    return key


def digest(key: str) -> str:
    """What is kept of a key. A plain hash will do: there are 256 random bits to guess, not a password."""
    return hashlib.sha256(key.encode()).hexdigest()
