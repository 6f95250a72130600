"""Signing in and out, and what a person may see and change of themselves."""

from __future__ import annotations

from typing import Annotated

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field

from app import people, signins
from app.access import ANYONE, SIGNED_IN, current_user, requires
from app.commands import Command
from app.errors import AppError, Invalid, TooManyRequests
from app.web import staff
from app.web.failures import wants_json
from app.web.staff_forms import Form

blueprint = staff.blueprint("account")

# What a browser's name for itself contains → what people call it; the first that fits, for they all imitate each other.
BROWSERS = {
    "Edg/": "Edge", "OPR/": "Opera", "SamsungBrowser/": "Samsung Internet", "Firefox/": "Firefox", "FxiOS/": "Firefox",
    "Chrome/": "Chrome", "CriOS/": "Chrome", "Safari/": "Safari",
}  # fmt: skip
SYSTEMS = {
    "Windows": "Windows", "iPhone": "iPhone", "iPad": "iPad", "Mac OS X": "macOS", "Android": "Android",
    "CrOS": "ChromeOS", "Linux": "Linux",
}  # fmt: skip

# Far above any password: what is longer is no mistake of typing. The rules are in app/passwords.py.
Typed = Annotated[str, Field(max_length=1000)]


class SignIn(Command):
    """Who somebody says they are. Any text will do: the answer to what is nobody's is the same."""

    email: Typed
    password: Typed
    next: Annotated[str, Field(max_length=5000)] | None = None


class NewPassword(Command):
    """The password that somebody has, and the one that they want."""

    old_password: Typed
    password: Typed


class Settings(Command):
    """What somebody likes. A box that is not ticked is not sent."""

    shortcuts: Typed | None = None


@blueprint.get("/sign-in")
@requires(ANYONE)
def sign_in() -> ResponseReturnValue:
    """The form."""
    if staff.current():
        return redirect(staff.local(request.args.get("next")) or url_for("account.home"), 303)
    return render_template("account/sign_in.html", form=Form(SignIn, next=request.args.get("next")))


@blueprint.post("/sign-in")
@requires(ANYONE)
def begin() -> ResponseReturnValue:
    """A new session for whoever knows the password; an older one of this browser ends."""
    form = Form(SignIn)
    try:
        wanted = form.read()
        token = signins.sign_in(wanted.email, wanted.password, **staff.visitor())
        if staff.admitted(token) is None:
            raise signins.SignInRefused
    except (Invalid, TooManyRequests) as refusal:
        if wants_json():
            raise
        form.refuse(refusal)
        answer = make_response(render_template("account/sign_in.html", form=form), refusal.status)
        if isinstance(refusal, TooManyRequests):
            answer.headers["Retry-After"] = str(signins.WINDOW_MIN * 60)
        return answer
    if before := staff.current():
        signins.sign_out(before)
    onward = staff.local(wanted.next) or url_for("account.home")
    return staff.keep(make_response(redirect(onward, 303)), token)


@blueprint.post("/sign-out")
@requires(ANYONE)
def sign_out() -> ResponseReturnValue:
    """End the session. Whoever has none any more gets the same answer."""
    if person := staff.current():
        signins.sign_out(person)
    return staff.forget(make_response(redirect(url_for("account.sign_in"), 303)))


@blueprint.get("/staff")
@requires(SIGNED_IN)
def home() -> ResponseReturnValue:
    """The first page that the person may see."""
    places = [path for _label, path, _is_current in staff.navigation()]
    return redirect(places[0] if places else url_for("account.show"), 303)


@blueprint.get("/account")
@requires(SIGNED_IN)
def show() -> ResponseReturnValue:
    """The person, their password, their settings and where they are signed in."""
    return page(Form(NewPassword))


@blueprint.post("/account/password")
@requires(SIGNED_IN)
def change_password() -> ResponseReturnValue:
    """Another password: every session ends but a new one in this browser."""
    form = Form(NewPassword)
    try:
        wanted = form.read()
        token = people.change_password(
            current_user(), wanted.old_password, wanted.password, **staff.visitor()
        )
    except signins.SignInRefused:
        return refused(form, Invalid("This is not your password.", field="old_password"))
    except (Invalid, TooManyRequests) as refusal:
        return refused(form, refusal)
    flash("Your password is changed. Everywhere else you are signed out.")
    return staff.keep(make_response(redirect(url_for("account.show"), 303)), token)


@blueprint.post("/account/settings")
@requires(SIGNED_IN)
def change_settings() -> ResponseReturnValue:
    """Keyboard shortcuts on or off."""
    wanted = Form(Settings).read()
    people.change_settings(current_user(), **{people.SHORTCUTS: wanted.shortcuts is not None})
    flash("Your settings are kept.")
    return redirect(url_for("account.show"), 303)


@blueprint.post("/account/sessions/<sign_in_id>/end")
@requires(SIGNED_IN)
def end_session(sign_in_id: str) -> ResponseReturnValue:
    """Sign out somewhere else, or here."""
    ended = signins.end(current_user(), sign_in_id)
    flash("That session is ended." if ended else "That session was over already.")
    return redirect(url_for("account.show"), 303)


def page(form: Form[NewPassword]) -> str:
    """The whole page."""
    person = current_user()
    return render_template(
        "account/show.html",
        form=form,
        sessions=signins.of(person),
        browser=browser,
        is_temporary=bool(person.settings.get(people.TEMPORARY)),
    )


def browser(user_agent: str | None) -> str:
    """What people call this browser; what it says of itself where that is nothing known."""
    said = user_agent or "Unknown"
    name = next((name for sign, name in BROWSERS.items() if sign in said), None)
    system = next((name for sign, name in SYSTEMS.items() if sign in said), None)
    return " on ".join(filter(None, (name, system))) if name else said[:40]


def refused(form: Form[NewPassword], refusal: AppError) -> ResponseReturnValue:
    """The page again, with what is wrong. Raises the refusal to programs."""
    if wants_json():
        raise refusal
    form.refuse(refusal)
    return page(form), refusal.status
