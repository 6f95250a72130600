"""Holds answers against the OpenAPI document: declared status, declared code, the schema, the headers."""

from __future__ import annotations

import re
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from werkzeug.test import TestResponse

# What can be said before an endpoint is found.
ANYWHERE = {"not_found", "method_not_allowed", "invalid_api_key"}


class Contract:
    """The document, ready to be asked."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        resource = Resource.from_contents(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
        )
        self.registry: Registry[Any] = Registry().with_resource("api:", resource)
        self.paths = {
            re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): operations
            for path, operations in document["paths"].items()
        }

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """Raises AssertionError where the answer is not as the document says."""
        assert answer.headers["X-Request-Id"].startswith("req_")
        assert answer.mimetype == "application/json"
        assert answer.json is not None
        operation = self.operation(method, path)
        if operation is None:
            self.fits("Error", answer.json)
            return
        declared = operation["responses"].get(str(answer.status_code))
        if answer.status_code >= 400:
            self.fits("Error", answer.json)
            assert answer.json["request_id"] == answer.headers["X-Request-Id"]
            code = answer.json["error"]["code"]
            named = declared["description"] if declared else ""
            assert code in ANYWHERE or f"`{code}`" in named, (
                f"{method} {path}: {code} is not declared"
            )
            return
        assert declared is not None, f"{method} {path}: {answer.status_code} is not declared"
        ref = declared["content"]["application/json"]["schema"]["$ref"]
        self.fits(ref.rpartition("/")[2], answer.json)

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        found = [o for pattern, o in self.paths.items() if pattern.fullmatch(path)]
        return found[0].get(method.lower()) if found else None

    def fits(self, name: str, value: Any) -> None:
        schema = {"$ref": f"api:#/components/schemas/{name}"}
        Draft202012Validator(schema, registry=self.registry).validate(value)
