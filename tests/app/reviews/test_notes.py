import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from app.errors import Invalid, NotFound, RawCardData
from app.reviews import notes
from app.reviews.errors import FileRefused
from models import ReviewNote, db
from tests.app.reviews.held import held

BY = {"by": "usr_a", "scope": None}
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 20


@pytest.mark.parametrize(
    ("content", "kind", "ending"),
    [
        (b"%PDF-1.7\n...", "application/pdf", "pdf"),
        (PNG, "image/png", "png"),
        (JPEG, "image/jpeg", "jpg"),
        ("Grüße\n\tfrom the bank".encode(), "text/plain", "txt"),
        (b"<script>alert(1)</script>", "text/plain", "txt"),  # which it is, and served as such
        (b"x" * notes.MOST_BYTES, "text/plain", "txt"),
    ],
)
def test_a_file_is_what_its_bytes_say(till, content, kind, ending):
    review = held(till)
    line = notes.attach(review.id, "proof.exe", content, **BY)
    assert (line.file_type, line.file_name) == (kind, f"proof.{ending}")
    assert notes.file_of(review.id, line.id, scope=None).file == content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x" * (notes.MOST_BYTES + 1),
        b"MZ\x90\x00",
        b"PK\x03\x04",
        b"GIF89a\x00",
        b"a\x00b",
        b"\xff\xfe",
    ],
)
def test_other_files_are_refused(till, content):
    with pytest.raises(FileRefused):
        notes.attach(held(till).id, "x.pdf", content, **BY)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("C:\\temp\\call.log", "call.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "a_Set-Cookie_ x_1.txt"),
        ("", "file.txt"),
        ("...", "file.txt"),
        ("Rechnung März (2).pdf", "Rechnung März (2).txt"),
        ("x" * 300 + ".txt", "x" * 80 + ".txt"),
        ("\u202egpj.exe", "gpj.txt"),
    ],
)
def test_a_name_is_only_a_name(name, safe):
    assert notes.safe_name(name, "txt") == safe


def test_card_numbers_are_kept_out_of_comments_and_files(till):
    review = held(till)
    for say in (
        lambda: notes.comment(review.id, "it was 4242 4242 4242 4242", **BY),
        lambda: notes.attach(review.id, "x.txt", b"4242424242424242", **BY),
        lambda: notes.attach(review.id, "4242424242424242.txt", b"x", **BY),
    ):
        with pytest.raises(RawCardData):
            say()


def test_a_comment_has_a_length(till):
    review = held(till)
    for text in ("", "  \n", "x" * (notes.LONGEST + 1)):
        with pytest.raises(Invalid):
            notes.comment(review.id, text, **BY)
    assert notes.comment(review.id, " @bob look ", **BY).text == "@bob look"


def test_a_case_has_so_many_files(till, monkeypatch):
    monkeypatch.setattr(notes, "MOST_FILES", 2)
    review = held(till)
    for _ in range(2):
        notes.attach(review.id, "x.txt", b"x", **BY)
    with pytest.raises(FileRefused):
        notes.attach(review.id, "x.txt", b"x", **BY)


def test_a_file_belongs_to_its_case(till):
    one, other = held(till), held(till)
    line = notes.attach(one.id, "x.txt", b"x", **BY)
    said = notes.comment(one.id, "no file", **BY)
    for review_id, note_id in ((other.id, line.id), (one.id, said.id), (one.id, "note_nothing")):
        with pytest.raises(NotFound):
            notes.file_of(review_id, note_id, scope=None)


def test_history_is_immutable(till):
    review = held(till)
    notes.comment(review.id, "said", **BY)
    table = ReviewNote.__table__
    for change in (update(table).values(text="never said"), delete(table)):
        with pytest.raises(DBAPIError), db.transaction() as session:
            session.execute(change)
    assert [line.text for line in notes.history(review)][-1] == "said"
