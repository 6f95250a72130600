"""A merchant's own rules, in a language that can be read aloud: `review if :amount: > 500 EUR and …`.

`parse` makes a rule of text or says what is wrong and where; `rule.matches(view)` asks it about one attempt;
`warnings` tells of rules that can never match. Reading order: `attributes` (what can be asked about), `lexer`,
`parser` (the grammar), `types`, `nodes`, `compiler` (what missing means), `checks`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from risk.rules.attributes import ATTRIBUTES, Attribute
from risk.rules.compiler import compiled
from risk.rules.lexer import RuleError
from risk.rules.nodes import Node
from risk.rules.parser import ACTIONS, read
from risk.view import View

__all__ = ["ACTIONS", "ATTRIBUTES", "Attribute", "Rule", "RuleError", "View", "parse"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can be asked. Equal rules have the same action and the same tree."""

    action: str
    """`allow`, `block`, `review` or `challenge`."""
    node: Node
    text: str = field(compare=False)
    """The rule as it is written down; `parse` reads an equal one."""
    _test: Callable[[View], bool | None] = field(compare=False, repr=False)

    def matches(self, view: View) -> bool:
        """Whether the rule speaks about this attempt. What is not known never makes it speak."""
        return self._test(view) is True


def parse(text: str) -> Rule:
    """The rule that a text describes. Raises RuleError with a message and a column."""
    action, node = read(text)
    return Rule(action, node, f"{action} if {node}", compiled(node))
