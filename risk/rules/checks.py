"""What is odd about a rule that can be read: that it can never match, or asks for a list that is not there."""

from __future__ import annotations

import math
import typing
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from risk.lists import BadItem, normalized
from risk.rules import Rule, types
from risk.rules.attributes import FLAG, TEXT, Attribute
from risk.rules.nodes import (
    All,
    Amount,
    Any,
    Compare,
    Holds,
    IsKnown,
    IsOn,
    IsOneOf,
    Literal,
    Node,
    Not,
    Ref,
    Resembles,
    Text,
)

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def warnings(rule: Rule, *, lists: Collection[str] | None = None) -> list[str]:
    """What the author should know before saving. `lists`: the lists that have something on them; None: not checked."""
    plain = _plain(rule.node, negated=False)
    found = []
    never = _never(plain)
    if never:
        found.append(f"This rule can never match: {never}")
    for one in _conditions(plain):
        if isinstance(one, IsOn) and lists is not None and one.list not in lists:
            found.append(f"Nothing is on a list @{one.list}.")
        found += _odd_values(one)
    late = dict.fromkeys(
        str(one.left) for one in _conditions(plain) if _needs_answer(one) and not never
    )
    if late:
        found.append(_too_late(rule.action, " and ".join(late)))
    return list(dict.fromkeys(found))


def _plain(node: Node, *, negated: bool) -> Node:
    """Without `not` but directly before a condition that has no opposite. The three answers stay the same."""
    if isinstance(node, Not):
        return _plain(node.of, negated=not negated)
    if isinstance(node, All | Any):
        parts = tuple(_plain(part, negated=negated) for part in node.of)
        return All(parts) if isinstance(node, All) != negated else Any(parts)
    return _opposite(node) if negated else node


def _opposite(node: Node) -> Node:
    if isinstance(node, Compare):
        return Compare(node.left, _OPPOSITE[node.operator], node.right)
    if isinstance(node, IsOneOf):
        return IsOneOf(node.left, node.values, not node.is_not)
    if isinstance(node, IsOn):
        return IsOn(node.left, node.list, not node.is_not)
    if isinstance(node, IsKnown):
        return IsKnown(node.left, not node.is_known)
    return Not(node)


_Leaf: typing.TypeAlias = Compare | IsOneOf | IsOn | IsKnown | Holds | Resembles


def _conditions(node: Node) -> Iterator[_Leaf]:
    if isinstance(node, All | Any):
        for part in node.of:
            yield from _conditions(part)
    elif isinstance(node, Not):
        yield from _conditions(node.of)
    else:
        yield node


def _never(node: Node) -> str | None:
    """Why it can never be answered with yes; None: it may be."""
    if isinstance(node, Any):
        reasons = [_never(part) for part in node.of]
        return reasons[0] if all(reasons) else None
    parts = list(_together(node))
    for part in parts:
        if isinstance(part, Any) and (reason := _never(part)):
            return reason
    return _contradiction([part for part in parts if not isinstance(part, Any)])


def _together(node: Node) -> Iterator[Node]:
    """What must hold at once."""
    if isinstance(node, All):
        for part in node.of:
            yield from _together(part)
    else:
        yield node


@dataclass(slots=True)
class _Room:
    """What is left for one attribute to be, after some conditions."""

    low: float = -math.inf
    high: float = math.inf
    is_low_open: bool = False
    is_high_open: bool = False
    options: set[object] | None = None
    excluded: set[object] = field(default_factory=set)
    is_missing: bool = False
    is_known: bool = False

    def is_empty(self) -> bool:
        """Whether nothing is left."""
        if self.is_missing and self.is_known:
            return True
        if self.options is not None:
            return not any(self._fits(one) for one in self.options - self.excluded)
        if self.low == self.high:
            return self.is_low_open or self.is_high_open or self.low in self.excluded
        return self.low > self.high

    def _fits(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return True
        above = value > self.low or (value == self.low and not self.is_low_open)
        return above and (value < self.high or (value == self.high and not self.is_high_open))

    def narrow(self, operator: str, value: object) -> None:
        """Only what compares so with `value` is left."""
        self.is_known = True
        if operator == "!=":
            self.excluded.add(value)
        elif operator == "=":
            self.only({value})
        elif isinstance(value, int | float):
            is_open = operator in {"<", ">"}
            if operator in {"<", "<="} and (value, not is_open) < (
                self.high,
                not self.is_high_open,
            ):
                self.high, self.is_high_open = value, is_open
            if operator in {">", ">="} and (value, is_open) > (self.low, self.is_low_open):
                self.low, self.is_low_open = value, is_open

    def only(self, values: set[object]) -> None:
        """Only these are left."""
        self.is_known = True
        self.options = values if self.options is None else self.options & values


def _contradiction(parts: Iterable[Node]) -> str | None:
    """Of conditions that must hold at once: which attribute has no room left."""
    rooms: dict[Ref, _Room] = {}
    currencies: set[str] | None = None
    for part in parts:
        one = part.of if isinstance(part, Not) else part
        assert isinstance(one, _Leaf)
        room = rooms.setdefault(one.left, _room(types.of(one.left)))
        _apply(room, one, negated=isinstance(part, Not))
        named = _currencies(one)
        if named:
            currencies = named if currencies is None else currencies & named
            if not currencies:
                return "a payment has one currency, and two are asked for at once."
        if room.is_empty():
            return f"{one.left} can be nothing that fits all its conditions."
        if isinstance(one, Compare) and isinstance(one.right, Ref):
            rooms.setdefault(one.right, _room(types.of(one.right))).is_known = True
            if rooms[one.right].is_empty():
                return f"{one.right} can be nothing that fits all its conditions."
    return None


def _room(attribute: Attribute) -> _Room:
    room = _Room(low=attribute.least, high=attribute.most)
    if attribute.words:
        room.options = {word.casefold() for word in attribute.words}
    elif attribute.kind == FLAG:
        room.options = {True, False}
    return room


def _apply(room: _Room, node: _Leaf, *, negated: bool) -> None:
    if isinstance(node, IsKnown):
        room.is_known |= node.is_known
        room.is_missing |= not node.is_known
        return
    room.is_known = True
    if isinstance(node, Holds):
        room.narrow("=", not negated)
    elif isinstance(node, Compare) and not isinstance(node.right, Ref):
        room.narrow(node.operator, _value(node.right))
    elif isinstance(node, IsOneOf):
        values = {_value(value) for value in node.values}
        if node.is_not:
            room.excluded |= values
        else:
            room.only(values)


def _value(literal: Literal) -> object:
    if isinstance(literal, Amount):
        return literal.minor
    return literal.value.casefold() if isinstance(literal, Text) else literal.value


def _currencies(node: _Leaf) -> set[str] | None:
    """In which currencies alone a condition can hold; None: in any."""
    if isinstance(node, Compare):
        if isinstance(node.right, Amount):
            return {node.right.currency}
        if node.left == Ref("currency") and node.operator == "=" and isinstance(node.right, Text):
            return {node.right.value.upper()}
    if isinstance(node, IsOneOf):
        amounts = {value.currency for value in node.values if isinstance(value, Amount)}
        if amounts:
            return amounts
        if node.left == Ref("currency") and not node.is_not:
            return {value.value.upper() for value in node.values if isinstance(value, Text)}
    return None


def _odd_values(node: _Leaf) -> Iterator[str]:
    """Values that the attribute never has, as far as its type tells."""
    attribute = types.of(node.left)
    if attribute.kind != TEXT or not isinstance(node, Compare | IsOneOf):
        return
    values = node.values if isinstance(node, IsOneOf) else (node.right,)
    for value in values:
        if not isinstance(value, Text):
            continue
        if attribute.words and value.value.casefold() not in {
            w.casefold() for w in attribute.words
        }:
            yield f"{node.left} is never {value}; it is one of {', '.join(attribute.words)}."
        elif attribute.listed_as:
            try:
                normal = normalized(attribute.listed_as, value.value)
            except BadItem as bad:
                yield f"{node.left} is never {value}. {bad.message}"
            else:
                if "/" in normal:
                    yield f"{node.left} is one address, {value} is a range: put it on a list."


def _needs_answer(node: _Leaf) -> bool:
    is_absence = isinstance(node, IsKnown) and not node.is_known
    return types.of(node.left).is_answer and not is_absence


def _too_late(action: str, names: str) -> str:
    known = f"{names} is known only after the provider has answered"
    if action == "challenge":
        return f"{known}: then it is too late to ask for 3-D Secure."
    return f"{known}: such a condition speaks only of payments that were challenged or held."
