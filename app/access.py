"""Who may do what: one table of permissions, and the person on whose behalf this context acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.errors import Unauthenticated

# permission → the roles that have it. What is not in this table, nobody may do.
# fmt: off
PERMISSIONS: Mapping[str, frozenset[str]] = {name: frozenset(roles.split()) for name, roles in {
    "payments.read":   "merchant analyst admin",
    "payments.refund": "merchant analyst admin",
    "review.read":     "analyst admin",
    "review.decide":   "analyst admin",
    "risk.read":       "analyst admin",
    "risk.write":      "analyst admin",  # rules, lists and policy, as proposals
    "risk.approve":    "admin",          # … which come into force only by somebody else's consent
    "models.promote":  "admin",
    "operations.read": "admin",
    "users.manage":    "admin",
}.items()}
# fmt: on

# What a page may ask for besides: nothing, or only that we know who is looking.
ANYONE, SIGNED_IN = "anyone", "signed in"

View = TypeVar("View", bound=Callable[..., Any])


class SignInRequired(Unauthenticated):
    """A page for people who have signed in, and nobody has; or the session is over."""

    code = "sign_in_required"
    says = "Sign in first."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed in. `merchant_id` None: works for the whole installation."""

    id: str
    name: str
    email: str
    role: str
    sign_in_id: str
    merchant_id: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    # What Flask-Login asks of a user.
    is_authenticated = True
    is_active = True  # others never get as far as this
    is_anonymous = False

    def get_id(self) -> str:
        return self.id

    def may(self, permission: str) -> bool:
        """Whether the table allows it. Raises KeyError for a permission that does not exist."""
        return self.role in PERMISSIONS[permission]


_person: ContextVar[Person | None] = ContextVar("person", default=None)


@contextmanager
def signed_in(person: Person) -> Iterator[None]:
    """Whatever happens inside is asked for by this person."""
    before = _person.set(person)
    try:
        yield
    finally:
        _person.reset(before)


def current_user() -> Person:
    """The person on whose behalf this context acts. Raises SignInRequired."""
    person = _person.get()
    if person is None:
        raise SignInRequired
    return person


def can(permission: str) -> bool:
    """Whether whoever looks at this page may do that: a button that would be refused is not shown."""
    person = _person.get()
    return person is not None and person.may(permission)


def merchant_scope() -> str | None:
    """The merchant that the current user is bound to; None: all of them. Raises SignInRequired."""
    return current_user().merchant_id


def requires(permission: str) -> Callable[[View], View]:
    """Write on a view what its caller must be allowed; the door of the staff pages reads it (`app.web.staff`).

    ANYONE and SIGNED_IN are said as explicitly as a permission: a staff view that says nothing is not served.
    """
    if permission not in PERMISSIONS and permission not in {ANYONE, SIGNED_IN}:
        raise LookupError(f"there is no permission {permission!r}")

    def write(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return write
