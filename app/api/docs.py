"""The API's documentation for people: one page, made from the OpenAPI document."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, Response, render_template

from app.api import error_list, openapi
from app.api.endpoint import PREFIXES, Endpoint, config
from app.api.examples import EXAMPLES
from app.api.routes import ENDPOINTS, GROUPS
from app.api.schemas import Error

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"
)

blueprint = Blueprint("docs", __name__)


@dataclass(frozen=True)
class Field:
    """One line of a table of fields. `target` is the object that its type is, if it is one."""

    name: str
    kind: str
    target: str
    required: bool
    about: str


@dataclass(frozen=True)
class Thing:
    """An object of the API with its fields."""

    name: str
    about: str
    fields: list[Field]


@dataclass(frozen=True)
class Shown:
    """One endpoint as the page shows it."""

    point: Endpoint
    anchor: str
    path: str
    parameters: list[Field]
    fields: list[Field]
    example: str
    answer: str
    codes: list[str]


@blueprint.get("")
def page() -> Response:
    """The whole documentation. It needs no script, so none may run."""
    text = render_template(
        "docs/page.html",
        groups=groups(config().base_url),
        things=things(),
        errors=[(e, error_list.meaning(e), error_list.advice(e)) for e in error_list.listed()],
        base_url=config().base_url,
        version=openapi.VERSION,
        is_sandbox=config().is_sandbox,
    )
    return Response(
        text, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY}
    )


@cache
def groups(base_url: str) -> list[tuple[str, str, list[Shown]]]:
    """`(anchor, title, endpoints)` in the order of the document."""
    shown = [_shown(point, base_url) for point in ENDPOINTS]
    return [
        (name, title, [s for s in shown if s.anchor.startswith(f"{name}-")])
        for name, title in GROUPS.items()
    ]


@cache
def things() -> list[Thing]:
    """Every object that an answer or a request can contain, but for requests themselves."""
    components = openapi.document()["components"]["schemas"]
    requests = {point.command.__name__ for point in ENDPOINTS if point.command is not None}
    return [
        Thing(name, schema.get("description", "").strip(), _fields(schema))
        for name, schema in components.items()
        if name not in requests
        and not name.startswith("Page_")
        and name not in {Error.__name__, "ErrorDetail"}
    ]


def _shown(point: Endpoint, base_url: str) -> Shown:
    document = openapi.document()
    operation = document["paths"][f"/v1{point.path}"][point.method.lower()]
    fields = []
    if point.command is not None:
        fields = _fields(document["components"]["schemas"][point.command.__name__])
    return Shown(
        point=point,
        anchor=point.name.replace(".", "-"),
        path=re.sub(r"{\w+}", "{id}", point.path),
        parameters=[
            _field(p["name"], p["schema"]) for p in operation["parameters"] if p["in"] == "query"
        ],
        fields=fields,
        example=_curl(point, base_url),
        answer=point.answer.__name__,
        codes=[error.code for error in openapi.codes(point) if error.code != "internal"],
    )


def _curl(point: Endpoint, base_url: str) -> str:
    path = re.sub(r"{(\w+)}", lambda found: f"{PREFIXES[found[1]]}_…", point.path)
    verb = "" if point.method in {"GET", "POST"} else f"-X {point.method} "
    lines = [f"curl {verb}{base_url}/v1{path}", '-H "Authorization: Bearer $TILL_KEY"']
    if point.method == "POST":
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if point.command is not None:
        told = json.dumps(EXAMPLES[point.name], indent=2, ensure_ascii=False)
        lines += ['-H "Content-Type: application/json"', f"-d '{told}'"]
    return " \\\n  ".join(lines)


def _fields(schema: dict[str, Any]) -> list[Field]:
    required = set(schema.get("required", ()))
    return [
        _field(name, inner, required=name in required)
        for name, inner in schema.get("properties", {}).items()
    ]


def _field(name: str, schema: dict[str, Any], *, required: bool = False) -> Field:
    kind, target = _kind(schema)
    about = schema.get("description", "")
    if "default" in schema and schema["default"] not in (None, [], {}):
        about = f"{about} Default: {json.dumps(schema['default'])}.".strip()
    return Field(name, kind, target, required, about or _describe(schema))


def _kind(schema: dict[str, Any]) -> tuple[str, str]:
    """A schema in words, and the object it names."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name, name
    if "anyOf" in schema:
        inner = [_kind(kind) for kind in schema["anyOf"] if kind.get("type") != "null"]
        null = ["null"] if any(kind.get("type") == "null" for kind in schema["anyOf"]) else []
        return " or ".join([*(kind for kind, _ in inner), *null]), next(
            (t for _, t in inner if t), ""
        )
    if schema.get("type") == "array":
        kind, target = _kind(schema["items"])
        return f"list of {kind}", target
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"])), ""
    if schema.get("format") == "date-time":
        return "time", ""
    return {"object": "map of texts", "string": "text"}.get(
        schema.get("type", ""), schema.get("type", "")
    ), ""


def _describe(schema: dict[str, Any]) -> str:
    """The description of an optional value stands one level deeper."""
    return next(
        (kind["description"] for kind in schema.get("anyOf", ()) if "description" in kind), ""
    )
