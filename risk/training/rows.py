"""What a model learns from: an attempt's stored facts, and what was learnt of it, each with the moment it was known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
class Known:
    """A row of which enough is known to learn from it."""

    row: Row
    is_fraud: bool
    weight: float


def verdict(labels: Iterable[Label], as_of_ms: int) -> Label | None:
    """What stands at a moment: the weightiest label known by then, of equal ones the newest, of those fraud."""
    known = [label for label in labels if label.known_ms <= as_of_ms]
    return max(known, key=lambda one: (one.weight, one.known_ms, one.is_fraud), default=None)


def known(rows: Iterable[Row], as_of_ms: int) -> list[Known]:
    """The rows that may be learnt from at a moment, oldest first. A row without a label is unknown, not good.

    Weight: how much the label counts, over the chance with which it could be learnt at all.
    """
    found = []
    for row in rows:
        label = verdict(row.labels, as_of_ms)
        if label is not None and row.facts.at_ms <= as_of_ms:
            found.append(Known(row, label.is_fraud, label.weight / row.chance))
    return sorted(found, key=lambda one: (one.row.facts.at_ms, one.row.attempt, one.row.moment))
