"""The pages over a real application, and a browser's worth of cookies."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from models import CheckoutSession, db
from tests.till import Till


class Shopper:
    """Somebody with a browser: keeps cookies, sends the page's CSRF token."""

    def __init__(self, client: FlaskClient, till: Till) -> None:
        self.client, self.till = client, till
        self.token = ""

    def open(self, session: CheckoutSession | str) -> TestResponse:
        path = session if isinstance(session, str) else f"/c/{session.id}"
        answer = self.client.get(path, headers={"Accept": "text/html"})
        found = re.search(r'name="csrf-token" content="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    def post(self, session: CheckoutSession, path: str, body: Any = None, **more: Any) -> Any:
        """Send JSON as the page's script does."""
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        return self.client.post(
            f"/c/{session.id}/{path}", headers=headers, content_type="application/json", **sent,
            **more,
        )  # fmt: skip

    def submit(self, session: CheckoutSession, path: str, form: dict[str, Any]) -> TestResponse:
        """Send a form as a browser without JavaScript does."""
        return self.client.post(
            f"/c/{session.id}/{path}",
            data={"csrf_token": self.token, **form},
            headers={"Accept": "text/html"},
        )


@pytest.fixture
def application(till: Till) -> Iterator[Flask]:
    """The application on the test's own engine, which `till` disposes of."""
    root = logging.getLogger()
    before, level, engine = root.handlers[:], root.level, db.engine()
    app = create_app(till.config)
    db.engine().dispose()
    db._maker.configure(bind=engine)
    yield app
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def shopper(application: Flask, till: Till) -> Shopper:
    return Shopper(application.test_client(), till)
