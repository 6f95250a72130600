"""What a rule can look at: the facts of one attempt, its score, and the lists."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from risk.facts import Facts
from risk.lists import Lists

_NOTHING: Mapping[str, float | None] = MappingProxyType({})
_NO_LISTS = Lists()


class View:
    """One attempt, as rules see it."""

    __slots__ = ("facts", "level", "lists", "past", "score")

    def __init__(
        self,
        facts: Facts,
        *,
        score: int | None = None,
        level: str | None = None,
        lists: Lists = _NO_LISTS,
    ) -> None:
        self.facts = facts
        self.past = facts.past if facts.past is not None else _NOTHING
        self.score = score
        self.level = level
        self.lists = lists
