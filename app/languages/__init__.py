"""What people read, in their language: texts, amounts and times. No Flask: pages and mails use the same words.

`_("Pay {merchant}", merchant=name)` is the text in the language that `speak` or `speaking` set last, as a request or a
mail begins. `N_("…")` only marks a text of a table, for `make languages` to find; `_` is called on it later. What
takes `language` as its first argument needs nothing to be set. See docs/languages.md.
"""

from app.languages.catalogs import N_, plural, script_texts, text
from app.languages.choice import choose, known
from app.languages.formats import decimal, moment, money, percent, symbol
from app.languages.spoken import _, language, ngettext, speak, speaking
from app.languages.table import LANGUAGES, PSEUDO, SOURCE, direction

__all__ = [
    "LANGUAGES",
    "N_",
    "PSEUDO",
    "SOURCE",
    "_",
    "choose",
    "decimal",
    "direction",
    "known",
    "language",
    "moment",
    "money",
    "ngettext",
    "percent",
    "plural",
    "script_texts",
    "speak",
    "speaking",
    "symbol",
    "text",
]  # fmt: skip
