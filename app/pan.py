"""Card numbers: found wherever they turn up, so that they can be refused and kept out of the logs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

# Digits, up to two spaces or dashes between them, not inside a longer run of letters and digits. What follows a + is a
# telephone number, what follows a digit and a point is a fraction.
_RUN = re.compile(r"(?<![\w+])(?<!\d\.)\d+(?:[ \t-]{1,2}\d+)*(?!\w)")
_GROUP = re.compile(r"\d+")
# Other signs stand between the digits of a card only where a card has its gaps: 4242.4242.4242.4242.
_GROUPED = re.compile(
    r"(?<![\d./_,])\d{4}([./_,])(?:\d{4}\1\d{4}\1\d{4}|\d{6}\1\d{5})(?![./_,]?\d)"
)
_SHORTEST, _LONGEST = 13, 19

# How the networks' numbers begin, and how long they are (ISO/IEC 7812-1, the networks' BIN tables). Without it every
# tenth 16-digit time stamp of this millennium would pass for a card.
_NETWORKS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[689]\d)\d{11,16}"  # Diners Club
    r"|35\d{14,17}"  # JCB
    r"|(?:6\d|5[0678])\d{14,17}"  # Discover, UnionPay, Maestro, RuPay
    r"|220[0-4]\d{12,15}"  # Mir
)
_CARD_FIELDS = frozenset(
    [
        "card",
        "card_number",
        "cardnumber",
        "number",
        "cvc",
        "cvv",
        "cvv2",
        "pan",
        "exp_month",
        "exp_year",
        "track_data",
    ]
)


def luhn(digits: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def has_pan(text: str) -> bool:
    """Whether the text contains what can only be taken for a card number."""
    return len(text) >= _SHORTEST and next(_cards(text), None) is not None


def redact(text: str) -> str:
    """The text with every card number replaced by `[card number removed]`."""
    parts, at = [], 0
    for start, end in _cards(text):
        parts += [text[at:start], "[card number removed]"]
        at = end
    return "".join([*parts, text[at:]])


def _cards(text: str) -> Iterator[tuple[int, int]]:
    """Where the card numbers stand. One may be followed by its expiry or its security code: `4242 … 4242 12 27 123`."""
    text = _plain(text)
    for run in _RUN.finditer(text):
        groups = list(_GROUP.finditer(text, run.start(), run.end()))
        after = 0
        for place, first in enumerate(groups):
            end = _card_end(groups[place:]) if first.start() >= after else 0
            if end:
                yield first.start(), end
                after = end


def _plain(text: str) -> str:
    """The same text, every sign in its place, with digits, spaces and dashes of other alphabets as ASCII has them."""
    if not text.isascii():
        text = "".join(char if char.isascii() else _plain_sign(char) for char in text)
    return _GROUPED.sub(lambda found: found.group().replace(found[1], " "), text)


def _plain_sign(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    return {"Zs": " ", "Cf": " ", "Pd": "-"}.get(kind, char)


def _card_end(groups: list[re.Match[str]]) -> int:
    """Where a card number ends that begins with the first group; 0 if none does."""
    digits, end = "", 0
    for group in groups[:_LONGEST]:
        digits += group.group()
        if len(digits) > _LONGEST:
            break
        if _NETWORKS.fullmatch(digits) and luhn(digits):
            end = group.end()
    return end


def find(value: Any, path: str = "") -> str | None:
    """The path of the first card field or card number in a JSON value, such as `metadata.note`; else None."""
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            if str(key).lower() in _CARD_FIELDS or has_pan(str(key)):
                return here
            if (found := find(inner, here)) is not None:
                return found
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            if (found := find(inner, f"{path}.{index}")) is not None:
                return found
    elif (isinstance(value, str) and has_pan(value)) or (
        isinstance(value, int)
        and not isinstance(value, bool)
        and value > 10**12
        and has_pan(str(value))
    ):
        return path
    return None
