"""A staff form as it came: read strictly into a command, or shown again with what was typed and what is wrong."""

from __future__ import annotations

from typing import Generic, TypeVar

from flask import request
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.commands import Command
from app.errors import AppError, Invalid

Model = TypeVar("Model", bound=Command)

# Fields that are not shown again.
SECRETS = frozenset({"password", "old_password"})

_SAYS = {
    "missing": "This is needed.",
    "value_error": "Enter an e-mail address like name@example.com.",
    "literal_error": "Choose one from the list.",
    "extra_forbidden": "This field is not known here.",
}


class Form(Generic[Model]):
    """What a template shows of a form: `values` by field, and `errors` by field ("" is the whole form)."""

    def __init__(self, model: type[Model], **values: str | None) -> None:
        self._model = model
        self.values = {name: value or "" for name, value in values.items()}
        self.errors: dict[str, str] = {}

    def read(self) -> Model:
        """The request as a command. Raises Invalid, with a sentence for every field in `errors`."""
        sent = {name: value for name, value in request.form.items() if name != "csrf_token"}
        self.values |= {name: value for name, value in sent.items() if name not in SECRETS}
        try:
            # A browser sends the empty fields too.
            return self._model.model_validate({n: v for n, v in sent.items() if v.strip()})
        except ValidationError as error:
            for found in error.errors(include_url=False, include_input=False):
                self.refuse(
                    Invalid(_sentence(found), field=str(found["loc"][0]) if found["loc"] else None)
                )
            field, message = next(iter(self.errors.items()))
            raise Invalid(message, field=field or None) from None

    def refuse(self, refusal: AppError) -> None:
        """Show this refusal at its field."""
        known = refusal.field if refusal.field in {*self._model.model_fields, None} else None
        self.errors.setdefault(known or "", refusal.message)


def _sentence(found: ErrorDetails) -> str:
    if found["type"] in {"string_too_long", "too_long"}:
        return f"At most {found['ctx']['max_length']} characters."
    return _SAYS.get(found["type"], found["msg"])
