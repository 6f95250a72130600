"""The table of permissions, and whose context it is."""

import pytest

from app import access
from app.access import PERMISSIONS, Person, SignInRequired
from models.people import ROLES

# Written down once more, so that a change of the table is a decision and not a slip.
MAY = {
    "merchant": {"payments.read", "payments.refund"},
    "analyst": {
        "payments.read",
        "payments.refund",
        "review.read",
        "review.decide",
        "risk.read",
        "risk.write",
    },
    "admin": set(PERMISSIONS),
}


def person(role: str = "analyst", merchant_id: str | None = None) -> Person:
    return Person("usr_1", "Ada", "ada@till.example", role, "x", merchant_id)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", PERMISSIONS)
def test_every_role_has_exactly_its_permissions(role, permission):
    assert person(role).may(permission) == (permission in MAY[role])
    with access.signed_in(person(role)):
        assert access.can(permission) == (permission in MAY[role])


def test_only_known_roles_stand_in_the_table():
    assert set().union(*PERMISSIONS.values()) <= set(ROLES)


def test_nobody_may_anything():
    assert not any(map(access.can, PERMISSIONS))
    with pytest.raises(SignInRequired):
        access.current_user()
    with pytest.raises(SignInRequired):
        access.merchant_scope()


def test_a_person_acts_until_their_context_ends():
    with access.signed_in(person(merchant_id="mer_1")):
        assert access.current_user().id == "usr_1"
        assert access.merchant_scope() == "mer_1"
        with access.signed_in(person("admin")):
            assert access.merchant_scope() is None
        assert access.merchant_scope() == "mer_1"
    with pytest.raises(SignInRequired):
        access.current_user()


def test_a_permission_that_does_not_exist_is_a_mistake_and_not_a_no():
    with pytest.raises(LookupError):
        access.requires("review.raed")
    with access.signed_in(person()), pytest.raises(KeyError):
        access.can("review.raed")
