"""What the page may send us: JSON from its script or a plain form, strict either way."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from flask import request
from pydantic import AfterValidator, EmailStr, Field, ValidationError
from pydantic_core import ErrorDetails

from app import pan
from app.commands import Command
from app.errors import (
    AmountInvalid,
    AppError,
    BadRequest,
    Invalid,
    MissingField,
    RawCardData,
    UnknownField,
)
from app.languages import N_, _
from app.values import Amount, Credential, Method, Name

Offset = Annotated[int, Field(ge=-14 * 60, le=14 * 60)]
Text = Annotated[str, Field(max_length=40), AfterValidator(str.strip)]


class Choose(Command):
    """What the shopper may change about the order. `amount` is the text as it was typed."""

    quantity: int | None = None
    amount: Text | None = None
    shipping_option: Text | None = None


class PayStripe(Command):
    """A confirmation token, and the amount that the shopper saw."""

    confirmation_token: Credential
    amount: Amount
    email: EmailStr | None = None
    name: Name | None = None
    save: bool = False
    utc_offset_min: Offset | None = None


class PayPayPal(Command):
    """The amount that the shopper saw; the order is made by us. `method` card: for PayPal's own card fields."""

    amount: Amount
    method: Literal["", "card"] = ""
    email: EmailStr | None = None
    save: bool = False
    utc_offset_min: Offset | None = None


class PayAway(Command):
    """The same, with what was chosen of the ways to pay on the provider's own page; nothing is saved there."""

    method: Method
    amount: Amount
    email: EmailStr | None = None
    utc_offset_min: Offset | None = None


class Approved(Command):
    """PayPal's order, after the buyer has approved it."""

    order: Credential


Model = TypeVar("Model", bound=Command)

_BY_TYPE: dict[str, type[AppError]] = {"missing": MissingField, "extra_forbidden": UnknownField}
_SAYS = {
    "email": N_("Enter an e-mail address like name@example.com."),
    "name": N_("Enter the name on your card or account."),
}


def read(model: type[Model]) -> Model:
    """The request as a command. Raises BadRequest, Invalid and its kinds, RawCardData."""
    try:
        command = model.model_validate_json(request.get_data()) if request.is_json else _form(model)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False, include_input=False)[0]) from None
    if where := pan.find(command.model_dump(exclude_none=True)):
        raise RawCardData(field=where)
    return command


def _form(model: type[Model]) -> Model:
    """A plain form sends only text; an empty field is an absent one."""
    sent = {
        name: value
        for name, value in request.form.items()
        if name != "csrf_token" and value.strip()
    }
    return model.model_validate({name: _typed(model, name, value) for name, value in sent.items()})


def _typed(model: type[Command], name: str, value: str) -> object:
    """A ticked box sends `on`."""
    field = model.model_fields.get(name)
    if field is not None and field.annotation is bool:
        return True if value == "on" else value
    return int(value) if _whole(model, name, value) else value


def _whole(model: type[Command], name: str, value: str) -> bool:
    field = model.model_fields.get(name)
    wants_text = field is None or "str" in str(field.annotation)
    return not wants_text and value.isascii() and value.isdigit() and len(value) < 17


def _refusal(first: ErrorDetails) -> AppError:
    if first["type"] in {"json_invalid", "model_type", "model_attributes_type"}:
        return BadRequest()
    field = ".".join(str(part) for part in first["loc"])
    if field == "amount" and first["type"] != "missing":
        return AmountInvalid(field=field)
    return _BY_TYPE.get(first["type"], Invalid)(_(_SAYS.get(field, "")) or None, field=field)
