"""The text of a rule, cut into words that know where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_CHARACTERS = 2_000
MOST_DIGITS = 15  # what a double holds exactly


class RuleError(ValueError):
    """A rule that cannot be read: why, and at which column (the first is 1)."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.message = message
        self.column = column


@dataclass(frozen=True, slots=True)
class Token:
    """A word. `kind`: metadata, attribute, list, text, number, operator, mark, word, or end."""

    kind: str
    text: str
    column: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else f"“{self.text}”"


_TOKEN = re.compile(
    r"""
      (?P<blank>     \s+                                     )
    | (?P<metadata>  ::[^:\s'"()@,]{1,40}::                  )
    | (?P<attribute> :[A-Za-z_][A-Za-z0-9_]{0,60}:           )
    | (?P<list>      @[A-Za-z_][A-Za-z0-9_]*                 )
    | (?P<text>      '[^'\n]*' | "[^"\n]*"                   )
    | (?P<word>      3[dD][sS]\b | [A-Za-z_][A-Za-z0-9_]*    )
    | (?P<number>    -?[0-9]+(?:\.[0-9]+)?                   )
    | (?P<operator>  != | <> | <= | >= | == | [=<>]          )
    | (?P<mark>      [(),]                                   )
    """,
    re.VERBOSE,
)

# What people write, and what to write instead.
_INSTEAD = (
    (re.compile(r"['\"]"), "This text has no end: close it with the same quote."),
    (re.compile(r"::"), "Metadata is written ::key::, without blanks."),
    (re.compile(r":"), "An attribute is written between colons: :card_country:."),
    (re.compile(r"@"), "A list is written @name: small letters, digits and _."),
    (re.compile(r"&|\|"), "Write and, or, not."),
    (re.compile(r"!"), "Write not, or != for “different from”."),
    (re.compile(r"[€$£¥]"), "Write the amount with its currency code: 500 EUR."),
)


def tokens(text: str) -> list[Token]:
    """The words of a rule, the last of kind `end`. Raises RuleError."""
    if len(text) > MOST_CHARACTERS:
        raise RuleError(f"A rule has at most {MOST_CHARACTERS:,} characters.", MOST_CHARACTERS)
    found = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise RuleError(_advice(text, at), at + 1)
        kind = str(match.lastgroup)
        if kind != "blank":
            found.append(_token(kind, match.group(), at + 1))
        at = match.end()
    found.append(Token("end", "", max(len(text), 1)))
    return found


def _token(kind: str, text: str, column: int) -> Token:
    if kind == "number" and sum(c.isdigit() for c in text) > MOST_DIGITS:
        raise RuleError(f"A number has at most {MOST_DIGITS} digits.", column)
    if not text.isprintable():
        raise RuleError("There are characters here that cannot be seen.", column)
    return Token(kind, text, column)


def _advice(text: str, at: int) -> str:
    for pattern, advice in _INSTEAD:
        if pattern.match(text, at):
            return advice
    return f"“{text[at]}” means nothing here." if text[at].isprintable() else "This is no text."
