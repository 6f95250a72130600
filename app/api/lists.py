"""Lists: what may be asked for in the query, and one page of rows by keyset."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from flask import request
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError
from sqlalchemy import Select

from app import pan
from app.api import body
from app.commands import ProviderName
from app.errors import Invalid, RawCardData
from models import db
from models.db import Base
from models.ids import is_id
from models.lifecycle import PAYMENT_STATUSES

Row = TypeVar("Row", bound=Base)
Query = TypeVar("Query", bound=BaseModel)


def _digits(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise PydanticCustomError("int_type", "The value must be a whole number")
    return text


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min  # noqa: DTZ901 -- as wrong as a time without its zone
    if moment.tzinfo is None or not 2000 <= moment.year < 3000:
        raise PydanticCustomError(
            "time_invalid", "Give a time with its zone, as in 2026-11-21T10:06:04Z"
        )
    return moment


def _cursor(text: str) -> str:
    if not any(is_id(text, prefix) for prefix in ("pay", "lnk", "re", "evt", "asm", "cus", "sm")):
        raise PydanticCustomError("cursor_invalid", "Give the next_cursor of the page before")
    return text


Moment = Annotated[datetime, BeforeValidator(_moment)]


class ListQuery(BaseModel):
    """Which page of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, BeforeValidator(_digits), Field(ge=1, le=100)] = 20
    cursor: Annotated[str, Field(max_length=64), AfterValidator(_cursor)] | None = None


class PaymentsQuery(ListQuery):
    """Which payments, and which page of them."""

    status: Literal[PAYMENT_STATUSES] | None = None  # type: ignore[valid-type]
    provider: ProviderName | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None


class EventsQuery(ListQuery):
    """Which events, and which page of them."""

    payment_id: Annotated[str, Field(max_length=64)] | None = None
    type: Annotated[str, Field(max_length=60)] | None = None


class CustomersQuery(ListQuery):
    """Which customers, and which page of them."""

    email: Annotated[str, Field(max_length=254), AfterValidator(str.lower)] | None = None
    reference: Annotated[str, Field(max_length=120)] | None = None


class NoQuery(BaseModel):
    """Nothing may be asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read(model: type[Query]) -> Query:
    """The request's query as a model. Raises UnknownField, Invalid, RawCardData."""
    if not request.query_string:
        return model()
    told: dict[str, str] = {}
    for name, values in request.args.lists():
        if (field := pan.find({name: list(values)})) is not None:
            raise RawCardData(field=body.shown(field))
        if len(values) > 1:
            raise Invalid("Give this once.", field=body.shown(name))
        body.check_text(values[0], name)
        told[name] = values[0]
    try:
        return model.model_validate(told)
    except ValidationError as wrong:
        raise body.first(wrong) from None


def rows(statement: Select[Row], key: Any, query: ListQuery) -> list[Row]:
    """The page's rows, newest first, and one more if there is one."""
    if query.cursor is not None:
        statement = statement.where(key < query.cursor)
    return list(db.session().scalars(statement.order_by(key.desc()).limit(query.limit + 1)))
