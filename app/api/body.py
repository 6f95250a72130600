"""A request's body becomes a command, or an error that says which field is wrong; nothing is bent or ignored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app import pan
from app.errors import (
    AmountInvalid,
    AppError,
    BadRequest,
    CurrencyUnknown,
    Invalid,
    MissingField,
    RawCardData,
    UnknownField,
)

# Nothing that we accept nests deeper than three; a reader with a bound cannot be driven into the ground.
DEEPEST = 16

_AMOUNTS = frozenset({"amount", "min_amount", "max_amount", "unit_amount"})
_ABOVE = "An amount must be above zero, in the currency's minor unit (1999 is 19.99 EUR)."
_BELOW = "An amount must be below 2^53."
# pydantic's word for what is wrong with an amount → what we say; every other word means "not an integer".
_AMOUNT_SAYS = {
    "greater_than": _ABOVE,
    "greater_than_equal": "This amount must be zero or more, in the currency's minor unit.",
    "less_than_equal": _BELOW,
    "int_parsing_size": _BELOW,
}

Model = TypeVar("Model", bound=BaseModel)


class _Twice(ValueError):
    """A name occurs twice in one object: two readers could see two different requests."""


def raw(longest: int) -> bytes:
    """The request's body as it came. Raises BadRequest when it breaks off or is cut into no chunks, and HTTP's 413."""
    request.max_content_length = longest
    try:
        return request.get_data(cache=False)
    except OSError:
        raise BadRequest("The body did not arrive whole.") from None


def parse(raw: bytes) -> dict[str, Any]:
    """Read the JSON object, strictly: UTF-8, no name twice, no NaN, not too deep, no card number anywhere.

    Fractional numbers come back as text: no command takes one, and a card number must be seen in them too.
    Raises BadRequest, RawCardData, Invalid.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_once_each,
            parse_float=str,
            parse_int=_whole,
            parse_constant=_refuse_constant,
        )
    except _Twice:
        raise BadRequest("An object in the body has the same name twice.") from None
    except (ValueError, RecursionError):
        raise BadRequest from None
    if not isinstance(value, dict):
        raise BadRequest
    _look_through(value)
    if (field := pan.find(value)) is not None:
        raise RawCardData(field=shown(field))
    return value


def shown(path: str) -> str:
    """A field's path as it may be told: the names in it are the caller's, and could be anything."""
    return ".".join(pan.redact(part) for part in path.split("."))[:100]


def command(model: type[Model], raw: bytes) -> Model:
    """The command in a body that `parse` has accepted. Raises the error that names the first wrong field."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as wrong:
        raise first(wrong) from None


def first(wrong: ValidationError) -> AppError:
    """The first of pydantic's complaints as one of ours. What the caller sent is never quoted."""
    detail = wrong.errors(include_url=False, include_input=False, include_context=False)[0]
    return _translate(detail)


def canonical(value: dict[str, Any]) -> bytes:
    """The same bytes for the same object, whatever the order of its names."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Twice
    return made


def _whole(digits: str) -> int:
    # Python refuses integers of more than 4300 digits with an error of its own; the commands refuse them by 2^53.
    return int(digits[:40])


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _look_through(value: Any, path: str = "", depth: int = 0) -> None:
    """Refuse what is too deep, and characters that no database and no log line should get."""
    if depth > DEEPEST:
        raise BadRequest(f"The body nests deeper than {DEEPEST} levels.")
    if isinstance(value, dict):
        for name, inner in value.items():
            check_text(name, path)
            _look_through(inner, f"{path}.{name}" if path else name, depth + 1)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _look_through(inner, f"{path}.{place}", depth + 1)
    elif isinstance(value, str):
        check_text(value, path)


def check_text(text: str, path: str) -> None:
    if (
        text.isprintable()
    ):  # the common case, at C speed; line breaks and unpaired surrogates are not printable
        return
    if any(
        (char < " " and char not in "\n\t") or "\ud800" <= char <= "\udfff" or char == "\x7f"
        for char in text
    ):
        field = shown(path) if path.isprintable() else ""
        raise Invalid("Control characters are not accepted.", field=field or None)


def _translate(detail: ErrorDetails) -> AppError:
    kind, message = detail["type"], detail["msg"]
    field = ".".join(str(part) for part in detail["loc"]) or None
    name = detail["loc"][-1] if detail["loc"] else ""
    if kind in {"json_invalid", "model_type", "model_attributes_type"} and not detail["loc"]:
        return BadRequest()
    if kind == "extra_forbidden":
        return UnknownField(field=shown(field or ""))
    if kind == "missing":
        return MissingField(field=field)
    if name in _AMOUNTS:
        return AmountInvalid(_AMOUNT_SAYS.get(kind), field=field)
    if name == "currency":
        return CurrencyUnknown(field=field)
    return Invalid(_sentence(message), field=shown(field) if field else None)


def _sentence(message: str) -> str:
    """Pydantic's words as a sentence: "Input should be a valid string" gets its full stop."""
    plain = message.removeprefix("Value error, ").replace("Input should be", "The value must be")
    plain = plain[:1].upper() + plain[1:]
    return plain if plain.endswith(".") else f"{plain}."
