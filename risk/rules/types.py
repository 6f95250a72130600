"""What an attribute may be compared with; whatever does not fit is refused with what to write instead."""

from __future__ import annotations

from decimal import Decimal

from risk import magnitude
from risk.rules.attributes import (
    ATTRIBUTES,
    FLAG,
    MONEY,
    NUMBER,
    TEXT,
    Attribute,
    metadata,
    nearest,
)
from risk.rules.lexer import RuleError, Token
from risk.rules.nodes import Amount, Compare, Literal, Number, Ref, Text, Truth

_MOST_MINOR = 2**53 - 1

# kind → (the literal that fits, what to write)
_FITS: dict[str, tuple[type, str]] = {
    TEXT: (Text, "is text: compare it with text in quotes, such as 'DE'."),
    NUMBER: (Number, "is a plain number: compare it with a number, without a currency or quotes."),
    MONEY: (Amount, "is money: write the amount with its currency, such as 500 EUR."),
    FLAG: (Truth, "is yes or no: write it alone, or with “not” before it."),
}
_ORDERED = frozenset(("<", "<=", ">", ">="))


def of(ref: Ref) -> Attribute:
    """What a rule asks about."""
    return metadata(ref.name) if ref.is_metadata else ATTRIBUTES[ref.name]


def check_compare(node: Compare, *, operator_at: int, value_at: int) -> None:
    """A comparison of an attribute with a value or with another attribute."""
    left = of(node.left)
    if isinstance(node.right, Ref):
        _check_refs(node.left, node.right, value_at)
    elif not (node.left.is_metadata and isinstance(node.right, Number)):
        _check_fits(node.left, left, node.right, value_at)
    is_number = isinstance(node.right, Number | Amount) or (
        isinstance(node.right, Ref) and {left.kind, of(node.right).kind} <= {NUMBER, MONEY}
    )
    if node.operator in _ORDERED and not is_number:
        raise RuleError(f"{node.left} has no order here: only = and != can be asked.", operator_at)


def _check_refs(left: Ref, right: Ref, column: int) -> None:
    if left == right:
        raise RuleError(f"{left} is compared with itself.", column)
    if of(left).kind != of(right).kind:
        raise RuleError(
            f"{left} is {of(left).kind} and {right} is {of(right).kind}: they cannot be compared.",
            column,
        )


def _check_fits(ref: Ref, attribute: Attribute, value: Literal, column: int) -> None:
    fits, instead = _FITS[attribute.kind]
    if not isinstance(value, fits):
        if ref.is_metadata:
            instead = "is text: put the value in quotes."
        raise RuleError(f"{ref} {instead}", column)


def check_one_of(ref: Ref, value: Literal, at: int, column: int) -> None:
    """One value of `in (…)`."""
    if of(ref).kind == FLAG:
        raise RuleError(f"{ref} {_FITS[FLAG][1]}", at)
    _check_fits(ref, of(ref), value, column)


def check_on(ref: Ref, at: int) -> None:
    """An attribute before `in @list`."""
    if of(ref).listed_as is None:
        known = ", ".join(f":{one.name}:" for one in ATTRIBUTES.values() if one.listed_as)
        raise RuleError(f"{ref} is on no list. Lists have {known}.", at)


def check_resembles(ref: Ref, at: int) -> None:
    """An attribute before `like` or `includes`."""
    if of(ref).kind != TEXT:
        raise RuleError(f"{ref} is no text: compare it with = or <.", at)


def check_alone(ref: Ref, at: int) -> None:
    """An attribute that stands alone."""
    if of(ref).kind != FLAG:
        raise RuleError(f"{ref} must be compared with something, such as {ref} = …", at)


def amount(number: Token, currency: Token) -> Amount:
    """`500 EUR`. Raises RuleError."""
    code = currency.text.upper()
    digits = magnitude.decimals(code)
    if digits is None:
        near = nearest(currency.text)
        hint = f" Did you mean :{near}:?" if near else " Write its ISO 4217 code: EUR."
        raise RuleError(f"“{currency.text}” is not a currency.{hint}", currency.column)
    scaled = Decimal(number.text).scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise RuleError(f"{code} has {digits} decimals at most.", number.column)
    if not 0 <= scaled <= _MOST_MINOR:
        raise RuleError("An amount is not negative, and not beyond all money.", number.column)
    return Amount(int(scaled), code)
