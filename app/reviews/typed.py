"""What people type into the queue is kept for good: checked before it is."""

from __future__ import annotations

import unicodedata

from app.errors import Invalid, RawCardData
from app.pan import has_pan


def check_text(text: str, *, field: str | None = None) -> None:
    """Text of any number of lines, without signs that PostgreSQL refuses. Raises Invalid, RawCardData."""
    if any(char not in "\t\r\n" and unicodedata.category(char) == "Cc" for char in text):
        raise Invalid("There are characters in this that cannot be kept.", field=field)
    if has_pan(text):
        raise RawCardData(field=field)
