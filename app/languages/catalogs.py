"""The catalogs, a .po file per language: what a text reads there, and how its values are put in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from pathlib import Path

from babel.messages import Message
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from app.languages.table import PSEUDO, SOURCE, direction

FOLDER = Path(__file__).parent
TEMPLATE = FOLDER / "texts.pot"  # every text, and the files that say it
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Unicode's isolates: a value of the other direction must not tear the sentence around it apart.
ISOLATE = "\u2068{}\u2069"
ACCENTED = str.maketrans("aeiouycnszAEIOUYCNSZ", "áéíóúýçñšžÁÉÍÓÚÝÇÑŠŽ")
LONGER = 3  # a translation may be a third longer than English


def N_(msgid: str) -> str:  # noqa: N802 -- gettext's own name
    """Only mark a text for the catalogs; `_` or `text` translates it where it is shown."""
    return msgid


def text(language: str, msgid: str, **values: object) -> str:
    """What `msgid` says in a language, `{name}` replaced by values. With Markup among them the answer is Markup."""
    return fill(language, unfilled(language, msgid), values) if msgid else ""


def unfilled(language: str, msgid: str) -> str:
    """The same with its placeholders, for somebody else to fill in."""
    if language == PSEUDO:
        return pseudo(msgid)
    told = () if language == SOURCE else catalog(language).texts.get(msgid, ())
    return (told and told[0]) or msgid


def plural(language: str, one: str, many: str, count: int, **values: object) -> str:
    """The same for something counted: the form that the language has for `count`, which is `{count}` in it."""
    told: tuple[str, ...] = ()
    if language not in (SOURCE, PSEUDO):
        found = catalog(language)
        forms = found.texts.get(one, ())
        told = forms[found.form(count) :][:1] if len(forms) > 1 else forms
    english = one if count == 1 else many
    said = pseudo(english) if language == PSEUDO else (told and told[0]) or english
    return fill(language, said, {"count": count, **values})


def script_texts(language: str, *scripts: str) -> dict[str, str]:
    """What the modules of a page say: English → the language's text. `scripts`: names of files in static/."""
    if language == SOURCE:
        return {}
    wanted = {f"static/{name}" for name in scripts}
    return {msgid: unfilled(language, msgid) for msgid, files in places().items() if wanted & files}


def fill(language: str, template: str, values: Mapping[str, object]) -> str:
    """Put the values in; in a language written from right to left each is isolated from the sentence."""
    if not values:
        return template
    if direction(language) == "rtl":
        values = {
            name: value if isinstance(value, Markup) else ISOLATE.format(value)
            for name, value in values.items()
        }
    if any(isinstance(value, Markup) for value in values.values()):
        return escape(template).format_map(values)
    return template.format_map(values)


def pseudo(msgid: str) -> str:
    """English in disguise: accented, a third longer, between marks."""
    parts = PLACEHOLDER.split(msgid)  # text and names of placeholders by turns
    disguised = [f"{{{p}}}" if i % 2 else p.translate(ACCENTED) for i, p in enumerate(parts)]
    return f"[!!! {''.join(disguised)} {'·' * (len(msgid) // LONGER)} !!!]"


@dataclass(frozen=True, slots=True)
class Catalog:
    """One language: English → the forms of its text, and which of them a number takes."""

    texts: Mapping[str, tuple[str, ...]]
    form: Callable[[int], int]


@cache
def catalog(language: str) -> Catalog:
    """Read a language's file, once per process (a few milliseconds). Raises FileNotFoundError."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        found = read_po(file, locale=language, abort_invalid=True)
    texts = {}
    for message in found:
        said = message.string or ""
        texts[english(message)] = (said,) if isinstance(said, str) else tuple(said)
    return Catalog(texts, c2py(found.plural_expr))


@cache
def places() -> Mapping[str, frozenset[str]]:
    """English → the files that say it."""
    with TEMPLATE.open("rb") as file:
        found = read_po(file, abort_invalid=True)
    return {english(m): frozenset(path for path, _line in m.locations) for m in found}


def english(message: Message) -> str:
    """The text by which a message is found: of something counted, the singular."""
    return message.id if isinstance(message.id, str) else message.id[0]
