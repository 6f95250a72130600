"""The OpenAPI 3.1 document, made from the models that check requests and the table that routes them."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app import errors
from app.api import present, schemas
from app.api.endpoint import Endpoint
from app.api.examples import EXAMPLES
from app.api.routes import ENDPOINTS, GROUPS

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"

# What any request can meet, before its endpoint is asked.
_ALWAYS = (errors.Unauthenticated, errors.Unavailable, errors.AppError)
_WITH_BODY = (
    errors.BadRequest,
    errors.PayloadTooLarge,
    errors.UnsupportedMediaType,
    errors.Invalid,
    errors.UnknownField,
    errors.RawCardData,
)
_WITH_FIELDS = (errors.MissingField,)
_WITH_QUERY = (errors.Invalid, errors.UnknownField, errors.RawCardData)
_WITH_KEY = (errors.IdempotencyInProgress, errors.IdempotencyKeyReused)

_KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes repeating safe: the same key gets the same answer, byte for byte, for 72 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
_REPLAYED = {
    "description": "`true` on an answer that was given before.",
    "schema": {"type": "string", "enum": ["true"]},
}
_ID_OF_REQUEST = {
    "description": "Quote it when you ask us about a request.",
    "schema": {"type": "string"},
}


def codes(endpoint: Endpoint) -> list[type[errors.AppError]]:
    """Every error the endpoint can answer with, in the order of their status."""
    found: list[type[errors.AppError]] = [*_ALWAYS, *endpoint.errors]
    if endpoint.command is not None:
        found += _WITH_BODY
        found += _WITH_FIELDS if endpoint.needs_body else ()
    if endpoint.query.model_fields:
        found += _WITH_QUERY
    if endpoint.method == "POST":
        found += _WITH_KEY
    return sorted(dict.fromkeys(found), key=lambda error: (error.status, error.code))


@cache
def document() -> dict[str, Any]:
    """The whole document."""
    refs, components = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for point in ENDPOINTS:
        paths.setdefault(f"/v1{point.path}", {})[point.method.lower()] = _operation(point, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Till API",
            "version": VERSION,
            "description": (
                "Take payments by card and by PayPal. Amounts are integers in the currency's minor unit, "
                "times are ISO 8601 in UTC, ids are prefixed and sort by time."
            ),
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [{"name": title} for title in GROUPS.values()],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A secret key: `sk_test_…` or `sk_live_…`.",
                }
            },
            "schemas": components,
        },
    }


@cache
def encoded() -> bytes:
    """The document as it is sent."""
    return present.encode(document())


def _schemas() -> tuple[dict[type[BaseModel], dict[str, Any]], dict[str, Any]]:
    asked: list[type[BaseModel]] = [
        point.command for point in ENDPOINTS if point.command is not None
    ]
    told: list[type[BaseModel]] = [
        *dict.fromkeys(point.answer for point in ENDPOINTS),
        schemas.Error,
    ]
    found, definitions = models_json_schema(
        [
            *((model, "validation") for model in asked),
            *((model, "serialization") for model in told),
        ],
        ref_template=_REF,
    )
    refs = {model: ref for (model, _mode), ref in found.items()}
    return {model: refs[model] for model in (*asked, *told)}, definitions["$defs"]


def _operation(point: Endpoint, refs: dict[type[BaseModel], dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": point.name,
        "summary": point.summary,
        "tags": [GROUPS[point.name.partition(".")[0]]],
        "parameters": _parameters(point),
        "responses": {
            str(point.status): _success(point, refs[point.answer]),
            **_failures(point, refs[schemas.Error]),
        },
    }
    if point.command is not None:
        content = {
            "application/json": {"schema": refs[point.command], "example": EXAMPLES[point.name]}
        }
        made["requestBody"] = {"required": point.needs_body, "content": content}
    return made


def _parameters(point: Endpoint) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}
        for part in point.path.split("/")
        if part.startswith("{")
    ]
    if point.method == "POST":
        found.append(_KEY_HEADER)
    properties = point.query.model_json_schema().get("properties", {})
    for name, schema in properties.items():
        # A query has no null: a parameter is there, or it is not.
        plain = next(
            (kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"), schema
        )
        found.append({"name": name, "in": "query", "required": False, "schema": plain})
    return found


def _success(point: Endpoint, ref: dict[str, Any]) -> dict[str, Any]:
    headers = {"X-Request-Id": _ID_OF_REQUEST}
    if point.method == "POST":
        headers["Idempotent-Replayed"] = _REPLAYED
    return {
        "description": (point.answer.__doc__ or "").strip(),
        "headers": headers,
        "content": {"application/json": {"schema": ref}},
    }


def _failures(point: Endpoint, ref: dict[str, Any]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = {}
    for error in codes(point):
        by_status.setdefault(error.status, []).append(f"`{error.code}`")
    return {
        str(status): {
            "description": ", ".join(named),
            "content": {"application/json": {"schema": ref}},
        }
        for status, named in by_status.items()
    }
