"""What an import is made of: attempts and disputes as exports tell them, what comes out, and what was wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from risk.facts import Facts
from risk.past import Sighting

# Problems that are kept one by one; beyond it they are only counted.
_KEPT = 200


class BadFile(Exception):
    """A file that cannot be read as an export at all. The message says why, and what to do."""


class BadValue(ValueError):
    """A cell that cannot be read. The message says what to write instead; it never repeats the cell."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell or line that was not taken. `column` is the header as the file writes it; empty: the whole line."""

    file: str
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.message}"


class Problems:
    """Everything that was not taken: the first of them word for word, all of them counted."""

    def __init__(self) -> None:
        self.first: list[Problem] = []
        self.counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, file: str, line: int, column: str, message: str) -> None:
        if len(self.first) < _KEPT:
            self.first.append(Problem(file, line, column, message))
        self.counts[file, column, message] += 1

    def __len__(self) -> int:
        return self.counts.total()


def _as_they_are(facts: Facts) -> Facts:
    return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What reading needs to know and `risk` does not: the caller brings it, so that live and imported are the same.

    `exponent`: decimals of a currency by ISO 4217; raises ValueError for a code that is none.
    `holds_card`: whether a text contains what can only be a card number.
    `identities`: the opaque keys of card, e-mail, IP and device, as the live history has them.
    `is_soft`: whether another try may help after a decline, told by the provider's word for it.
    `complete`: adds to the facts what can be looked up (the country of an IP, a disposable e-mail domain).
    """

    exponent: Callable[[str], int]
    holds_card: Callable[[str], bool]
    identities: Callable[[Facts], Mapping[str, str | None]]
    is_soft: Callable[[str | None], bool]
    complete: Callable[[Facts], Facts] = _as_they_are


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to pay, as an export tells it. `facts` has the names of `Facts`; `answer` what was known afterwards."""

    provider: str
    ref: str
    """The provider's id of the try: a charge, a transaction."""
    at_ms: int
    amount_minor: int
    currency: str
    outcome: str
    """`ok`, `soft` or `hard`: the kinds of `risk.past`."""
    group: str | None = None
    """The provider's id of what was paid for: tries of one payment share it."""
    refunded_ms: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    judged: list[Any] | None = None
    """[is_fraud, happened_ms, known_ms, reference], where the same line tells it."""
    where: list[Any] = field(default_factory=list)
    """[file, line]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What a file tells of a try that stands in another line: it was fraud, or it was refunded."""

    provider: str
    ref: str
    kind: str
    """`fraud` or `refund`."""
    at_ms: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Label:
    """What was learnt of an attempt, and when: training may use it only from `known_ms` on. Source: `import`."""

    is_fraud: bool
    happened_ms: int
    known_ms: int
    reference: str
    source: str = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One attempt of the past. The ids are made from the provider's, so that importing twice changes nothing."""

    attempt_id: str
    payment_id: str
    provider: str
    provider_ref: str
    facts: Facts
    """What was known before the provider was asked, `past` included."""
    answered: Facts
    """The same, with the checks that the provider answered: the second look."""
    outcome: str
    labels: tuple[Label, ...]
    sightings: tuple[Sighting, ...]
    """The lines of the history: the try, its outcome, what was learnt of it later."""
    file: str
    line: int


def identifier(prefix: str, *parts: str) -> str:
    """An id that is the same whenever it is made from the same parts."""
    digest = blake2b("\0".join(parts).encode(), digest_size=13).hexdigest()
    return f"{prefix}_{digest}"


def answered(facts: Facts, answer: Mapping[str, Any]) -> Facts:
    """The facts of the second look."""
    return replace(facts, **answer) if answer else facts
