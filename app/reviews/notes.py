"""What people add to a case: comments and files. Its history is appended to and never changed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import defer

from app.errors import Invalid, NotFound
from app.reviews.errors import FileRefused
from app.reviews.find import lock_case, own_case
from app.reviews.open import note
from app.reviews.typed import check_text
from models import Review, ReviewNote, db
from models.ids import new_id

LONGEST = 4000
MOST_BYTES = 1_000_000
MOST_FILES = 20


def _is_text(content: bytes) -> bool:
    """UTF-8 without signs that steer anything but lines."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(char in "\t\r\n" or unicodedata.category(char) != "Cc" for char in text)


# What a file may be, told by its first bytes and never by its name: type → ending, and the test.
_TYPES: Mapping[str, tuple[str, Callable[[bytes], bool]]] = {
    "application/pdf": ("pdf", lambda content: content.startswith(b"%PDF-")),
    "image/png": ("png", lambda content: content.startswith(b"\x89PNG\r\n\x1a\n")),
    "image/jpeg": ("jpg", lambda content: content.startswith(b"\xff\xd8\xff")),
    "text/plain": ("txt", _is_text),
}


def comment(review_id: str, text: str, *, by: str, scope: str | None) -> ReviewNote:
    """Say something about a case; `@name` stays as it is typed. Raises NotFound, Invalid, RawCardData."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise Invalid(f"A comment has from 1 to {LONGEST} characters.", field="text")
    check_text(text, field="text")
    with db.transaction():
        return note(lock_case(review_id, scope), "comment", text, by=by)


def attach(review_id: str, name: str, content: bytes, *, by: str, scope: str | None) -> ReviewNote:
    """Keep a file with a case. What it is, its bytes say. Raises NotFound, FileRefused, RawCardData."""
    kind = _kind(content)
    if kind == "text/plain":
        check_text(content.decode("utf-8"))
    check_text(name)
    with db.transaction():
        review = lock_case(review_id, scope)
        there = select(func.count()).where(
            ReviewNote.review_id == review.id, ReviewNote.kind == "file"
        )
        if (db.session().scalar(there) or 0) >= MOST_FILES:
            raise FileRefused(f"A case can have {MOST_FILES} files.", field="file")
        line = ReviewNote(
            id=new_id("note"),
            review_id=review.id,
            author=by,
            kind="file",
            file_name=safe_name(name, _TYPES[kind][0]),
            file_type=kind,
            file=content,
            details={"bytes": len(content)},
        )
        db.insert(line)
        return line


def _kind(content: bytes) -> str:
    if not 0 < len(content) <= MOST_BYTES:
        raise FileRefused(field="file")
    for kind, (_ending, fits) in _TYPES.items():
        if fits(content):
            return kind
    raise FileRefused(field="file")


def safe_name(name: str, ending: str) -> str:
    """A name without folders and strange signs, and with the ending of what the file is."""
    last = unicodedata.normalize("NFKC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", last)
    stem = re.sub(r"[^\w .()-]+", "_", stem).strip(" ._-")[:80].rstrip(" ._-")
    return f"{stem or 'file'}.{ending}"


def file_of(review_id: str, note_id: str, *, scope: str | None) -> ReviewNote:
    """A file of a case, with its bytes. Raises NotFound."""
    own_case(review_id, scope)
    line = db.session().get(ReviewNote, note_id)
    if line is None or line.review_id != review_id or line.file is None:
        raise NotFound
    return line


def history(review: Review) -> list[ReviewNote]:
    """Everything done to and said about a case, oldest first, without the bytes of its files."""
    lines = (
        select(ReviewNote)
        .where(ReviewNote.review_id == review.id)
        .order_by(ReviewNote.id)
        .options(defer(ReviewNote.file))
    )
    return list(db.session().scalars(lines))
