"""The rules that a body for PayPal is made of, and the strict check of a body against them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.paypal_errors import Detail, PayPalError, detail


@dataclass(frozen=True)
class Text:
    """A string of some length, maybe of some form or one of some words.

    A refusal never repeats a `secret` one.
    """

    longest: int = 255
    shortest: int = 1
    form: str = ""
    words: tuple[str, ...] = ()
    secret: bool = False


@dataclass(frozen=True)
class Flag:
    """A boolean."""


@dataclass(frozen=True)
class Listing:
    """An array of things of one kind."""

    of: "Rule"
    most: int = 100
    least: int = 0


@dataclass(frozen=True)
class Thing:
    """An object: the fields it may have and those it must have."""

    fields: "dict[str, Rule]"
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A field PayPal knows and this sandbox's merchant may not use."""

    issue: str = "NOT_SUPPORTED"


@dataclass(frozen=True)
class Anything:
    """A field that is taken as it is."""

    nothing: tuple[()] = field(default=())


Rule = Text | Flag | Listing | Thing | Refused | Anything

URL = Text(2048, form=r"https?://[^\s]+")
MONEY = Thing(
    {
        "currency_code": Text(3, 3),
        "value": Text(32, form=r"((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))"),
    },
    ("currency_code", "value"),
)
ADDRESS = Thing(
    {
        "address_line_1": Text(300),
        "address_line_2": Text(300, 0),
        "admin_area_1": Text(300, 0),
        "admin_area_2": Text(120, 0),
        "postal_code": Text(60, 0),
        "country_code": Text(2, 2, form=r"([A-Z]{2}|C2)"),
    },
    ("country_code",),
)


def check(rule: Rule, body: Any) -> None:
    """Refuse a body that is not what the table says, naming every fault."""
    faults = list(_faults(rule, body, ""))
    if faults:
        raise PayPalError.of(faults)


def _faults(rule: Rule, value: Any, at: str) -> Iterator[Detail]:
    match rule:
        case Text():
            yield from _text_faults(rule, value, at)
        case Flag() if not isinstance(value, bool):
            yield detail("INVALID_PARAMETER_SYNTAX", field=at, value=str(value)[:80])
        case Refused():
            yield detail(rule.issue, field=at)
        case Listing():
            yield from _listing_faults(rule, value, at)
        case Thing():
            yield from _thing_faults(rule, value, at)


def _text_faults(rule: Text, value: Any, at: str) -> Iterator[Detail]:
    told = "" if rule.secret else str(value)[:80]
    if not isinstance(value, str):
        yield detail("INVALID_PARAMETER_SYNTAX", field=at, value=told)
    elif not rule.shortest <= len(value) <= rule.longest:
        yield detail("INVALID_STRING_LENGTH", field=at, value=told)
    elif rule.words and value not in rule.words:
        yield detail("INVALID_PARAMETER_VALUE", field=at, value=told)
    elif rule.form and not re.fullmatch(rule.form, value):
        yield detail("INVALID_PARAMETER_SYNTAX", field=at, value=told)


def _listing_faults(rule: Listing, value: Any, at: str) -> Iterator[Detail]:
    if not isinstance(value, list):
        yield detail("INVALID_PARAMETER_SYNTAX", field=at or "/")
    elif len(value) < rule.least:
        yield detail("INVALID_ARRAY_MIN_ITEMS", field=at or "/")
    elif len(value) > rule.most:
        yield detail("INVALID_ARRAY_MAX_ITEMS", field=at or "/")
    else:
        for number, entry in enumerate(value):
            yield from _faults(rule.of, entry, f"{at}/{number}")


def _thing_faults(rule: Thing, value: Any, at: str) -> Iterator[Detail]:
    if not isinstance(value, dict):
        yield detail("MALFORMED_REQUEST_JSON", field=at or "/")
        return
    for name in rule.required:
        if name not in value:
            yield detail("MISSING_REQUIRED_PARAMETER", field=f"{at}/{name}")
    for name, entry in value.items():
        if name in rule.fields:
            yield from _faults(rule.fields[name], entry, f"{at}/{name}")
        else:
            # The real service lets some unknown fields pass; a typo must not pass our tests.
            yield detail("MALFORMED_REQUEST_JSON", field=f"{at}/{name}")
