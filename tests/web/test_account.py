"""Signing in and out through the pages, one's own account, and the users of the installation."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app import people, signins
from app.web import account
from models import SignIn, User, db
from models.ids import new_id
from tests.people import PASSWORD, Staffer, make_user
from tests.till import Till

EMAIL = "ada@till.example"
NEW = "another lot of words"
Come = Callable[..., Staffer]


@pytest.fixture
def ada(till: Till, quick_passwords: None) -> User:
    return make_user(email=EMAIL)


def now(user: User) -> User:
    return db.session().get_one(User, user.id, populate_existing=True)


# Signing in


def test_whoever_knows_the_password_comes_in_and_goes_on(ada: User, visitor: Staffer) -> None:
    asked = visitor.get("/account?x=1")
    assert asked.location == "/sign-in?next=/account?x%3D1"
    shown = visitor.get(asked.location)
    onward = re.search(r'name="next" value="([^"]+)"', shown.text)
    assert onward
    answer = visitor.sign_in(EMAIL, next=onward[1])
    assert (answer.status_code, answer.location) == (303, "/account?x=1")
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
        {"email": "{{7*7}}", "password": "<script>"},
        {"email": EMAIL, "password": "x", "next": "\x00\r\n"},
    ],
)
def test_nonsense_is_refused_in_words(ada: User, visitor: Staffer, form: dict[str, Any]) -> None:
    answer = visitor.post("/sign-in", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "49" not in answer.text.partition("<main")[2]
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


# One's own account


def test_a_changed_password_ends_all_other_sessions(
    ada: User, visitor: Staffer, application: Flask
) -> None:
    other = Staffer(application.test_client())
    visitor.sign_in(EMAIL)
    other.sign_in(EMAIL)
    before = visitor.cookie
    answer = visitor.post("/account/password", {"old_password": PASSWORD, "password": NEW})
    assert answer.location == "/account"
    assert "Everywhere else you are signed out." in visitor.get("/account").text
    assert other.get("/account").status_code == 303
    other.client.set_cookie("till_staff", before or "")
    assert other.get("/account").status_code == 303
    assert other.sign_in(EMAIL, PASSWORD).status_code == 422
    assert other.sign_in(EMAIL, NEW).status_code == 303


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"old_password": "wrong", "password": NEW}, "This is not your password."),
        ({"old_password": PASSWORD, "password": "short"}, "Use 12 to 128 characters."),
        ({"old_password": PASSWORD, "password": "password12345"}, "every list of the commonest"),
        ({"old_password": PASSWORD, "password": PASSWORD}, "Choose another."),
        ({"old_password": PASSWORD}, "This is needed."),
        ({"password": NEW}, "This is needed."),
        ({"old_password": "x" * 5000, "password": "\x00"}, "At most 1000 characters."),
    ],
)
def test_a_password_that_is_refused_stays(
    ada: User, visitor: Staffer, form: dict[str, str], says: str
) -> None:
    visitor.sign_in(EMAIL)
    answer = visitor.post("/account/password", form)
    assert answer.status_code == 422
    assert says in answer.text
    assert now(ada).password_hash == ada.password_hash
    assert NEW not in answer.text
    assert visitor.get("/account").status_code == 200


def test_keyboard_shortcuts_can_be_switched_off(staffer: Come) -> None:
    who = staffer("analyst")
    assert 'data-shortcuts="on"' in who.get("/account").text
    who.post("/account/settings", {})
    assert 'data-shortcuts="off"' in who.get("/account").text
    who.post("/account/settings", {"shortcuts": "on"})
    assert 'data-shortcuts="on"' in who.get("/account").text


def test_sessions_are_listed_and_ended_one_by_one(
    ada: User, visitor: Staffer, application: Flask, staffer: Come
) -> None:
    other, stranger = Staffer(application.test_client()), staffer("admin")
    visitor.sign_in(EMAIL)
    other.sign_in(EMAIL)
    page = visitor.get("/account").text
    paths = re.findall(r'action="(/account/sessions/[^"]+/end)"', page)
    assert len(paths) == 1
    assert page.count("This one") == 1
    assert stranger.post(paths[0]).status_code == 303  # somebody else's: nothing happens
    assert other.get("/account").status_code == 200
    visitor.post(paths[0])
    assert other.get("/account").status_code == 303
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Safari/604", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on macOS"),
        ("curl/8.5", "curl/8.5"),
        ("<script>" * 30, "<script>" * 5),
        (None, "Unknown"),
    ],
)  # fmt: skip
def test_a_browser_is_called_what_people_call_it(said: str | None, shown: str) -> None:
    assert account.browser(said) == shown


# The users


def test_somebody_new_gets_a_password_once_and_chooses_another(
    staffer: Come, visitor: Staffer
) -> None:
    admin = staffer("admin")
    form = {"name": "Bea Roth", "email": "Bea@Till.example", "role": "analyst", "merchant_id": ""}
    answer = admin.post("/users", form)
    assert answer.status_code == 201
    found = re.search(r'class="secret">([^<]+)<', answer.text)
    assert found
    given = found[1]
    assert given not in admin.get("/users").text
    assert visitor.sign_in("bea@till.example", given).status_code == 303
    assert visitor.get("/staff").location == "/account#password"
    assert visitor.get("/account").status_code == 200
    visitor.post("/account/password", {"old_password": given, "password": NEW})
    assert visitor.get("/staff").location != "/account#password"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"email": EMAIL}, "Somebody with this e-mail address is here already."),
        ({"email": "ada"}, "Enter an e-mail address like name@example.com."),
        ({"email": "\x00@x.example"}, "Enter an e-mail address"),
        ({"email": f"{'x' * 300}@x.example"}, "Enter an e-mail address"),
        ({"name": ""}, "This is needed."),
        ({"name": "\x00"}, "Control characters are not accepted."),
        ({"name": "x" * 121}, "At most 120 characters."),
        ({"role": "owner"}, "Choose one from the list."),
        ({"role": "merchant"}, "Say for which merchant."),
        ({"role": "admin", "merchant_id": "mer_1"}, "works for the whole installation"),
        ({"merchant_id": "mer_1"}, "There is no such merchant."),
        ({"merchant_id": "\x00"}, "There is no such merchant."),
        ({"is_active": "on"}, "not known here"),
        ({"password": "chosen by the admin"}, "not known here"),
    ],
)
def test_a_user_who_cannot_be_made_is_not(
    ada: User, staffer: Come, wrong: dict[str, str], says: str
) -> None:
    admin = staffer("admin")
    before = len(people.everybody())
    form = {"name": "Bea <b>Roth</b>", "email": "bea@till.example", "role": "analyst"} | wrong
    answer = admin.post("/users", form)
    assert answer.status_code in {409, 422}
    assert says in answer.text
    assert "<b>Roth" not in answer.text
    assert len(people.everybody()) == before


def test_the_deactivated_are_out_at_once_and_the_reset_have_another_password(
    ada: User, visitor: Staffer, staffer: Come
) -> None:
    admin = staffer("admin")
    visitor.sign_in(EMAIL)
    admin.post(f"/users/{ada.id}/deactivate")
    assert visitor.get("/account").status_code == 303
    assert visitor.sign_in(EMAIL).status_code == 422
    admin.post(f"/users/{ada.id}/activate")
    assert visitor.sign_in(EMAIL).status_code == 303
    found = re.search(r'class="secret">([^<]+)<', admin.post(f"/users/{ada.id}/password").text)
    assert found
    assert visitor.get("/account").status_code == 303
    assert visitor.sign_in(EMAIL).status_code == 422
    assert visitor.sign_in(EMAIL, found[1]).status_code == 303


def test_a_new_role_counts_from_now_on(
    till: Till, ada: User, visitor: Staffer, staffer: Come
) -> None:
    admin = staffer("admin")
    visitor.sign_in(EMAIL)
    role = {"role": "merchant", "merchant_id": till.merchant.id}
    assert admin.post(f"/users/{ada.id}/role", role).status_code == 303
    assert (now(ada).role, now(ada).merchant_id) == ("merchant", till.merchant.id)
    assert visitor.get("/account").status_code == 303
    assert admin.post(f"/users/{ada.id}/role", {"role": "king"}).status_code == 422
    assert admin.post(f"/users/{ada.id}/role", {"role": "merchant"}).status_code == 422


def test_an_administrator_remains(staffer: Come) -> None:
    admin = staffer("admin")
    assert admin.user
    for path, form in (("deactivate", {}), ("role", {"role": "analyst"})):
        answer = admin.post(f"/users/{admin.user.id}/{path}", form)
        assert answer.status_code == 403
    assert now(admin.user).role == "admin"
    assert "Deactivate" not in admin.get(f"/users/{admin.user.id}").text


def test_a_user_who_is_not_there(staffer: Come) -> None:
    admin, gone = staffer("admin"), new_id("usr")
    assert admin.get(f"/users/{gone}").status_code == 404
    for path in ("role", "password", "deactivate", "activate"):
        assert admin.post(f"/users/{gone}/{path}", {"role": "analyst"}).status_code == 404
