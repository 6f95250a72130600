"""Ids: `pay_` and 26 or 42 characters that sort by time and cannot be guessed."""

from __future__ import annotations

import os
import time
from datetime import timedelta

from models import clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32, lower case
_MICROSECOND = timedelta(microseconds=1)
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]

# prefix → what it names. Ids in public URLs carry 148 random bits (OWASP ASVS 5.0, 11.5.1 asks for
# 128); the others 68, because a key or a session stands in front of them.
PREFIXES = {
    "mer": "merchant",
    "key": "API key",
    "ord": "order",
    "cs": "checkout session",
    "lnk": "payment link",
    "pay": "payment",
    "att": "attempt",
    "cap": "capture",
    "voi": "void",
    "re": "refund",
    "dsp": "dispute",
    "tok": "payment token",
    "ent": "ledger entry",
    "evt": "event",
    "pev": "provider event",
    "idk": "idempotency key",
    "dlv": "delivery",
    "per": "period",
    "aud": "audit row",
    "case": "reconciliation case",
    "req": "request",
    "usr": "user",
    "sig": "sighting",
    "asm": "risk assessment",
    "lab": "label",
    "efw": "early fraud warning",
    "pol": "risk policy",
    "rul": "risk rule",
    "itm": "list item",
    "mdl": "risk model",
    "rev": "review",
    "note": "note of a review",
    "view": "saved view",
    "cus": "customer",
    "cgt": "customer gateway token",
    "sm": "saved method",
    "man": "mandate",
    "set": "setup",
    "code": "e-mail code",
    "mail": "mail",
}
_LONG = {"cs", "lnk", "tok"}


def _base32(number: int, length: int) -> str:
    """An even number of characters, two at a time."""
    pairs = []
    for _ in range(length // 2):
        pairs.append(_PAIRS[number & 1023])
        number >>= 10
    return "".join(reversed(pairs))


def new_id(prefix: str) -> str:
    """A fresh id such as `pay_01kahz3q8v…`: 60 bits of time, then 68 (or 148) random ones.

    Time counts to a quarter of a microsecond: of two ids made one after the other, the first sorts first.
    """
    if prefix not in PREFIXES:
        raise KeyError(prefix)
    size = 20 if prefix in _LONG else 10
    # Not clock.now(): the order of ids must not depend on what a test sets back. The shared clock never goes back.
    ms, ns = divmod(time.time_ns() + clock.ahead() // _MICROSECOND * 1000, 1_000_000)
    # The leftmost random bits give way to a finer clock (RFC 9562, 6.2, method 3).
    fraction = (ns * 4096 // 1_000_000) << (size * 8 - 12)
    random = fraction | (int.from_bytes(os.urandom(size), "big") >> 12)
    return f"{prefix}_{_base32(ms, 10)}{_base32(random, size * 8 // 5)}"


def is_id(text: str, prefix: str) -> bool:
    """Whether `text` has the shape of an id of this kind."""
    head, _, tail = text.partition("_")
    length = 42 if prefix in _LONG else 26
    return head == prefix and len(tail) == length and all(c in _ALPHABET for c in tail)


def made_at(some_id: str) -> int:
    """When an id was made, in whole seconds since 1970."""
    number = 0
    for char in some_id.partition("_")[2][:10]:
        number = number * 32 + _ALPHABET.index(char)
    return number // 1000
