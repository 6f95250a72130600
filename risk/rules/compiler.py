"""From the tree of a rule to a function of one attempt, with three answers: yes, no, and not known.

Whoever compares what is missing learns nothing: neither the comparison nor its opposite holds. So
`:card_country: != 'DE'` does not match a payment whose card's country is not known, nor does
`not :card_country: = 'DE'`; whoever means it writes `:card_country: is missing`. `and` is no when one part is no, `or`
is yes when one part is yes; otherwise what is not known stays not known, and the rule does not match.
"""

from __future__ import annotations

import operator
import re
import typing
from collections.abc import Callable
from typing import TypeAlias

from risk.rules import types
from risk.rules.attributes import MONEY, TEXT, Value
from risk.rules.nodes import (
    All,
    Amount,
    Any,
    Compare,
    Holds,
    IsKnown,
    IsOn,
    IsOneOf,
    Node,
    Not,
    Number,
    Ref,
    Resembles,
    Text,
)
from risk.view import View

Answer: TypeAlias = bool | None
Test: TypeAlias = Callable[[View], Answer]
Read: TypeAlias = Callable[[View], Value]
Compares: TypeAlias = Callable[[typing.Any, typing.Any], bool]

_COMPARES: dict[str, Compares] = {
    "=": operator.eq, "!=": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_NUMERIC = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)


def compiled(node: Node) -> Test:
    """The test that a tree describes."""
    return _BUILD[type(node)](node)


def _folded(ref: Ref) -> Read:
    """Reads an attribute; text without regard to large and small letters."""
    attribute = types.of(ref)
    read = attribute.read
    if attribute.kind != TEXT:
        return read

    def folded(view: View) -> Value:
        value = read(view)
        return value.casefold() if isinstance(value, str) and value else None

    return folded


def _as_number(ref: Ref) -> Read:
    """Reads metadata as a number; text that is none is not known."""
    read = types.of(ref).read

    def number(view: View) -> Value:
        value = read(view)
        if isinstance(value, str) and _NUMERIC.fullmatch(value):
            return float(value)
        return None

    return number


def _compare(node: Compare) -> Test:
    compares = _COMPARES[node.operator]
    right = node.right
    if isinstance(right, Ref):
        return _compare_two(_folded(node.left), compares, _folded(right))
    if isinstance(right, Amount):
        return _compare_money(node.left, compares, right)
    wanted = right.value.casefold() if isinstance(right, Text) else right.value
    is_number = isinstance(right, Number) and node.left.is_metadata
    read = _as_number(node.left) if is_number else _folded(node.left)

    def test(view: View) -> Answer:
        value = read(view)
        return None if value is None else compares(value, wanted)

    return test


def _compare_two(left: Read, compares: Compares, right: Read) -> Test:
    def test(view: View) -> Answer:
        one, other = left(view), right(view)
        return None if one is None or other is None else compares(one, other)

    return test


def _compare_money(ref: Ref, compares: Compares, wanted: Amount) -> Test:
    """Within the currency named; a payment in another is not comparable."""
    read = types.of(ref).read

    def test(view: View) -> Answer:
        if view.facts.currency != wanted.currency:
            return None
        value = read(view)
        return None if value is None else compares(value, wanted.minor)

    return test


def _is_one_of(node: IsOneOf) -> Test:
    if types.of(node.left).kind == MONEY:
        return _is_amount_of(node)
    read = _folded(node.left)
    wanted = {
        value.value.casefold() if isinstance(value, Text) else value.value
        for value in node.values
        if not isinstance(value, Amount)
    }
    is_not = node.is_not

    def test(view: View) -> Answer:
        value = read(view)
        return None if value is None else (value in wanted) != is_not

    return test


def _is_amount_of(node: IsOneOf) -> Test:
    amounts: dict[str, set[int]] = {}
    for value in node.values:
        assert isinstance(value, Amount)
        amounts.setdefault(value.currency, set()).add(value.minor)
    read = types.of(node.left).read
    is_not = node.is_not

    def test(view: View) -> Answer:
        comparable = amounts.get(view.facts.currency)
        value = read(view)
        return None if comparable is None or value is None else (value in comparable) != is_not

    return test


def _is_on(node: IsOn) -> Test:
    attribute = types.of(node.left)
    read, kind, name, is_not = attribute.read, attribute.listed_as, node.list, node.is_not
    assert kind is not None  # the parser has looked

    def test(view: View) -> Answer:
        value = read(view)
        if not isinstance(value, str):
            return None
        return view.lists.contains(name, kind, value, at_ms=view.facts.at_ms) != is_not

    return test


def _resembles(node: Resembles) -> Test:
    read = _folded(node.left)
    wanted = node.pattern.value.casefold()
    fits = (lambda value: wanted in value) if node.operator == "includes" else _wildcard(wanted)

    def test(view: View) -> Answer:
        value = read(view)
        return fits(value) if isinstance(value, str) else None

    return test


def _wildcard(pattern: str) -> Callable[[str], bool]:
    """`*` stands for anything. By looking for the parts in turn, so that no pattern is slow."""
    first, *rest = pattern.split("*")
    if not rest:
        return lambda value: value == pattern
    *middle, last = rest

    def fits(value: str) -> bool:
        if len(value) < len(first) + len(last):
            return False
        if not (value.startswith(first) and value.endswith(last)):
            return False
        at, end = len(first), len(value) - len(last)
        for part in middle:
            at = value.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return fits


def _is_known(node: IsKnown) -> Test:
    read, is_known = _folded(node.left), node.is_known
    return lambda view: (read(view) is not None) == is_known


def _holds(node: Holds) -> Test:
    read = types.of(node.left).read

    def test(view: View) -> Answer:
        value = read(view)
        return None if value is None else value is True

    return test


def _not(node: Not) -> Test:
    of = compiled(node.of)

    def test(view: View) -> Answer:
        answer = of(view)
        return None if answer is None else not answer

    return test


def _all(node: All) -> Test:
    return _joined(node.of, decides=False)


def _any(node: Any) -> Test:
    return _joined(node.of, decides=True)


def _joined(nodes: tuple[Node, ...], *, decides: bool) -> Test:
    """The first part that answers `decides` decides; else one that is not known leaves the whole not known."""
    tests = tuple(compiled(node) for node in nodes)

    def test(view: View) -> Answer:
        found: Answer = not decides
        for one in tests:
            answer = one(view)
            if answer is decides:
                return decides
            if answer is None:
                found = None
        return found

    return test


_BUILD: dict[type, Callable[..., Test]] = {
    Compare: _compare,
    IsOneOf: _is_one_of,
    IsOn: _is_on,
    Resembles: _resembles,
    IsKnown: _is_known,
    Holds: _holds,
    Not: _not,
    All: _all,
    Any: _any,
}
