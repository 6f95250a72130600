"""The language in which the work at hand speaks: set as a request or a mail begins, asked by every text in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.languages import catalogs
from app.languages.table import SOURCE

_spoken: ContextVar[str] = ContextVar("language", default=SOURCE)


def language() -> str:
    """The language that is spoken now."""
    return _spoken.get()


def speak(chosen: str) -> None:
    """Speak this language from now on. For work that ends by itself; else see `speaking`."""
    _spoken.set(chosen)


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Speak this language within the block, and the one before after it, whatever was set inside."""
    before = _spoken.get()
    _spoken.set(chosen)
    try:
        yield
    finally:
        _spoken.set(before)


def _(msgid: str, **values: object) -> str:
    """The text in the language that is spoken now."""
    return catalogs.text(_spoken.get(), msgid, **values)


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """The same for something counted: `ngettext("{count} day", "{count} days", 3)`."""
    return catalogs.plural(_spoken.get(), one, many, count, **values)
