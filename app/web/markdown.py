"""A little Markdown as safe HTML: headings, paragraphs, lists and tables; everything else is text. No HTML passes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

_ROW = re.compile(r"^\|(.*)\|\s*$")
_RULE = re.compile(r"^[|\s:-]*-[|\s:-]*$")
_PICTURE = re.compile(r"!\[[^\]]*\]\(.*\)")
_INLINE = re.compile(r"\*\*(.+?)\*\*|`([^`]+)`")
# Drawings stand in a card as SVG; the pages make their own.
_DRAWING = re.compile(r"<svg\b.*?(?:</svg>|\Z)", re.DOTALL | re.IGNORECASE)
LONGEST = 200_000


def render(text: str, *, level: int = 2) -> Markup:
    """The text as HTML. `level`: the heading that `#` becomes."""
    lines = _DRAWING.sub("", text[:LONGEST]).splitlines()
    return Markup("\n").join(_blocks(lines, level))


def _blocks(lines: list[str], level: int) -> Iterator[Markup]:
    at = tables = 0
    while at < len(lines):
        line = lines[at].strip()
        end = at + 1
        if line.startswith("#"):
            depth = len(line) - len(line.lstrip("#"))
            yield Markup("<h{0}>{1}</h{0}>").format(
                min(depth + level - 1, 6), _inline(line.lstrip("#").strip())
            )
        elif _ROW.match(line):
            end = _until(lines, at, _ROW)
            tables += 1
            yield _table(lines[at:end], tables)
        elif line.startswith(("- ", "* ")):
            items: list[str] = []
            while at < len(lines) and lines[at].strip():
                part = lines[at].strip()
                if part.startswith(("- ", "* ")) or not items:
                    items.append(part[2:])
                else:
                    items[-1] += f" {part}"
                at += 1
            end = at
            inner = Markup().join(Markup("<li>{}</li>").format(_inline(one)) for one in items)
            yield Markup('<ul class="bullets">{}</ul>').format(inner)
        elif line:
            while end < len(lines) and _goes_on(lines[end]):
                end += 1
            words = " ".join(part.strip() for part in lines[at:end])
            if not _PICTURE.fullmatch(words):
                yield Markup("<p>{}</p>").format(_inline(words))
        at = end


def _goes_on(line: str) -> bool:
    """Whether a line belongs to the paragraph before it."""
    plain = line.strip()
    return bool(plain) and not plain.startswith(("#", "|", "- ", "* "))


def _until(lines: list[str], at: int, pattern: re.Pattern[str]) -> int:
    while at < len(lines) and pattern.match(lines[at].strip()):
        at += 1
    return at


def _table(lines: list[str], number: int) -> Markup:
    rows = [_cells(line) for line in lines if not _RULE.match(line.strip())]
    head, *body = rows
    has_head = any(head)  # a card's tables of two columns have none
    names = Markup().join(Markup('<th scope="col">{}</th>').format(_inline(cell)) for cell in head)
    inner = Markup().join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            _inline(row[0]),
            Markup().join(Markup("<td>{}</td>").format(_inline(c)) for c in row[1:]),
        )
        for row in body
    )
    top = Markup("<thead><tr>{}</tr></thead>").format(names) if has_head else Markup()
    return Markup(
        '<div class="scroll" role="region" aria-label="Table {}" tabindex="0"><table>{}<tbody>{}</tbody></table></div>'
    ).format(number, top, inner)


def _cells(line: str) -> list[str]:
    inner = line.strip()[1:-1].replace("\\|", "\0")
    return [cell.strip().replace("\0", "|") for cell in inner.split("|")]


def _inline(text: str) -> Markup:
    parts: list[Markup] = []
    at = 0
    for found in _INLINE.finditer(text):
        parts.append(escape(text[at : found.start()]))
        tag, words = ("strong", found[1]) if found[1] else ("code", found[2])
        parts.append(Markup("<{0}>{1}</{0}>").format(tag, words))
        at = found.end()
    return Markup().join([*parts, escape(text[at:])])
