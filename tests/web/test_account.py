"""Signing in and out through the pages."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app import people, signins
from models import SignIn, User, db
from tests.people import PASSWORD, Staffer, make_user
from tests.till import Till

EMAIL = "ada@till.example"
Come = Callable[..., Staffer]


@pytest.fixture
def ada(till: Till, quick_passwords: None) -> User:
    return make_user(email=EMAIL)


# Signing in


def test_whoever_knows_the_password_comes_in_and_goes_on(ada: User, visitor: Staffer) -> None:
    asked = visitor.get("/account?x=1&name=Ayd%C4%B1n")
    assert asked.location.startswith("/sign-in?next=/account?")
    shown = visitor.get(asked.location)
    onward = re.search(r'name="next" value="([^"]+)"', shown.text)
    assert onward
    answer = visitor.sign_in(EMAIL, next=html.unescape(onward[1]))
    assert (answer.status_code, answer.location) == (303, "/account?x=1&name=Ayd%C4%B1n")
    assert ada.name in visitor.get("/account").text
    assert visitor.get("/sign-in").status_code == 303


def test_the_cookie_says_nothing_and_is_for_the_browser_alone(ada: User, visitor: Staffer) -> None:
    cookie = visitor.sign_in(EMAIL).headers.getlist("Set-Cookie")[0]
    name, *flags = cookie.split("; ")
    assert re.fullmatch(r"till_staff=[A-Za-z0-9_-]{43}", name)
    assert set(flags) == {"HttpOnly", "Path=/", "SameSite=Lax"}


def test_over_https_nobody_else_can_set_the_cookie(
    application: Flask, ada: User, visitor: Staffer
) -> None:
    application.extensions["till"] = replace(
        application.extensions["till"], base_url="https://pay.example"
    )
    secure: Any = {"base_url": "https://localhost", "headers": {"Accept": "text/html"}}
    page = visitor.client.get("/sign-in", **secure)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert token
    form = {"csrf_token": token[1], "email": EMAIL, "password": PASSWORD}
    cookie = visitor.client.post("/sign-in", data=form, **secure).headers.getlist("Set-Cookie")[0]
    assert cookie.startswith("__Host-till_staff=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert visitor.client.get("/account", **secure).status_code == 200


@pytest.mark.parametrize(("email", "password"), [(EMAIL, "wrong"), ("bob@till.example", PASSWORD)])
def test_what_is_wrong_is_not_told(ada: User, visitor: Staffer, email: str, password: str) -> None:
    answer = visitor.sign_in(email, password)
    assert answer.status_code == 422
    assert "The e-mail address or the password is not right." in answer.text
    assert f'value="{email}"' in answer.text
    assert password not in answer.text
    assert visitor.cookie is None


def test_too_many_tries_are_told_in_the_page(ada: User, visitor: Staffer) -> None:
    for _ in range(signins.FAILURES_PER_PERSON):
        visitor.sign_in(EMAIL, "wrong")
    answer = visitor.sign_in(EMAIL)
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.text
    assert answer.headers["Retry-After"] == "900"
    assert visitor.cookie is None


def test_a_session_that_somebody_else_chose_is_not_taken_over(ada: User, visitor: Staffer) -> None:
    planted = "A" * 43
    visitor.client.set_cookie("till_staff", planted)
    visitor.sign_in(EMAIL)
    assert visitor.cookie != planted
    first = visitor.cookie
    visitor.sign_in(EMAIL)  # again, in the same browser
    assert visitor.cookie != first
    assert len(db.session().query(SignIn).all()) == 1


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_led_away(ada: User, visitor: Staffer, target: str) -> None:
    assert visitor.sign_in(EMAIL, next=target).location == "/staff"
    assert visitor.get("/sign-in", query_string={"next": target}).location == "/staff"


@pytest.mark.parametrize("cookie", ["x", "A" * 43, "%00", "a" * 4000, '"; DROP'])
def test_another_cookie_opens_nothing(visitor: Staffer, cookie: str) -> None:
    visitor.client.set_cookie("till_staff", cookie)
    assert visitor.get("/account").status_code == 303


def test_cookies_of_flask_login_itself_count_for_nothing(ada: User, visitor: Staffer) -> None:
    with visitor.client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = ada.id, True
    visitor.client.set_cookie("remember_token", f"{ada.id}|{'0' * 128}")
    assert visitor.get("/account").status_code == 303
    visitor.sign_in(EMAIL)
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"email": EMAIL},
        {"password": PASSWORD},
        {"email": "\x00", "password": "\x00"},
        {"email": f"{EMAIL}\x00", "password": PASSWORD},
        {"email": "x" * 900, "password": "y" * 900},
        {"email": "x" * 100_000, "password": "y" * 100_000},
        {"email": ["a@b.example", "c@d.example"], "password": ["x", "y"]},
        {"email": EMAIL, "password": "x", "role": "admin"},
        {"email": "ü@ü.example", "password": "\u202e"},
        {"email": "{{7777*7777}}", "password": "<script>"},
        {"email": EMAIL, "password": "x", "next": "\x00\r\n"},
    ],
)
def test_nonsense_is_refused_in_words(ada: User, visitor: Staffer, form: dict[str, Any]) -> None:
    answer = visitor.post("/sign-in", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "60481729" not in answer.text
    assert visitor.cookie is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"email": 7, "password": null}', "application/json"),
        (b"\xff\xfe", "text/plain"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"a=%FF&email=%FF", "application/x-www-form-urlencoded"),
    ],
)
def test_other_bodies_are_refused_too(ada: User, visitor: Staffer, body: bytes, kind: str) -> None:
    headers = {"Accept": "application/json", "X-CSRFToken": visitor.token}
    answer = visitor.client.post("/sign-in", data=body, content_type=kind, headers=headers)
    assert answer.status_code in {400, 422}
    assert answer.json["error"]["code"]


def test_the_demos_people_are_nobody_where_money_is_real(
    application: Flask, quick_passwords: None, visitor: Staffer
) -> None:
    wanted = people.NewUser(email=EMAIL, name="Ada", role="admin")
    people.create(wanted, password=PASSWORD, is_demo=True)
    visitor.sign_in(EMAIL)
    assert visitor.get("/users").status_code == 200
    config = application.extensions["till"]
    application.extensions["till"] = replace(config, sandbox_url="")
    assert visitor.get("/users").status_code == 303
    assert visitor.sign_in(EMAIL).status_code == 422


def test_a_body_over_the_limit_is_refused(visitor: Staffer) -> None:
    answer = visitor.post("/sign-in", {"email": "x" * 2_000_000})
    assert answer.status_code == 413


# Signing out


def test_a_cookie_that_was_copied_is_worth_nothing_after_signing_out(
    staffer: Come, visitor: Staffer
) -> None:
    who = staffer("analyst")
    copied = who.cookie or ""
    visitor.client.set_cookie("till_staff", copied)
    assert visitor.get("/account").status_code == 200
    answer = who.post("/sign-out")
    assert answer.location == "/sign-in"
    assert who.cookie is None
    visitor.client.set_cookie("till_staff", copied)
    assert visitor.get("/account").status_code == 303
    assert who.post("/sign-out").status_code == 303  # twice is no mistake


def test_a_link_cannot_sign_anybody_out(staffer: Come) -> None:
    who = staffer("analyst")
    assert who.get("/sign-out").status_code == 405
    assert who.get("/account").status_code == 200


def test_what_happens_at_the_staff_pages_stays_out_of_the_checkout(
    till: Till, staffer: Come
) -> None:
    """A shopper's page in the same browser goes on working, and has the providers' policy."""
    who, session = staffer("analyst"), till.session()
    page = who.get(f"/c/{session.id}")
    token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert token
    assert "script-src 'self' http" in page.headers["Content-Security-Policy"]
    who.post("/sign-out")
    body = {"confirmation_token": till.confirmation_token("ok"), "amount": 1999}
    paid = who.client.post(
        f"/c/{session.id}/pay/stripe", json=body, headers={"X-CSRFToken": token[1]}
    )
    assert paid.json["status"] == "captured"


def test_the_api_does_not_look_at_cookies(staffer: Come) -> None:
    answer = staffer("admin").client.get("/v1/payments")
    assert answer.status_code == 401
    assert "Cookie" not in answer.headers.get("Vary", "")
