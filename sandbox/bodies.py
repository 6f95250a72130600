"""How the desk reads what it is sent: strictly, and with a refusal that says which field, why and what to do."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Refused(Exception):
    """The desk says no, and nothing was changed: which field, why, and what to do."""

    def __init__(self, code: str, message: str, *, status: int = 422, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.told = {"code": code, "message": message, **more}


class Body(BaseModel):
    """A body of the desk: these fields of these types, and no others."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# In place of words that speak of our classes.
WORDS = {"model_type": "It should be a JSON object", "extra_forbidden": "There is no such field"}

Model = TypeVar("Model", bound=Body)


def parse(model: type[Model], given: Any) -> Model:
    """Read `given` as this model. Raises Refused with the field, and the step of a script."""
    try:
        return model.model_validate(given)
    except ValidationError as errors:
        raise _refused(errors.errors()[0]) from None


def _refused(error: Any) -> Refused:
    where = list(error["loc"])
    more: dict[str, Any] = {}
    if where[:1] == ["steps"] and len(where) > 1:
        more["step"] = where[1]
        where = where[2:]
    field = ".".join(str(part) for part in where)
    words = WORDS.get(error["type"], error["msg"].removeprefix("Value error, "))
    return Refused("invalid", f"{words[:1].upper()}{words[1:]}.", field=field, **more)
