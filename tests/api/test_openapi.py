"""The document: valid, complete, and about the very models that check requests."""

import pytest
from openapi_spec_validator import validate

from app.api import error_list, examples, openapi, present, schemas
from app.api.routes import ENDPOINTS
from app.errors import tree
from tests.api.conftest import Api


def test_the_document_is_valid() -> None:
    validate(openapi.document())


def test_the_document_needs_no_key(api: Api) -> None:
    answer = api.client().get("/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json == openapi.document()


def test_every_route_is_in_it(api: Api) -> None:
    routed = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in api.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint not in {"api.nowhere", "api.document"}
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (method.upper(), path)
        for path, operations in openapi.document()["paths"].items()
        for method in operations
    }
    assert routed == described


@pytest.mark.parametrize("point", [p for p in ENDPOINTS if p.command], ids=lambda p: p.name)
def test_examples_are_valid(point: object) -> None:
    point.command.model_validate_json(present.encode(examples.EXAMPLES[point.name]))  # type: ignore[attr-defined]


def test_answers_have_no_optional_fields() -> None:
    """Null, never absent: so that nobody has to tell the two apart."""
    for model in schemas.Answer.__subclasses__():
        assert all(field.is_required() for field in model.model_fields.values()), model


def test_codes_are_unique() -> None:
    codes = [error.code for error in tree()]
    assert len(codes) == len(set(codes))


def test_the_list_of_errors_names_every_one() -> None:
    page = error_list.markdown()
    for error in tree():
        assert f"| `{error.code}` | " in page
        assert error_list.meaning(error)
