"""The users: made, given a role, a password and a merchant, and deactivated; never deleted, their acts name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, EmailStr, Field
from sqlalchemy import select

from app import events, passwords, signins
from app.access import Person
from app.commands import Command
from app.errors import Forbidden, Invalid, NotFound, RawCardData
from app.pan import has_pan
from app.values import Name
from models import Merchant, User, audit, db
from models.ids import is_id, new_id

Role = Literal["merchant", "analyst", "admin"]

# Whether a role is for one merchant: `must`, `may`, or `never` (it reaches over all of them).
BOUND: dict[str, str] = {"merchant": "must", "analyst": "may", "admin": "never"}

TEMPORARY = "password_is_temporary"  # in users.settings: somebody else knows the password, so it is changed first
DEMO = "is_demo"  # in users.settings: their password stands in a file, so they sign in to the sandbox only
SHORTCUTS = (
    "shortcuts"  # in users.settings: single keys do things; True unless switched off (WCAG 2.1.4)
)


class NewUser(Command):
    """Somebody who is to sign in."""

    email: Annotated[EmailStr, Field(max_length=254), AfterValidator(str.lower)]
    name: Annotated[Name, Field(max_length=120), AfterValidator(str.strip)]
    role: Role
    merchant_id: Annotated[str, Field(max_length=40)] | None = None


class ChangeRole(Command):
    """What somebody may do from now on, and for whom."""

    role: Role
    merchant_id: Annotated[str, Field(max_length=40)] | None = None


def create(
    wanted: NewUser, *, password: str | None = None, is_demo: bool = False
) -> tuple[User, str]:
    """Make a user; without a password they get one to change at their first sign-in. Raises Invalid, RawCardData."""
    _check_merchant(wanted.role, wanted.merchant_id)
    for field in ("name", "email"):
        if has_pan(getattr(wanted, field)):
            raise RawCardData(field=field)
    given = password or passwords.generate()
    user = User(
        id=new_id("usr"),
        email=wanted.email,
        name=wanted.name,
        role=wanted.role,
        merchant_id=wanted.merchant_id,
        password_hash=passwords.hashed(given),
        settings={TEMPORARY: password is None, DEMO: is_demo},
    )
    with db.transaction():
        if not db.insert_unless_there(user):
            raise Invalid("Somebody with this e-mail address is here already.", field="email")
        audit.write(events.actor(), "user.created", user.id, role=user.role)
    return user, given


def change_password(person: Person, old: str, new: str, *, ip: str, user_agent: str) -> str:
    """Choose another password: every session ends, and the token of a new one is returned.

    Raises Invalid, SignInRefused, TooManyRequests.
    """
    signins.check_again(person, old, ip=ip)
    if new == old:
        raise Invalid("This is the password that you have. Choose another.", field="password")
    passwords.accept(new, known=known_of(person.email, person.name))
    kept = passwords.hashed(new)
    with db.transaction():
        user = _locked(person.id)
        signins.end_all(user)
        db.update(user, password_hash=kept, settings={**user.settings, TEMPORARY: False})
        audit.write(person.id, "user.password_changed", user.id)
        return signins.begin(user, ip=ip, user_agent=user_agent)


def reset_password(user_id: str) -> str:
    """Give somebody a password that they change when they sign in. Every session of theirs ends. Raises NotFound."""
    given = passwords.generate()
    set_password(user_id, given, is_temporary=True)
    return given


def set_password(user_id: str, password: str, *, is_temporary: bool = False) -> None:
    """Give somebody this password. Every session of theirs ends. Raises NotFound."""
    kept = passwords.hashed(password)
    with db.transaction():
        user = _locked(user_id)
        signins.end_all(user)
        db.update(user, password_hash=kept, settings={**user.settings, TEMPORARY: is_temporary})
        audit.write(events.actor(), "user.password_reset", user.id)


def change_role(user_id: str, wanted: ChangeRole) -> None:
    """Let somebody do more or less. Their sessions end. Raises Forbidden, Invalid, NotFound."""
    _not_oneself(user_id)
    _check_merchant(wanted.role, wanted.merchant_id)
    with db.transaction():
        user = _locked(user_id)
        before = {"role": user.role, "merchant_id": user.merchant_id}
        signins.end_all(user)
        db.update(user, role=wanted.role, merchant_id=wanted.merchant_id)
        audit.write(
            events.actor(), "user.role_changed", user.id, before=before, after=wanted.model_dump()
        )


def set_active(user_id: str, *, is_active: bool) -> None:
    """Let somebody sign in, or no more: then their sessions end at once. Raises Forbidden, NotFound."""
    _not_oneself(user_id)
    with db.transaction():
        user = _locked(user_id)
        if user.is_active == is_active:
            return
        signins.end_all(user)
        db.update(user, is_active=is_active)
        done = "activated" if is_active else "deactivated"
        audit.write(events.actor(), f"user.{done}", user.id)


def change_settings(person: Person, **changes: Any) -> None:
    """Keep what the person likes. Raises NotFound."""
    with db.transaction():
        user = _locked(person.id)
        db.update(user, settings={**user.settings, **changes})


def find(email: str) -> User:
    """The user with this address. Raises NotFound."""
    found = db.session().scalar(select(User).where(User.email == email.strip().lower()))
    if found is None:
        raise NotFound(f"Nobody with the e-mail address {email!r} is here.")
    return found


def everybody() -> Sequence[User]:
    """All users, those who may sign in first, by name."""
    return db.session().scalars(select(User).order_by(User.is_active.desc(), User.name)).all()


def known_of(email: str, name: str) -> tuple[str, ...]:
    """What everybody knows of a person, and nobody should have as a password."""
    return (email, *email.partition("@")[::2], name, *name.split())


def _locked(user_id: str) -> User:
    user = db.lock(User, user_id)
    if user is None:
        raise NotFound
    return user


def _not_oneself(user_id: str) -> None:
    # So there is always an administrator left: the one who did it.
    if events.actor() == user_id:
        raise Forbidden("Nobody changes their own rights: ask another administrator.")


def _check_merchant(role: str, merchant_id: str | None) -> None:
    rule = BOUND[role]
    if merchant_id is None:
        if rule == "must":
            raise Invalid("Say for which merchant.", field="merchant_id")
        return
    if rule == "never":
        raise Invalid(
            "An administrator works for the whole installation, not for one merchant.",
            field="merchant_id",
        )
    if not is_id(merchant_id, "mer") or db.session().get(Merchant, merchant_id) is None:
        raise Invalid("There is no such merchant.", field="merchant_id")
