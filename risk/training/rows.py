"""What a model learns from: an attempt's stored facts, and what was learnt of it, each with the moment it was known."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

from risk import features
from risk.facts import Facts

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True, slots=True)
class Label:
    """Fraud or good, from whom, since when known, and how much it counts."""

    is_fraud: bool
    source: str
    """`dispute`, `warning`, `analyst`, `refund`, `decline`, `quiet` or `import`."""
    known_ms: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Row:
    """One look at one attempt."""

    attempt: str
    facts: Facts
    labels: tuple[Label, ...] = ()
    chance: float = 1.0
    """With which probability the attempt got the outcome that let its label be learnt (exploration)."""
    moment: str = BEFORE


@dataclass(frozen=True, slots=True)
class Example:
    """A row as training keeps it: the features instead of the facts, a tenth of the memory."""

    attempt: str
    moment: str
    at_ms: int
    currency: str
    amount_minor: int
    labels: tuple[Label, ...]
    chance: float
    x: array[float]


@dataclass(frozen=True, slots=True)
class Known:
    """An example of which enough is known to learn from it."""

    example: Example
    is_fraud: bool
    weight: float

    @property
    def at_ms(self) -> int:
        return self.example.at_ms


def example(row: Row) -> Example:
    facts = row.facts
    if not 0 < row.chance <= 1:
        message = f"{row.attempt}: a chance of {row.chance} is none"
        raise ValueError(message)
    return Example(
        row.attempt, row.moment, facts.at_ms, facts.currency, facts.amount_minor, row.labels,
        row.chance, array("d", features.vector(facts)),
    )  # fmt: skip


def verdict(labels: Iterable[Label], as_of_ms: int) -> Label | None:
    """What stands at a moment: the weightiest label known by then, of equal ones the newest, of those fraud."""
    known = [label for label in labels if label.known_ms <= as_of_ms and label.weight > 0]
    return max(known, key=lambda one: (one.weight, one.known_ms, one.is_fraud), default=None)


def closed(examples: Iterable[Example], *, as_of_ms: int, quiet_ms: int) -> list[Known]:
    """What may be learnt from at a moment, oldest first: labelled, and old enough that silence has a meaning.

    Fraud is told of earlier than its absence. Days of which only the fraud is known yet would teach that new payments
    are bad, so they wait as a whole. A row without a label stays unknown. The weight: how much the label counts, over
    the chance with which it could be learnt at all.
    """
    found = [
        Known(one, label.is_fraud, label.weight / one.chance)
        for one in examples
        if one.at_ms <= as_of_ms - quiet_ms and (label := verdict(one.labels, as_of_ms))
    ]
    return sorted(found, key=lambda k: (k.at_ms, k.example.attempt, k.example.moment))
