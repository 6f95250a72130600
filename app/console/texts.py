"""What people type into the console: checked as text, and rules looked into without asking them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from app.errors import Invalid, RawCardData
from app.pan import has_pan
from risk.rules import Rule, RuleError, parse
from risk.rules.attributes import ATTRIBUTES
from risk.rules.nodes import All, Any, Compare, IsOn, Node, Not, Ref


def check_plain(text: str, *, field: str, most: int) -> str:
    """Text for people, kept for good. Raises Invalid, RawCardData."""
    if len(text) > most:
        raise Invalid(f"At most {most:,} characters.", field=field)
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        raise Invalid("There are characters in this that cannot be seen.", field=field)
    if has_pan(text):
        raise RawCardData("This looks like a card number, which is never kept here.", field=field)
    return text


@lru_cache(maxsize=500)
def read(text: str) -> Rule | None:
    """A stored rule; None: this version cannot read it."""
    try:
        return parse(text)
    except RuleError:
        return None


def lists_in(text: str) -> set[str]:
    """The lists that a rule asks for."""
    rule = read(text)
    return {one.list for one in _leaves(rule.node) if isinstance(one, IsOn)} if rule else set()


def asks_for_answer(rule: Rule) -> bool:
    """Whether it asks for something that is known only after the provider has answered."""
    return any(
        not ref.is_metadata and ATTRIBUTES[ref.name].is_answer
        for leaf in _leaves(rule.node)
        for ref in _refs(leaf)
    )


def _leaves(node: Node) -> Iterator[Node]:
    if isinstance(node, All | Any):
        for part in node.of:
            yield from _leaves(part)
    elif isinstance(node, Not):
        yield from _leaves(node.of)
    else:
        yield node


def _refs(leaf: Node) -> Iterator[Ref]:
    if isinstance(leaf, All | Any | Not):
        return
    yield leaf.left
    if isinstance(leaf, Compare) and isinstance(leaf.right, Ref):
        yield leaf.right
