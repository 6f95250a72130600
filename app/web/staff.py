"""What the pages for staff share: the door (who, may they, did their own page ask), their look and their errors.

A staff page is a view on a blueprint made here, with `@requires(…)` on it (`app.access`). Who has signed in is known
from a row of ours (`app.signins`); Flask-Login carries it, with its own cookies switched off.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import flask_login
from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.urls import iri_to_uri

from app import access, events, people, signins
from app.access import ANYONE, SIGNED_IN, Person, SignInRequired
from app.config import Config
from app.errors import AppError, CsrfExpired, Forbidden, NotFound
from app.pan import redact
from app.web import failures
from models.ids import is_id

# Staff pages load nothing from anywhere else, and no frame shows them.
POLICY = (
    "default-src 'none'; base-uri 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "payment=(), camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "same-origin",
}

# (label, endpoint, permission): what stands in the header, for those who may, once the page exists.
NAVIGATION = (
    ("Review", "review.queue", "review.read"),
    ("Risk", "risk.home", "risk.read"),
    ("Operations", "operations.home", "operations.read"),
    ("Users", "users.everybody", "users.manage"),
)

# Names in the pages' paths → the prefix of the id that must stand there.
IDS = {
    "assessment_id": "asm", "attempt_id": "att", "item_id": "itm", "merchant_id": "mer", "model_id": "mdl",
    "note_id": "note", "payment_id": "pay", "policy_id": "pol", "review_id": "rev", "rule_id": "rul",
    "user_id": "usr", "view_id": "view", "warning_id": "efw",
}  # fmt: skip

# Sentences that everybody on duty should see, such as a scorer that fails; asked on each page.
WARNINGS: list[Callable[[], Iterable[str]]] = []

# With a password that somebody else knows, one may only do this.
BEFORE_A_PASSWORD = frozenset({"account.show", "account.change_password", "account.sign_out"})


def blueprint(name: str) -> Blueprint:
    """A blueprint for staff pages: everything that is asked of it goes through the door."""
    made = Blueprint(name, f"app.web.{name}")
    made.before_request(begin)
    made.after_request(protect)
    made.teardown_request(end)
    made.context_processor(shared)
    return made


def register(app: Flask, blueprints: Sequence[Blueprint]) -> None:
    """Add the staff pages. Raises LookupError for a page that does not say who may see it, or says it elsewhere."""
    manager = flask_login.LoginManager()
    manager.session_protection = None
    manager.request_loader(load)
    manager.unauthorized_handler(ask_to_sign_in)
    # What `init_app` does, without its remember-me cookie, which no sign-out could ever call back.
    app.login_manager = manager  # type: ignore[attr-defined]
    app.config["REMEMBER_COOKIE_NAME"] = "till_never_remembers"
    for one in blueprints:
        app.register_blueprint(one)
    names = {one.name for one in blueprints}
    for rule in app.url_map.iter_rules():
        says = hasattr(app.view_functions[rule.endpoint], "permission")
        if says != (rule.endpoint.partition(".")[0] in names):
            raise LookupError(f"{rule.endpoint}: staff pages, and only they, need @requires(…)")
    app.extensions["staff"] = names


def is_staff_page() -> bool:
    """Whether this request is for one of our pages."""
    return request.blueprint in current_app.extensions.get("staff", ())


def begin() -> ResponseReturnValue | None:
    """Whatever happens in this request is done by the person who signed in, may do it, and asked for it."""
    g.acting = ExitStack()
    person = flask_login.current_user
    is_known = bool(person.is_authenticated)
    actor = person.id if is_known else "visitor"
    g.acting.enter_context(events.acting(actor, failures.request_id()))
    if is_known:
        g.acting.enter_context(access.signed_in(person._get_current_object()))  # noqa: SLF001 -- werkzeug's own name
    view: Any = current_app.view_functions[request.endpoint or ""]
    needed = view.permission
    if needed != ANYONE:
        if not is_known:
            return ask_to_sign_in()
        if needed != SIGNED_IN and not access.can(needed):
            raise Forbidden("Your role does not include this. Ask an administrator.")
        if person.settings.get(people.TEMPORARY) and request.endpoint not in BEFORE_A_PASSWORD:
            return choose_a_password()
    check_path(request.view_args or {})
    check_origin()
    current_app.extensions["csrf"].protect()
    return None


def end(_error: BaseException | None) -> None:
    """The request is over."""
    if "acting" in g:
        g.acting.close()


def check_origin() -> None:
    """Refuse a form that another site's page sent, as browsers tell by themselves. Raises CsrfExpired.

    The token alone would not do: a neighbour, another host of the same domain, can plant the cookie that it goes with,
    and to a neighbour's form the browser adds the session's cookie.
    """
    sender = request.headers.get("Sec-Fetch-Site", "none")
    if request.method == "POST" and sender not in {"same-origin", "none"}:
        raise CsrfExpired


def check_path(given: dict[str, Any]) -> None:
    """Refuse a path with something else than an id in an id's place. Raises NotFound."""
    for name, value in given.items():
        prefix = IDS.get(name)
        fits = is_id(value, prefix) if prefix else str(value).isprintable()
        if not fits:  # PostgreSQL would choke on a NUL in it
            raise NotFound


def protect(response: Response) -> Response:
    """The headers of a page that only staff see."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def shared() -> dict[str, Any]:
    """What every staff template may use."""
    person = current()
    return {
        "me": person,
        "can": access.can,
        "navigation": navigation(),
        "is_sandbox": config().is_sandbox,
        "warnings": [sentence for ask in WARNINGS for sentence in ask()] if person else [],
        "shortcuts": person is not None and person.settings.get(people.SHORTCUTS, True),
    }


def navigation() -> list[tuple[str, str, bool]]:
    """(label, path, is the page in hand) of what the person may see."""
    return [
        (label, url_for(endpoint), request.blueprint == endpoint.partition(".")[0])
        for label, endpoint, permission in NAVIGATION
        if endpoint in current_app.view_functions and access.can(permission)
    ]


def current() -> Person | None:
    """Who has signed in, if anybody has."""
    try:
        return access.current_user()
    except SignInRequired:
        return None


def config() -> Config:
    """The settings of this installation."""
    found: Config = current_app.extensions["till"]
    return found


# The session


def cookie_name() -> str:
    """`__Host-`: no other host, no other path and no plain http can set it (ASVS 5.0, 3.3.3)."""
    return "__Host-till_staff" if is_https() else "till_staff"


def is_https() -> bool:
    return config().base_url.startswith("https://")


def load(asked: Request) -> Person | None:
    """Whose request this is, for Flask-Login."""
    token = asked.cookies.get(cookie_name())
    return admitted(token) if token else None


def admitted(token: str) -> Person | None:
    """Whose session this is. The demo's people, whose passwords stand in a file, are somebody in the sandbox only."""
    person = signins.find(token)
    is_outside = person is not None and person.settings.get(people.DEMO) and not config().is_sandbox
    return None if is_outside else person


def keep(response: Response, token: str) -> Response:
    """Give the browser its session, until it is closed. Lax, so that a link in a message still opens the page."""
    response.set_cookie(
        cookie_name(), token, path="/", secure=is_https(), httponly=True, samesite="Lax"
    )
    return response


def forget(response: Response) -> Response:
    """Take the cookie back; what counts is that its row is gone."""
    response.delete_cookie(
        cookie_name(), path="/", secure=is_https(), httponly=True, samesite="Lax"
    )
    return response


def visitor() -> dict[str, str]:
    """Where somebody comes from, to be kept with their session."""
    return {
        "ip": request.remote_addr or "",
        "user_agent": redact(request.headers.get("User-Agent", "")),
    }


# Instead of the page


def ask_to_sign_in() -> ResponseReturnValue:
    """People go to the sign-in page and come back; programs are told. Raises SignInRequired."""
    if failures.wants_json():
        raise SignInRequired
    is_page = request.method in {"GET", "HEAD"}
    back = iri_to_uri(request.full_path.rstrip("?")) if is_page else None
    if back == url_for("account.home"):
        back = None
    return redirect(url_for("account.sign_in", next=back), 303)


def choose_a_password() -> ResponseReturnValue:
    """First a password that nobody else knows. Raises Forbidden."""
    if failures.wants_json():
        raise Forbidden("Choose a password of your own first.")
    return redirect(url_for("account.show", _anchor="password"), 303)


def local(target: str | None) -> str | None:
    """The path to go on to, if it is one of ours: what an address says may lead nowhere else."""
    if not target or not re.fullmatch(r"/[!-~]*", target) or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc and "\\" not in target else None


def failed(error: AppError) -> ResponseReturnValue:
    """The page of a failure, in the look of the others."""
    headline, text = SAYS.get(error.code, (None, error.message))
    page = render_template(
        "staff/error.html",
        headline=headline or ("Something went wrong" if error.status >= 500 else "This cannot be done"),
        text=text,
        request_id=failures.request_id(),
    )  # fmt: skip
    return page, error.status


# Error code → headline and text; every other failure says its own sentence.
SAYS: dict[str, tuple[str | None, str]] = {
    "not_found": ("Not found", "There is no such page or record, or it is not yours to see."),
    "forbidden": ("Not for your role", "Your role does not include this. Ask an administrator."),
    "page_expired": ("This page is out of date", "Go back, reload it and try again."),
    "method_not_allowed": ("There is nothing to see here", "This address is only used by a form."),
    "internal": ("Something went wrong", "We are sorry. What you did may not be done: look before you repeat it."),
}  # fmt: skip
