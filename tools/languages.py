"""`make languages`: bring every catalog in step with the code. `--check` only says what is missing or wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

from app.languages.catalogs import FOLDER, PLACEHOLDER, TEMPLATE, english
from app.languages.table import LANGUAGES, SOURCE
from tools import ROOT

# Files that speak to people, and what reads them. Staff pages are in English.
SOURCES = (
    ("app/**/*.py", "python"),
    ("templates/checkout/*.html", "jinja2.ext:babel_extract"),
    ("templates/errors/*.html", "jinja2.ext:babel_extract"),
    ("templates/mail/*", "jinja2.ext:babel_extract"),
    ("static/*.js", "javascript"),
)
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
COMMENT = "Translators:"  # what stands behind it above a text is copied into the catalogs
MARKUP = frozenset("<>&")
LONG = 4  # words; a shorter text may read the same in two languages


def main(arguments: list[str]) -> int:
    """Write the catalogs anew and name what is to be translated, or with `--check` only look."""
    is_check = arguments == ["--check"]
    found = extract()
    told = list(keep(TEMPLATE, template(found), write=not is_check))
    told += [fault for code in others() for fault in bring_up(code, found, write=not is_check)]
    print("\n".join(told) or f"{len(found)} texts in {len(LANGUAGES)} languages.")
    return 1 if told else 0


def others() -> list[str]:
    """The languages that have a catalog: all but the one the texts are written in."""
    return [code for code in LANGUAGES if code != SOURCE]


def extract() -> Catalog:
    """Every text that is marked in the code, with the files it stands in."""
    found = Catalog()
    for pattern, method in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            where = path.relative_to(ROOT).as_posix()
            for line, msgid, comments, _context in extract_from_file(
                method, path, KEYWORDS, (COMMENT,), strip_comment_tags=True
            ):
                found.add(msgid, locations=[(where, line)], auto_comments=comments)
    return found


def bring_up(code: str, found: Catalog, *, write: bool) -> Iterator[str]:
    """What is wrong with a language's catalog. With `write` it has the texts of the code afterwards, and no others."""
    path = FOLDER / f"{code}.po"
    known = read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=code)
    now = Catalog(locale=code)
    for message in texts(found):
        old = known.get(english(message))
        same = old is not None and old.id == message.id
        now.add(
            message.id,
            old.string if old is not None and same else "",
            flags=old.flags if old is not None and same else (),
            auto_comments=message.auto_comments,
        )
    yield from keep(path, written(now, code), write=write)
    for message in texts(now):
        yield from (f"{path.name}: {fault}" for fault in faults(message, get_plural(code)[0]))


def keep(path: Path, content: bytes, *, write: bool) -> Iterator[str]:
    """Write a file, or say that it is not what it should be."""
    if write:
        path.write_bytes(content)
    elif not path.exists() or path.read_bytes() != content:
        yield f"{path.name} is not in step with the code: make languages"


def texts(catalog: Catalog) -> Iterator[Message]:
    """The messages of a catalog without its header."""
    return (message for message in catalog if message.id)


def faults(message: Message, forms: int) -> Iterator[str]:
    """What is wrong with one translation."""
    asked = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    told = message.string or ""
    said = (told,) if isinstance(told, str) else tuple(told)
    name = f"“{english(message)}”"
    if not all(said):
        yield f"{name} is not translated"
        return
    if message.fuzzy:
        yield f"{name} is marked fuzzy"
    if len(asked) > 1 and len(said) != forms:
        yield f"{name} needs {forms} plural forms"
    wanted = set(PLACEHOLDER.findall(asked[-1]))
    for form in said:
        has = set(PLACEHOLDER.findall(form))
        if has != wanted and not (len(asked) > 1 and has == wanted - {"count"}):
            yield f"{name} has {sorted(wanted)} in braces, its translation {sorted(has)}"
        if form.count("{") != len(PLACEHOLDER.findall(form)) or form.count("}") != form.count("{"):
            yield f"{name}: a brace belongs to no placeholder"
        if MARKUP & set(form) or form != form.strip():
            yield f"{name}: no markup and no space at the ends"
        if form in asked and len(form.split()) >= LONG:
            yield f"{name} reads as in English"


def template(found: Catalog) -> bytes:
    """Every text with the files that say it, to begin a language with; pages ask it what their scripts say."""
    now = Catalog()
    for message in texts(found):
        files = sorted({path for path, _line in message.locations})
        now.add(
            message.id,
            locations=[(path, 0) for path in files],
            auto_comments=message.auto_comments,
        )
    return HEAD.encode() + rows(now)


def written(catalog: Catalog, code: str) -> bytes:
    """The file of a catalog: nothing in it changes unless a text does."""
    forms, rule = get_plural(code)
    plural = f'"Plural-Forms: nplurals={forms}; plural={rule};\\n"\n\n'
    head = f'# {LANGUAGES[code]}\n{HEAD.rstrip()}\n"Language: {code}\\n"\n{plural}'
    return head.encode() + rows(catalog)


HEAD = """\
# `make languages` keeps the list of texts; people write what stands after msgstr.
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

"""


def rows(catalog: Catalog) -> bytes:
    """The messages as a .po file has them."""
    body = BytesIO()
    write_po(body, catalog, width=0, omit_header=True, sort_output=True, include_lineno=False)
    return body.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
