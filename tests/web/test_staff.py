"""The door of the staff pages: every page and every role, as the table says; also of pages that are yet to come."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Blueprint, Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.access import ANYONE, PERMISSIONS, SIGNED_IN, requires
from app.web import STAFF, staff
from models import User, db
from models.ids import new_id
from models.people import ROLES
from tests.people import Staffer
from tests.till import Till

NAMES = {blueprint.name for blueprint in STAFF}
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)
Come = Callable[..., Staffer]


def pages(application: Flask) -> Iterator[tuple[Rule, str, str, str]]:
    """(rule, method, a path to it, what it requires) of every staff page."""
    for rule in application.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in NAMES:
            given = {name: made_up(rule, name) for name in rule.arguments}
            with application.test_request_context():
                path = application.url_map.bind("localhost").build(rule.endpoint, given)
            needed = application.view_functions[rule.endpoint].permission
            for method in sorted(rule.methods & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield rule, method, path, needed


def made_up(rule: Rule, name: str) -> object:
    """Something of the right shape that is not there."""
    is_number = type(rule._converters[name]).__name__ in {"IntegerConverter", "FloatConverter"}
    return 1 if is_number else new_id(staff.IDS[name]) if name in staff.IDS else "nothing"


def ask(who: Staffer, method: str, path: str, accept: str = "text/html") -> TestResponse:
    form = None if method == "GET" else {"csrf_token": who.token}
    return who.client.open(path, method=method, data=form, headers={"Accept": accept})


def code(answer: TestResponse) -> str | None:
    return (answer.json or {}).get("error", {}).get("code") if answer.is_json else None


def is_sent_to_sign_in(answer: TestResponse) -> bool:
    return answer.status_code == 303 and answer.location.startswith("/sign-in")


def test_every_page_lets_in_whom_the_table_names(
    application: Flask, till: Till, staffer: Come, visitor: Staffer
) -> None:
    wrong = []
    for _rule, method, path, needed in pages(application):
        for role in ROLES:
            who = staffer(role, merchant_id=till.merchant.id if role == "merchant" else None)
            may = needed in {ANYONE, SIGNED_IN} or role in PERMISSIONS[needed]
            shown = ask(who, method, path)
            if may and (shown.status_code in {401, 403} or shown.status_code >= 500):
                wrong.append((role, method, path, shown.status))
            if may and needed != ANYONE and is_sent_to_sign_in(shown):
                wrong.append((role, method, path, "signed out"))
            if not may and shown.status_code != 403:
                wrong.append((role, method, path, shown.status))
            if not may and code(ask(who, method, path, "application/json")) != "forbidden":
                wrong.append((role, method, path, "as JSON"))
    assert wrong == []


def test_nobody_else_is_let_in(application: Flask, visitor: Staffer) -> None:
    wrong = []
    for _rule, method, path, needed in pages(application):
        shown = ask(visitor, method, path)
        told = ask(visitor, method, path, "application/json")
        if needed == ANYONE:
            if shown.status_code in {401, 403} or shown.status_code >= 500:
                wrong.append((method, path, shown.status))
        elif not is_sent_to_sign_in(shown) or code(told) != "sign_in_required":
            wrong.append((method, path, shown.status, told.status))
    assert wrong == []


def test_every_form_needs_the_token_of_a_page(application: Flask, staffer: Come) -> None:
    wrong = []
    for _rule, method, path, _needed in pages(application):
        if method != "GET":
            who = staffer("admin")
            for form in ({}, {"csrf_token": ""}, {"csrf_token": "x" * 200}):
                answer = who.client.open(
                    path, method=method, data=form, headers={"Accept": "application/json"}
                )
                if code(answer) != "page_expired":
                    wrong.append((method, path, answer.status))
    assert wrong == []


def test_no_page_has_anything_inline_or_from_elsewhere(application: Flask, staffer: Come) -> None:
    who, seen = staffer("admin"), 0
    for _rule, method, path, _needed in pages(application):
        if method != "GET":
            continue
        answer = who.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy == staff.POLICY, path
        assert "http" not in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store", path
        if answer.mimetype == "text/html" and answer.status_code < 300:
            assert not INLINE.search(answer.text), path
            assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text), path
            seen += 1
    assert seen > 1


def test_an_id_of_the_wrong_shape_is_not_asked_for(application: Flask, staffer: Come) -> None:
    who = staffer("admin")
    for value in ("x", "%00", "usr_", new_id("mer"), "usr_" + "%F0%9F%98%80" * 26, "x" * 3000):
        assert who.get(f"/users/{value}").status_code == 404, value


def test_a_page_that_does_not_say_who_may_see_it_is_not_served(application: Flask) -> None:
    silent = staff.blueprint("silent")
    silent.add_url_rule("/silent", view_func=lambda: "secrets")
    with pytest.raises(LookupError, match="silent"):
        staff.register(bare(application), (silent,))


def test_a_permission_without_the_door_is_not_served(application: Flask) -> None:
    app, elsewhere = bare(application), Blueprint("elsewhere", __name__)
    elsewhere.add_url_rule("/elsewhere", "page", requires("users.manage")(lambda: "secrets"))
    app.register_blueprint(elsewhere)
    with pytest.raises(LookupError, match="elsewhere"):
        staff.register(app, ())


def bare(application: Flask) -> Flask:
    app = Flask(__name__)
    app.extensions["till"] = application.extensions["till"]
    return app


def test_the_header_offers_what_the_role_may(application: Flask, till: Till, staffer: Come) -> None:
    def offered(role: str, **more: str) -> set[str]:
        page = staffer(role, **more).get("/account").text
        nav = re.search(r"<nav.*?</nav>", page, re.DOTALL)
        assert nav
        return set(re.findall(r'href="([^"]+)"', nav[0]))

    assert "/users" in offered("admin")
    assert "/users" not in offered("analyst")
    assert offered("merchant", merchant_id=till.merchant.id) == set()


def test_a_warning_is_on_every_page_of_those_on_duty(
    staffer: Come, visitor: Staffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff, "WARNINGS", [lambda: ["The scorer <is> silent."]])
    assert "The scorer &lt;is&gt; silent." in staffer("analyst").get("/account").text
    assert "silent" not in visitor.get("/sign-in").text


def test_a_mistake_of_ours_looks_like_the_other_pages(
    application: Flask, staffer: Come, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError("the database password is hunter2")

    broken.permission = "users.manage"  # type: ignore[attr-defined]
    monkeypatch.setitem(application.view_functions, "users.everybody", broken)
    answer = staffer("admin").get("/users")
    assert answer.status_code == 500
    assert "req_" in answer.text
    assert "hunter2" not in answer.text
    assert answer.headers["Content-Security-Policy"] == staff.POLICY


def test_with_a_temporary_password_one_chooses_another_first(staffer: Come) -> None:
    who = staffer("admin")
    with db.transaction():
        row = db.lock(User, who.user.id if who.user else "")
        assert row is not None
        db.update(row, settings={"password_is_temporary": True})
    assert who.get("/users").location == "/account#password"
    assert code(ask(who, "GET", "/users", "application/json")) == "forbidden"
    assert who.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/review", "/review"),
        ("/review?a=1&b=%20c#x", "/review?a=1&b=%20c#x"),
        ("/", "/"),
        *((bad, None) for bad in (
            None, "", "review", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
            "https://evil.example", "http:evil.example", "javascript:alert(1)", "/\t/evil.example", "/ok\r\nSet-Cookie: x=1",
            " //evil.example", "/%5cevil\\x", "/ü", "/\x00", "data:text/html,x",
        )),
    ],
)  # fmt: skip
def test_what_comes_next_is_a_page_of_ours(target: str | None, goes_to: str | None) -> None:
    assert staff.local(target) == goes_to
