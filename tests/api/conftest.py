"""The API as a merchant's server sees it, on a fresh database, with a sandbox of its own behind it."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.api import caller, openapi
from models import Merchant, db
from models.ids import new_id
from tests.api.conform import Contract
from tests.till import Till

CONTRACT = Contract(openapi.document())


@dataclass
class Api:
    """A merchant's server; every answer it gets is held against the OpenAPI document."""

    till: Till
    app: Flask
    key: str
    answers: list[TestResponse] = field(default_factory=list)

    def client(self) -> FlaskClient:
        """A new one each time: threads share nothing but the application."""
        return self.app.test_client()

    def call(self, method: str, path: str, *, once: str | None = None, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        if once is not None:
            headers["Idempotency-Key"] = once
        answer = self.client().open(path, method=method, headers=headers, **more)
        self.answers.append(answer)
        CONTRACT.check(method, path.partition("?")[0], answer)
        return answer

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        return (
            self.call("POST", path, json=body, **more)
            if body is not None
            else self.call("POST", path, **more)
        )

    def raw(self, path: str, body: bytes, **more: Any) -> TestResponse:
        """A body as it is, labelled as JSON."""
        return self.call("POST", path, data=body, content_type="application/json", **more)

    def token(self, card: str = "pm_card_visa", amount: int = 1999, currency: str = "EUR") -> str:
        told = {
            "provider": "stripe",
            "payment_method": card,
            "amount": amount,
            "currency": currency,
        }
        answer = self.post("/v1/tokens", told)
        assert answer.status_code == 201, answer.text
        return str(answer.json["id"])

    def payment_body(
        self, card: str = "pm_card_visa", amount: int = 1999, **more: Any
    ) -> dict[str, Any]:
        return {"token": self.token(card, amount), "amount": amount, "currency": "EUR", **more}

    def pay(self, card: str = "pm_card_visa", amount: int = 1999, **more: Any) -> dict[str, Any]:
        answer = self.post("/v1/payments", self.payment_body(card, amount, **more))
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def session(self, **more: Any) -> dict[str, Any]:
        answer = self.post("/v1/checkout_sessions", {"currency": "EUR", "amount": 1999, **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json)

    def rival(self) -> "Api":
        """Another merchant with a key of their own."""
        other = Merchant(id=new_id("mer"), name="Rival")
        with db.transaction():
            db.insert(other)
        return Api(self.till, self.app, Till(self.till.config, self.till.world, other).api_key())


@pytest.fixture
def api(till: Till) -> Iterator[Api]:
    root = logging.getLogger()
    before, level, first = root.handlers[:], root.level, db.engine()
    app = create_app(till.config)
    db.engine().dispose()
    db._maker.configure(
        bind=first
    )  # the test and the application share the engine that `till` disposes of
    caller.forget_all()
    try:
        yield Api(till, app, till.api_key())
    finally:
        root.handlers[:] = before
        root.setLevel(level)


def code(answer: TestResponse) -> str:
    """The status and the code of an error."""
    assert answer.json is not None, answer.text
    return f"{answer.status_code} {answer.json['error']['code']}"
