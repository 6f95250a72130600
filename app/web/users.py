"""The users of this installation, for whoever may manage them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from app import access, people
from app.access import requires
from app.errors import AppError, NotFound
from app.people import ChangeRole, NewUser
from app.web import staff
from app.web.failures import wants_json
from app.web.staff_forms import Form
from models import Merchant, User, db
from models.people import ROLES

blueprint = staff.blueprint("users")


@blueprint.get("/users")
@requires("users.manage")
def everybody() -> ResponseReturnValue:
    """The list, and the form for one more."""
    return listed(Form(NewUser, role="analyst"))


@blueprint.post("/users")
@requires("users.manage")
def create() -> ResponseReturnValue:
    """One more. Their first password is shown now and never again."""
    form = Form(NewUser)
    try:
        user, password = people.create(form.read())
    except AppError as refusal:
        if wants_json():
            raise
        form.refuse(refusal)
        return listed(form), refusal.status
    return one(user, password=password), 201


@blueprint.get("/users/<user_id>")
@requires("users.manage")
def show(user_id: str) -> ResponseReturnValue:
    """One user, and what can be done about them."""
    return one(look(user_id))


@blueprint.post("/users/<user_id>/role")
@requires("users.manage")
def change_role(user_id: str) -> ResponseReturnValue:
    """What they may do from now on."""
    user, form = look(user_id), Form(ChangeRole)
    try:
        people.change_role(user_id, form.read())
    except AppError as refusal:
        if wants_json():
            raise
        form.refuse(refusal)
        return one(user, form=form), refusal.status
    flash(f"{user.name} has another role, and signs in again.")
    return redirect(url_for("users.show", user_id=user_id), 303)


@blueprint.post("/users/<user_id>/password")
@requires("users.manage")
def reset_password(user_id: str) -> ResponseReturnValue:
    """A new first password, shown now and never again."""
    password = people.reset_password(user_id)
    return one(look(user_id), password=password)


@blueprint.post("/users/<user_id>/deactivate")
@requires("users.manage")
def deactivate(user_id: str) -> ResponseReturnValue:
    """They may not sign in any more, and their sessions end."""
    return set_active(user_id, is_active=False)


@blueprint.post("/users/<user_id>/activate")
@requires("users.manage")
def activate(user_id: str) -> ResponseReturnValue:
    """They may sign in again, with the password that they had."""
    return set_active(user_id, is_active=True)


def set_active(user_id: str, *, is_active: bool) -> ResponseReturnValue:
    """Change it, and say so."""
    user = look(user_id)
    people.set_active(user_id, is_active=is_active)
    flash(f"{user.name} may {'sign in again' if is_active else 'not sign in any more'}.")
    return redirect(url_for("users.show", user_id=user_id), 303)


def look(user_id: str) -> User:
    """The user as they are now. Raises NotFound."""
    found = db.session().get(User, user_id, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def listed(form: Form[NewUser]) -> str:
    """The page with the list."""
    return render_template("account/users.html", users=people.everybody(), form=form, **choices())


def one(user: User, *, form: Form[ChangeRole] | None = None, password: str | None = None) -> str:
    """The page of one user."""
    return render_template(
        "account/user.html",
        user=user,
        form=form or Form(ChangeRole, role=user.role, merchant_id=user.merchant_id),
        password=password,
        is_oneself=user.id == access.current_user().id,
        **choices(),
    )


def choices() -> dict[str, Any]:
    """What can be chosen, and the names of the merchants."""
    rows = db.session().execute(select(Merchant.id, Merchant.name).order_by(Merchant.name))
    merchants = [(row.id, row.name) for row in rows]
    return {
        "roles": [(role, role.capitalize()) for role in ROLES],
        "merchants": merchants,
        "merchant_names": dict(merchants),
    }
