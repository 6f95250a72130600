"""Users are made and changed by those who may, and never without a trace."""

import pytest

from app import events, people, signins
from app.errors import Forbidden, Invalid, NotFound
from app.people import ChangeRole, NewUser
from models import User, db
from models.ids import new_id
from tests.people import PASSWORD, make_user

EMAIL = "ada@till.example"
pytestmark = pytest.mark.usefixtures("till", "quick_passwords")


@pytest.fixture
def ada(till, quick_passwords):
    return make_user(email=EMAIL)


def sign_in(email=EMAIL, password=PASSWORD, ip="192.0.2.1"):
    return signins.sign_in(email, password, ip=ip, user_agent="a test")


def test_a_given_password_is_temporary_until_it_is_changed(till):
    user, given = people.create(NewUser(email=EMAIL, name="Ada", role="analyst"))
    me = signins.find(sign_in(password=given))
    assert me.settings[people.TEMPORARY]
    token = people.change_password(me, given, "another lot of words", ip="", user_agent="")
    assert not signins.find(token).settings[people.TEMPORARY]
    people.reset_password(user.id)
    assert db.session().get(User, user.id, populate_existing=True).settings[people.TEMPORARY]


@pytest.mark.parametrize(
    ("role", "merchant", "field"),
    [
        ("merchant", None, "merchant_id"),
        ("merchant", "theirs", None),
        ("analyst", None, None),
        ("analyst", "theirs", None),
        ("admin", None, None),
        ("admin", "theirs", "merchant_id"),
        ("merchant", "mer_none", "merchant_id"),
        ("merchant", "\x00", "merchant_id"),
        ("merchant", "mer_00000000000000000000000000", "merchant_id"),
    ],
)
def test_a_role_says_whether_it_is_for_one_merchant(till, role, merchant, field):
    merchant = till.merchant.id if merchant == "theirs" else merchant
    wanted = NewUser(email=EMAIL, name="Ada", role=role, merchant_id=merchant)
    if field is None:
        assert people.create(wanted)[0].merchant_id == merchant
        return
    with pytest.raises(Invalid) as refusal:
        people.create(wanted)
    assert refusal.value.field == field
    assert people.everybody() == []


def test_an_address_signs_one_person_in(ada):
    with pytest.raises(Invalid) as refusal:
        people.create(NewUser(email="ADA@Till.example", name="Ada", role="analyst"))
    assert refusal.value.field == "email"


def test_nobody_changes_their_own_rights(ada):
    with events.acting(ada.id):
        with pytest.raises(Forbidden):
            people.change_role(ada.id, ChangeRole(role="admin"))
        with pytest.raises(Forbidden):
            people.set_active(ada.id, is_active=False)


def test_who_is_not_there_is_not_found(till):
    gone = new_id("usr")
    for act in (
        lambda: people.reset_password(gone),
        lambda: people.change_role(gone, ChangeRole(role="admin")),
        lambda: people.set_active(gone, is_active=False),
        lambda: people.find("nobody@till.example"),
    ):
        with pytest.raises(NotFound):
            act()
