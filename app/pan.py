"""Card numbers: found wherever they turn up, so that they can be refused and kept out of the logs."""

from __future__ import annotations

import re
from typing import Any

# 13 to 19 digits, spaces or dashes between them allowed (ISO/IEC 7812-1), not inside a longer run of
# letters or digits, beginning as the card networks' numbers do.
_CANDIDATE = re.compile(r"(?<![\w.])[2-6](?:[ -]?\d){12,18}(?![\w])")
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
    if len(text) < 13:
        return False
    return any(luhn(re.sub(r"\D", "", found.group())) for found in _CANDIDATE.finditer(text))


def redact(text: str) -> str:
    """The text with every card number replaced by `[card number removed]`."""
    return _CANDIDATE.sub(
        lambda found: (
            "[card number removed]" if luhn(re.sub(r"\D", "", found.group())) else found.group()
        ),
        text,
    )


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
