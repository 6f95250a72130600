"""From the words of a rule to its tree: what may stand where.

    rule       = action "if" any
    action     = "allow" | "block" | "review" | "challenge" | "request" "3ds"
    any        = all { "or" all }
    all        = one { "and" one }
    one        = "not" one | "(" any ")" | condition
    condition  = attribute
                 [ ("=" | "!=" | "<" | "<=" | ">" | ">=") (value | attribute)
                 | ["not"] "in" ( @list | "(" value { "," value } ")" )
                 | ("like" | "includes") text
                 | "is" ["not"] ("missing" | "known") ]
    attribute  = :name: | ::metadata key::
    value      = text | number | number currency | "true" | "false"

Words may be written large or small. What an attribute can be compared with is checked in `risk.rules.types`.
"""

from __future__ import annotations

from risk.rules import types
from risk.rules.attributes import ATTRIBUTES, nearest
from risk.rules.lexer import RuleError, Token, tokens
from risk.rules.nodes import (
    All,
    Any,
    Compare,
    Holds,
    IsKnown,
    IsOn,
    IsOneOf,
    Literal,
    Node,
    Not,
    Number,
    Ref,
    Resembles,
    Text,
    Truth,
)

# A rule is read by people; what is larger than this should be two rules, or a list.
MOST_CONDITIONS, MOST_DEPTH, MOST_VALUES = 50, 12, 100

ACTIONS = {
    "allow": "allow", "block": "block", "review": "review", "hold": "review", "challenge": "challenge"
}  # fmt: skip
_OPERATORS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}  # fmt: skip
_KEYWORDS = frozenset(("and", "or", "not", "in", "is", "like", "includes", "if"))


def read(text: str) -> tuple[str, Node]:
    """The action and the condition of a rule. Raises RuleError."""
    return _Parser(tokens(text)).rule()


class _Parser:
    """One pass from left to right."""

    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0
        self._conditions = 0

    @property
    def _next(self) -> Token:
        return self._words[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _is(self, *words: str) -> bool:
        return self._next.kind in {"word", "mark"} and self._next.text.lower() in words

    def _took(self, *words: str) -> bool:
        found = self._is(*words)
        if found:
            self._take()
        return found

    def _expect(self, word: str, message: str) -> None:
        if not self._took(word):
            raise self._wrong(message)

    def _wrong(self, message: str, at: Token | None = None) -> RuleError:
        return RuleError(message, (at or self._next).column)

    def rule(self) -> tuple[str, Node]:
        action = self._action()
        self._expect("if", f"After the action comes “if”, not {self._next}.")
        node = self._any(0)
        if self._next.kind != "end":
            raise self._wrong(self._surplus())
        return action, node

    def _action(self) -> str:
        token = self._take()
        word = token.text.lower()
        if word == "request":
            self._expect("3ds", "One can request 3ds only.")
            return "challenge"
        if token.kind == "word" and word in ACTIONS:
            return ACTIONS[word]
        known = ", ".join(dict.fromkeys(ACTIONS.values()))
        raise self._wrong(f"A rule begins with what it does: {known}.", token)

    def _surplus(self) -> str:
        if self._is(","):
            return "Write numbers without separators: 1000, not 1,000."
        if self._is(")"):
            return "This parenthesis closes nothing."
        return f"Between two conditions comes “and” or “or”, not {self._next}."

    def _any(self, depth: int) -> Node:
        found = [self._all(depth)]
        while self._took("or"):
            found.append(self._all(depth))
        return found[0] if len(found) == 1 else Any(tuple(found))

    def _all(self, depth: int) -> Node:
        found = [self._one(depth)]
        while self._took("and"):
            found.append(self._one(depth))
        return found[0] if len(found) == 1 else All(tuple(found))

    def _one(self, depth: int) -> Node:
        if depth >= MOST_DEPTH:
            raise self._wrong(f"More than {MOST_DEPTH} levels inside each other: make two rules.")
        if self._took("not"):
            return Not(self._one(depth + 1))
        opening = self._next
        if self._took("("):
            node = self._any(depth + 1)
            if not self._took(")"):
                surplus = self._surplus() if self._next.kind != "end" else None
                raise self._wrong(
                    surplus or "This parenthesis is never closed.", None if surplus else opening
                )
            return node
        return self._condition()

    def _condition(self) -> Node:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise self._wrong(f"More than {MOST_CONDITIONS} conditions: make two rules.")
        token = self._next
        left = self._ref()
        if self._next.kind == "operator":
            return self._compare(left)
        is_not = self._is("not")
        if is_not and self._words[self._at + 1].text.lower() != "in":
            raise self._wrong("“not” stands before a condition, or before “in”.")
        if self._took("not", "in"):
            if is_not:
                self._take()
            return self._in(left, token, is_not=is_not)
        if self._is("like", "includes"):
            return self._resembles(left, token)
        if self._took("is"):
            return self._is_known(left)
        types.check_alone(left, token.column)
        return Holds(left)

    def _ref(self) -> Ref:
        token = self._take()
        if token.kind == "metadata":
            return Ref(token.text.strip(":"), is_metadata=True)
        if token.kind == "attribute":
            name = token.text.strip(":").lower()
            if name in ATTRIBUTES:
                return Ref(name)
            near = nearest(name)
            hint = f" Did you mean :{near}:?" if near else ""
            raise self._wrong(f"There is no attribute :{name}:.{hint}", token)
        if token.kind == "end":
            raise self._wrong("A condition is missing at the end.", token)
        if token.kind == "word" and token.text.lower() not in _KEYWORDS:
            name = token.text.lower()
            near = name if name in ATTRIBUTES else nearest(name)
            hint = f" Did you mean :{near}:?" if near else ""
            raise self._wrong(f"A condition begins with an attribute between colons.{hint}", token)
        raise self._wrong(
            f"A condition begins with an attribute, such as :amount:, not {token}.", token
        )

    def _compare(self, left: Ref) -> Node:
        operator = self._take()
        value = self._next
        right: Literal | Ref
        right = self._ref() if value.kind in {"attribute", "metadata"} else self._value(left)
        if self._is(","):
            raise self._wrong(self._surplus())
        node = Compare(left, _OPERATORS[operator.text], right)
        types.check_compare(node, operator_at=operator.column, value_at=value.column)
        return node

    def _in(self, left: Ref, at: Token, *, is_not: bool) -> Node:
        token = self._next
        if token.kind == "list":
            self._take()
            types.check_on(left, at.column)
            return IsOn(left, token.text[1:].lower(), is_not)
        self._expect("(", "After “in” comes a @list, or values in parentheses: ('DE', 'AT').")
        values: list[Literal] = []
        while True:
            value = self._next
            values.append(self._value(left))
            types.check_one_of(left, values[-1], at.column, value.column)
            if len(values) > MOST_VALUES:
                raise self._wrong(f"More than {MOST_VALUES} values: make a list of them.", value)
            if self._took(")"):
                return IsOneOf(left, tuple(values), is_not)
            self._expect(",", "Between values comes a comma, after the last a parenthesis.")

    def _resembles(self, left: Ref, at: Token) -> Node:
        operator = self._take()
        value = self._take()
        if value.kind != "text":
            raise self._wrong(f"After “{operator.text}” comes text in quotes, not {value}.", value)
        types.check_resembles(left, at.column)
        return Resembles(left, operator.text.lower(), self._text(value))

    def _is_known(self, left: Ref) -> Node:
        is_not = self._took("not")
        token = self._next
        if not self._took("missing", "known"):
            raise self._wrong("After “is” comes “missing” or “known”; to compare write =.")
        return IsKnown(left, (token.text.lower() == "known") != is_not)

    def _value(self, left: Ref) -> Literal:
        token = self._take()
        if token.kind == "text":
            return self._text(token)
        if token.kind == "number":
            if self._next.kind == "word" and self._next.text.lower() not in _KEYWORDS:
                return types.amount(token, self._take())
            return Number(token.text)
        word = token.text.lower()
        if token.kind == "word" and word in {"true", "false"}:
            return Truth(word == "true")
        if token.kind == "word" and word not in _KEYWORDS:
            raise self._wrong(f"Text stands in quotes: '{token.text}'.", token)
        raise self._wrong(f"A value to compare {left} with is missing here.", token)

    def _text(self, token: Token) -> Text:
        if len(token.text) == 2:
            raise self._wrong("Nothing equals an empty text; write “is missing”.", token)
        return Text(token.text[1:-1])
