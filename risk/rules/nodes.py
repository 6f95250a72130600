"""A rule as a tree of plain values, and how it is written down again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from risk import magnitude


@dataclass(frozen=True, slots=True)
class Ref:
    """An attribute by name; `is_metadata`: a key of the payment's metadata."""

    name: str
    is_metadata: bool = False

    def __str__(self) -> str:
        return f"::{self.name}::" if self.is_metadata else f":{self.name}:"


@dataclass(frozen=True, slots=True)
class Text:
    value: str

    def __str__(self) -> str:
        return f'"{self.value}"' if "'" in self.value else f"'{self.value}'"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, exactly as it was written."""

    written: str

    @property
    def value(self) -> int | float:
        return float(self.written) if "." in self.written else int(self.written)

    def __str__(self) -> str:
        return self.written


@dataclass(frozen=True, slots=True)
class Amount:
    minor: int
    currency: str

    def __str__(self) -> str:
        digits = magnitude.decimals(self.currency) or 0
        whole, rest = divmod(self.minor, 10**digits)
        return f"{whole}{f'.{rest:0{digits}d}' if rest else ''} {self.currency}"


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


Literal: TypeAlias = Text | Number | Amount | Truth


@dataclass(frozen=True, slots=True)
class Compare:
    """`:amount: > 500 EUR`."""

    left: Ref
    operator: str
    right: Literal | Ref

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True, slots=True)
class IsOneOf:
    """`:card_country: in ('DE', 'AT')`."""

    left: Ref
    values: tuple[Literal, ...]
    is_not: bool = False

    def __str__(self) -> str:
        word = "not in" if self.is_not else "in"
        return f"{self.left} {word} ({', '.join(map(str, self.values))})"


@dataclass(frozen=True, slots=True)
class IsOn:
    """`:email: in @trusted`."""

    left: Ref
    list: str
    is_not: bool = False

    def __str__(self) -> str:
        return f"{self.left} {'not in' if self.is_not else 'in'} @{self.list}"


@dataclass(frozen=True, slots=True)
class Resembles:
    """`:email: like '*@example.com'` with `*` for anything, or `:name: includes 'test'`."""

    left: Ref
    operator: str
    pattern: Text

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.pattern}"


@dataclass(frozen=True, slots=True)
class IsKnown:
    """`:card_country: is missing`, `… is known`."""

    left: Ref
    is_known: bool

    def __str__(self) -> str:
        return f"{self.left} is {'known' if self.is_known else 'missing'}"


@dataclass(frozen=True, slots=True)
class Holds:
    """`:email_is_disposable:` alone."""

    left: Ref

    def __str__(self) -> str:
        return str(self.left)


@dataclass(frozen=True, slots=True)
class Not:
    of: Node

    def __str__(self) -> str:
        return f"not {_inside(self.of)}"


@dataclass(frozen=True, slots=True)
class All:
    of: tuple[Node, ...]

    def __str__(self) -> str:
        return " and ".join(map(_inside, self.of))


@dataclass(frozen=True, slots=True)
class Any:
    of: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(map(_inside, self.of))


Node: TypeAlias = Compare | IsOneOf | IsOn | Resembles | IsKnown | Holds | Not | All | Any


def _inside(node: Node) -> str:
    """Within another: mixed `and` and `or` always get their parentheses, so that nobody has to know which binds."""
    return f"({node})" if isinstance(node, All | Any) else str(node)
