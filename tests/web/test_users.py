"""One's own account, and the users of the installation, through the pages."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app import people
from app.web import account
from models import User, db
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
