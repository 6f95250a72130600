"""Stripe's own OpenAPI document as a judge of every answer that a test receives."""

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

DOCUMENT = (
    Path(__file__).parents[2] / "../shared/contracts/stripe/stripe-sdk16.1-derived.json.gz"
).resolve()
# The document leaves these out, or they are private to the browser script.
NOT_DOCUMENTED = {"/v1/account"}
BY_HAND = {("post", "/v1/confirmation_tokens"): "confirmation_token"}


@cache
def document() -> dict[str, Any] | None:
    """The contract, or None where it is not beside the project."""
    return json.loads(gzip.decompress(DOCUMENT.read_bytes())) if DOCUMENT.exists() else None


@cache
def _definitions() -> dict[str, Any]:
    schemas = (document() or {})["components"]["schemas"]
    return {name: _as_json_schema(schema) for name, schema in schemas.items()}


def _as_json_schema(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {k: _as_json_schema(v) for k, v in schema.items() if k != "nullable"}
    if "$ref" in plain:
        plain["$ref"] = plain["$ref"].replace("#/components/schemas/", "contract:")
    # An answer may not have fields that the document does not know.
    if plain.get("type") == "object" and plain.get("properties"):
        plain.setdefault("additionalProperties", False)
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") else plain


@cache
def _registry() -> Registry:
    resources = [
        (f"contract:{name}", Resource(contents=schema, specification=DRAFT202012))
        for name, schema in _definitions().items()
    ]
    return Registry().with_resources(resources)


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"contract:{name}"}, registry=_registry())


@cache
def _answer_validator(method: str, template: str) -> Draft202012Validator:
    operation = (document() or {})["paths"][template][method]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return Draft202012Validator(_as_json_schema(schema), registry=_registry())


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted((document() or {})["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path) for path in paths]


def problems(method: str, path: str, status: int, body: Any) -> list[str]:
    """What the contract finds wrong with one answer."""
    if document() is None or path in NOT_DOCUMENTED:
        return []
    if method.lower() == "delete":  # the document describes the object, not the word about its end
        return []
    if status != 200:
        return _told(_validator("error_response"), body)
    method = method.lower()
    if (method, path) in BY_HAND:
        return _told(_validator(BY_HAND[method, path]), body)
    for pattern, template in _templates():
        if pattern.match(path) and method in (document() or {})["paths"][template]:
            return _told(_answer_validator(method, template), body)
    return [f"{method} {path} is not in the contract"]


def _told(validator: Draft202012Validator, body: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(body)]


def parameters(method: str, template: str) -> dict[str, Any]:
    """The parameters that the contract knows for an operation, by name."""
    operation = (document() or {})["paths"][template][method]
    if method == "get":
        return {one["name"]: one["schema"] for one in operation["parameters"]}
    if "requestBody" not in operation:
        return {}
    content = next(iter(operation["requestBody"]["content"].values()))
    return _properties(content["schema"])


def _properties(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = (document() or {})["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return dict(schema.get("properties", {}))
