"""Form decoding and the strict reading of parameters: what is not in the table is a 400."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.stripe_errors import InvalidRequest

Params = dict[str, Any]
Read = Callable[[Any, str], Any]

DEEPEST = 8
PIECES = re.compile(r"\[([^\[\]]*)\]")


@dataclass(frozen=True)
class Field:
    """How one parameter is read; `unset` says that an empty string clears it."""

    read: Read
    required: bool = False
    unset: bool = True


Table = dict[str, Field]


def decode(pairs: Iterable[tuple[str, str]]) -> Params:
    """Turn `a[b][c]=1&d[0]=2&e[]=3` into nested dicts; what is a list, its reader knows."""
    root: Params = {}
    for name, value in pairs:
        head, bracket, rest = name.partition("[")
        path = [head, *PIECES.findall(bracket + rest)]
        if len(path) > DEEPEST:
            raise InvalidRequest(f"Invalid parameter name: {name}", param=head)
        _place(root, path, value)
    return root


def _place(node: Params, path: list[str], value: str) -> None:
    for piece in path[:-1]:
        child = node.get(piece or str(len(node)))
        if not isinstance(child, dict):
            child = node[piece or str(len(node))] = {}
        node = child
    node[path[-1] or str(len(node))] = value


def read(given: Any, table: Table, *, inside: str = "") -> Params:
    """Read parameters by a table; refuse unknown ones, then missing ones."""
    if not isinstance(given, dict):
        raise InvalidRequest("Invalid object", param=inside)
    for name in given:
        if name not in table:
            raise unknown(_named(inside, name))
    result: Params = {}
    for name, rule in table.items():
        named = _named(inside, name)
        if name not in given:
            if rule.required:
                raise InvalidRequest(
                    f"Missing required param: {named}.", code="parameter_missing", param=named
                )
        elif given[name] == "":
            _check_unset(rule, named)
            result[name] = None
        else:
            result[name] = rule.read(given[name], named)
    return result


def unknown(name: str) -> InvalidRequest:
    """Say that Stripe knows no such parameter, and of one that it has forgotten on purpose."""
    if name == "payment_method_types" or name.startswith("payment_method_types["):
        return InvalidRequest(
            "The `payment_method_types` parameter is no longer supported. Use"
            " `automatic_payment_methods`, `allowed_payment_method_types` or"
            " `excluded_payment_method_types` instead.",
            code="payment_method_types_no_longer_supported",
            param="payment_method_types",
        )
    return InvalidRequest(
        f"Received unknown parameter: {name}", code="parameter_unknown", param=name
    )


def _check_unset(rule: Field, named: str) -> None:
    if rule.required or not rule.unset:
        raise InvalidRequest(
            f"You passed an empty string for '{named}'. We assume empty values are an attempt to"
            f" unset a parameter; however '{named}' cannot be unset.",
            code="parameter_invalid_empty",
            param=named,
        )


def _named(inside: str, name: str) -> str:
    return f"{inside}[{name}]" if inside else name


def _string(value: Any, named: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"Invalid string: {value}", param=named)
    if len(value) > 5000:
        raise InvalidRequest(f"Invalid string: {named} is longer than 5000", param=named)
    return value


def _integer(value: Any, named: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise InvalidRequest(
            f"Invalid integer: {value}", code="parameter_invalid_integer", param=named
        )
    return int(value)


def _boolean(value: Any, named: str) -> bool:
    if value not in ("true", "false", "True", "False"):
        raise InvalidRequest(f"Invalid boolean: {value}", param=named)
    return bool(value.lower() == "true")


def _metadata(value: Any, named: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InvalidRequest("Invalid hash", param=named)
    if len(value) > 50:
        raise InvalidRequest("Metadata can have at most 50 keys.", param=named)
    for key, word in value.items():
        _string(word, f"{named}[{key}]")
        if len(key) > 40 or len(word) > 500:
            raise InvalidRequest(
                "Metadata keys have up to 40 and values up to 500 characters.",
                param=f"{named}[{key}]",
            )
    return value


def one_of(*words: str) -> Read:
    """Read a word from a closed list."""

    def reader(value: Any, named: str) -> str:
        if value not in words:
            allowed = ", ".join(words[:-1]) + f", or {words[-1]}" if words[1:] else words[0]
            raise InvalidRequest(f"Invalid {named}: must be one of {allowed}", param=named)
        return str(value)

    return reader


def object_of(table: Table) -> Read:
    """Read a nested object by its own table."""
    return lambda value, named: read(value, table, inside=named)


def list_of(item: Read) -> Read:
    """Read a list."""

    def reader(value: Any, named: str) -> list[Any]:
        if not isinstance(value, dict) or not all(place.isdecimal() for place in value):
            raise InvalidRequest("Invalid array", param=named)
        return [item(value[place], f"{named}[{place}]") for place in sorted(value, key=int)]

    return reader


def _boolean_or_word(value: Any, named: str) -> bool:
    return value in ("one_off", "recurring") or _boolean(value, named)


def _moment(value: Any, named: str) -> dict[str, int]:
    if isinstance(value, str):
        return {"is": _integer(value, named)}
    edge = Field(_integer, unset=False)
    return read(value, {"gt": edge, "gte": edge, "lt": edge, "lte": edge}, inside=named)


STR = Field(_string)
INT = Field(_integer, unset=False)
BOOL = Field(_boolean, unset=False)
METADATA = Field(_metadata)
OFF_SESSION = Field(_boolean_or_word, unset=False)
WORDS = Field(list_of(_string))
CREATED = Field(_moment, unset=False)


def must(rule: Field) -> Field:
    """Make a field required."""
    return Field(rule.read, required=True, unset=False)


def word(*words: str) -> Field:
    """Make a field of a closed list of words."""
    return Field(one_of(*words), unset=False)


def nested(table: Table) -> Field:
    """Make a field that is an object."""
    return Field(object_of(table))
