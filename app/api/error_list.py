"""docs/errors.md: every code a caller can see, made from the error classes."""

from __future__ import annotations

from http import HTTPStatus
from itertools import groupby

from app.errors import AppError, tree

_INTRO = """# Errors

Made by `flask --app wsgi errors` from `app/errors.py`.

Every error has one shape, in the API and in what the checkout page asks of us:

```json
{"error": {"code": "missing_field", "message": "This field is required.", "field": "currency"}, "request_id": "req_…"}
```

Decide by `code`: codes do not change. `message` is for people and may. `field` is there when one field is wrong.
Some codes bring more, such as `refundable` or `minimum`, in minor units. A declined payment is not an error: it is a
payment with `status: "failed"` and a `decline`.

| status | may the same request be sent again? |
|---|---|
| 400, 401, 403, 404, 405, 413, 415, 422 | No: it is refused again until it is changed. |
| 409 | Look at the record first: its state does not allow this now. |
| 429, 503 | Yes, after a moment, with the same `Idempotency-Key`. |
| 500, or no answer at all | Yes, with the same `Idempotency-Key`: it is answered from what happened the first time. |
"""


def listed() -> list[type[AppError]]:
    """Every error class, by status and code."""
    return sorted(tree(), key=lambda error: (error.status, error.code))


def meaning(error: type[AppError]) -> str:
    """When it happens, in one line."""
    return " ".join((error.__doc__ or "").split())


def advice(error: type[AppError]) -> str:
    """What it says; nothing where the sentence depends on the case."""
    own = error is AppError or error.says != AppError.says
    return error.says if own else ""


def markdown() -> str:
    """The whole page."""
    parts = [_INTRO]
    for status, group in groupby(listed(), key=lambda error: error.status):
        rows = [f"| `{error.code}` | {meaning(error)} | {advice(error)} |" for error in group]
        head = [
            f"## {status} {HTTPStatus(status).phrase}\n",
            "| code | when | says |",
            "|---|---|---|",
        ]
        parts.append("\n".join([*head, *rows, ""]))
    return "\n".join(parts)
