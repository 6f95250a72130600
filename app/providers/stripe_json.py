"""Stripe's JSON, read with suspicion: what is missing or does not fit is no answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app.providers.base import Unanswered

Json = Mapping[str, Any]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Take a missing field, or one of the wrong kind, for no answer. Raises Unanswered."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise Unanswered(f"{what} makes no sense: {type(error).__name__} {error}") from None


def contradicts(what: str) -> Unanswered:
    return Unanswered(f"Stripe's answer contradicts what was asked: {what}")


def whole(value: Any) -> Json:
    """An expanded object; nothing where Stripe sent an id or null."""
    return value if isinstance(value, Mapping) else {}


def id_of(value: Any) -> str | None:
    """The id of an object that may or may not be expanded."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return found if isinstance(found, str) else None
