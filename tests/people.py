"""People who have signed in, for tests: quick to make, with a browser's worth of cookies and the page's CSRF token."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import passwords, signins
from app.web import staff
from models import User, db
from models.ids import new_id

PASSWORD = "wobbly tables leave at noon"
NAMES = {"merchant": "Dilek Aydin", "analyst": "Ada Marlowe", "admin": "Chiara Lind"}


class Staffer:
    """Somebody at the staff pages. `client` is their browser."""

    def __init__(self, client: FlaskClient, user: User | None = None) -> None:
        self.client, self.user = client, user
        self._token = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, headers={"Accept": "text/html"}, **more)

    def post(self, path: str, form: dict[str, Any] | None = None, **headers: str) -> TestResponse:
        """Send a form as the page would."""
        sent = {"csrf_token": self.token, **(form or {})}
        return self.client.post(path, data=sent, headers={"Accept": "text/html", **headers})

    @property
    def token(self) -> str:
        """What the pages have in their forms."""
        if not self._token:
            path = "/account" if self.user else "/sign-in"
            found = re.search(r'name="csrf-token" content="([^"]+)"', self.get(path).text)
            assert found, f"{path} has no token"
            self._token = found[1]
        return self._token

    def sign_in(self, email: str, password: str = PASSWORD, **more: str) -> TestResponse:
        """At the sign-in page."""
        return self.post("/sign-in", {"email": email, "password": password, **more})

    @property
    def cookie(self) -> str | None:
        """The token of the session."""
        found = self.client.get_cookie("till_staff")
        return found.value if found else None


@pytest.fixture
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 with its smallest parameters: what it costs is not what these tests are about."""
    monkeypatch.setattr(
        passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    passwords._dummy.cache_clear()


def make_user(role: str = "analyst", *, email: str = "", merchant_id: str | None = None) -> User:
    """A user with PASSWORD."""
    user = User(
        id=new_id("usr"),
        email=email or f"{new_id('req')}@till.example",
        name=NAMES[role],
        role=role,
        merchant_id=merchant_id,
        password_hash=passwords.hashed(PASSWORD),
    )
    with db.transaction():
        db.insert(user)
    return user


@pytest.fixture
def visitor(application: Flask, quick_passwords: None) -> Staffer:
    """Somebody who has not signed in."""
    return Staffer(application.test_client())


@pytest.fixture
def staffer(application: Flask, quick_passwords: None) -> Callable[..., Staffer]:
    """`staffer("analyst")`: somebody new with this role, signed in."""

    def come(role: str = "analyst", **more: Any) -> Staffer:
        client = application.test_client()
        user = make_user(role, **more)
        with db.transaction():
            token = signins.begin(user, ip="127.0.0.1", user_agent="a test")
        with application.app_context():
            client.set_cookie(staff.cookie_name(), token)
        return Staffer(client, user)

    return come
