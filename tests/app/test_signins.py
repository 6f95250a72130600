"""Sessions begin, end and run out; guessing is slowed down; and the audit says who did what."""

import threading

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from app import events, passwords, people, signins
from app.errors import Invalid, TooManyRequests
from app.people import ChangeRole, NewUser
from app.screening import keys
from app.signins import SignInRefused
from models import AuditRow, SignIn, User, db
from tests.people import PASSWORD, make_user

EMAIL = "ada@till.example"
pytestmark = pytest.mark.usefixtures("till", "quick_passwords")


@pytest.fixture
def ada(till, quick_passwords):
    return make_user(email=EMAIL)


def sign_in(email=EMAIL, password=PASSWORD, ip="192.0.2.1"):
    return signins.sign_in(email, password, ip=ip, user_agent="a test")


def fails(times, **more):
    for _ in range(times):
        with pytest.raises(SignInRefused):
            sign_in(password="wrong", **more)


def audited():
    rows = db.session().scalars(select(AuditRow).order_by(AuditRow.id))
    return [(row.actor, row.action, row.target_id) for row in rows]


def test_the_token_is_a_secret_of_the_browser(ada):
    token = sign_in()
    person = signins.find(token)
    assert (person.id, person.role, person.name) == (ada.id, "analyst", ada.name)
    kept = db.session().scalars(select(SignIn)).one()
    assert token not in (kept.id, kept.user_agent, kept.ip)
    assert signins.find(kept.id) is None
    assert sign_in() != token


@pytest.mark.parametrize("email", ["ADA@till.example", "  ada@till.example "])
def test_an_address_is_the_same_however_it_is_typed(ada, email):
    assert signins.find(sign_in(email))


@pytest.mark.parametrize(
    "email",
    ["bob@till.example", "", "\x00", "ada@till.example\x00", "\ud800", "x" * 5000, "' OR 1=1 --"],
)
def test_nobody_and_a_wrong_password_get_the_same_answer(ada, email):
    with pytest.raises(SignInRefused) as nobody:
        sign_in(email)
    with pytest.raises(SignInRefused) as wrong:
        sign_in(password="wrong")
    assert nobody.value.body() == wrong.value.body()


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "\x00" * 43, "ü" * 43, "x" * 10**5])
def test_what_is_no_token_opens_nothing(ada, token):
    assert signins.find(token) is None


def test_a_session_lasts_for_a_day_of_work_and_no_longer(till, ada):
    token = sign_in()
    for _ in range(12):  # 12 × 59 minutes are less than twelve hours
        till.later(minutes=59)
        assert signins.find(token)
    till.later(minutes=59)
    assert signins.find(token) is None


def test_whoever_goes_away_is_signed_out(till, ada):
    token = sign_in()
    till.later(minutes=signins.IDLE_MIN - 1)
    assert signins.find(token)
    till.later(minutes=signins.IDLE_MIN + 1)
    assert signins.find(token) is None
    assert signins.of(signins.find(sign_in())) == list(
        db.session().scalars(select(SignIn).order_by(SignIn.created_at.desc()).limit(1))
    )


def test_signing_out_ends_this_session_and_no_other(ada):
    here, there = sign_in(), sign_in()
    signins.sign_out(signins.find(here))
    assert signins.find(here) is None
    assert signins.find(there)


def test_a_session_ends_while_it_is_being_noted(till, ada):
    """Signed out in one tab while the other asks: the other is signed out too, and nothing breaks."""
    token = sign_in()
    row = db.session().scalars(select(SignIn)).one()
    signins.sign_out(signins.find(token))
    till.later(minutes=5)
    assert not signins._note(row)


@pytest.mark.parametrize(
    "end",
    [
        lambda ada: people.change_password(
            signins.find(sign_in()), PASSWORD, "another lot of words", ip="", user_agent=""
        ),
        lambda ada: people.reset_password(ada.id),
        lambda ada: people.change_role(ada.id, ChangeRole(role="admin")),
        lambda ada: people.set_active(ada.id, is_active=False),
    ],
    ids=["password", "reset", "role", "deactivated"],
)
def test_every_session_ends_at_once(ada, end):
    tokens = [sign_in() for _ in range(3)]
    end(ada)
    assert [signins.find(token) for token in tokens] == [None, None, None]


def test_a_session_of_an_earlier_epoch_counts_for_nothing(ada):
    """Also where its row was not deleted, as by a transaction that ran at the same time."""
    token = sign_in()
    with db.transaction():
        db.update(db.lock(User, ada.id), epoch=1)
    assert signins.find(token) is None
    assert signins.of(signins.find(sign_in()))[0].epoch == 1


def test_one_ends_only_ones_own_sessions(till, ada):
    bob = make_user()
    mine, theirs = sign_in(), sign_in(bob.email)
    me = signins.find(mine)
    assert not signins.end(me, signins.digest(theirs))
    assert signins.find(theirs)
    assert signins.end(me, signins.digest(mine))
    assert not signins.end(me, signins.digest(mine))


def test_five_wrong_passwords_close_the_door_for_a_while(till, ada):
    fails(signins.FAILURES_PER_PERSON)
    with pytest.raises(TooManyRequests):
        sign_in()
    with pytest.raises(TooManyRequests):
        sign_in(ip="198.51.100.9")
    before = len(audited())
    with pytest.raises(TooManyRequests):
        sign_in(password="wrong")
    assert len(audited()) == before  # whoever goes on trying does not keep it closed
    till.later(minutes=signins.WINDOW_MIN, seconds=1)
    assert sign_in()


def test_somebody_unknown_is_slowed_down_in_the_same_way(ada):
    fails(signins.FAILURES_PER_PERSON, email="nobody@till.example")
    with pytest.raises(TooManyRequests):
        sign_in("nobody@till.example")
    assert sign_in()


@pytest.mark.parametrize(
    "forgive", [lambda ada: sign_in(), lambda ada: people.set_password(ada.id, PASSWORD)]
)
def test_success_and_a_new_password_forgive(ada, forgive):
    fails(signins.FAILURES_PER_PERSON - 1)
    forgive(ada)
    fails(signins.FAILURES_PER_PERSON - 1)
    assert sign_in()


@pytest.mark.parametrize(
    ("addresses", "is_one"),
    [
        (["192.0.2.7"], True),
        (["192.0.2.7", "::ffff:192.0.2.7"], True),
        (["2001:db8::1", "2001:db8::ffff", "2001:db8:0:0:9::1"], True),
        (["2001:db8::1", "2001:db8:0:1::1"], False),
        (["192.0.2.7", "192.0.2.8"], False),
        (["", "nonsense", "192.0.2.7, 10.0.0.1"], True),
    ],
)
def test_an_address_gets_twenty_tries_over_all_people(ada, addresses, is_one):
    for number in range(signins.FAILURES_PER_ADDRESS):
        fails(1, email=f"guess{number}@till.example", ip=addresses[number % len(addresses)])
    if is_one:
        with pytest.raises(TooManyRequests):
            sign_in(ip=addresses[0])
        assert sign_in(ip="203.0.113.5")
    else:
        assert sign_in(ip=addresses[0])


def test_guessing_in_parallel_gets_hardly_further(till, ada):
    outcomes = []

    def guess():
        try:
            sign_in(password="wrong")
        except Exception as error:  # noqa: BLE001 -- the kind is what is counted
            outcomes.append(type(error))
        finally:
            db.remove()

    threads = [threading.Thread(target=guess) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) == {SignInRefused, TooManyRequests}
    assert outcomes.count(SignInRefused) <= signins.FAILURES_PER_PERSON + 1


def test_an_outdated_hash_is_renewed_at_sign_in(ada, monkeypatch):
    before = ada.password_hash
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", stronger)
    token = sign_in()
    after = db.session().get(User, ada.id, populate_existing=True).password_hash
    assert after != before
    assert not passwords.is_outdated(after)
    assert signins.find(token)
    assert sign_in()


def test_the_audit_says_who_did_what(ada):
    fails(1, ip="192.0.2.66")
    token = sign_in()
    person = signins.find(token)
    people.change_password(person, PASSWORD, "another lot of words", ip="", user_agent="")
    signins.sign_out(person)
    with events.acting("usr_boss"):
        people.set_active(ada.id, is_active=False)
        people.set_active(ada.id, is_active=False)
        made, _password = people.create(NewUser(email="b@till.example", name="B", role="analyst"))
    assert audited() == [
        ("visitor", "sign_in.failed", ada.id),
        ("visitor", "sign_in.failed_from", "ip:192.0.2.66"),
        (ada.id, "sign_in", ada.id),
        (ada.id, "user.password_changed", ada.id),
        (ada.id, "sign_out", ada.id),
        ("usr_boss", "user.deactivated", ada.id),
        ("usr_boss", "user.created", made.id),
    ]


def test_no_audit_row_has_a_password(ada):
    fails(1, email="secret-typed-as-address")
    sign_in()
    rows = [repr((row.target_id, row.details)) for row in db.session().scalars(select(AuditRow))]
    assert not [row for row in rows if PASSWORD in row or "secret-typed" in row]


def test_the_deactivated_get_the_answer_of_strangers(ada):
    people.set_active(ada.id, is_active=False)
    with pytest.raises(SignInRefused):
        sign_in()
    people.set_active(ada.id, is_active=True)
    assert sign_in()


def test_a_password_is_changed_only_by_who_knows_it(ada):
    me = signins.find(sign_in())
    where = {"ip": "192.0.2.1", "user_agent": ""}
    for old, new, refusal in (
        ("wrong", "another lot of words", SignInRefused),
        (PASSWORD, "short", Invalid),
        (PASSWORD, PASSWORD, Invalid),
        (PASSWORD, f"{EMAIL}1", Invalid),
    ):
        with pytest.raises(refusal):
            people.change_password(me, old, new, **where)
    token = people.change_password(me, PASSWORD, "another lot of words", **where)
    assert signins.find(token).id == ada.id
    assert sign_in(password="another lot of words")
    for _ in range(signins.FAILURES_PER_PERSON):
        with pytest.raises(SignInRefused):
            people.change_password(me, "wrong", "yet another lot of words", **where)
    with pytest.raises(TooManyRequests):
        people.change_password(me, "wrong", "yet another lot of words", **where)


def test_the_audit_trail_does_not_give_away_who_could_not_sign_in(till):
    """Its rows stay for good, and whoever reads them must not find out an address by trying some."""
    nobody = "bob@till.example"
    for email in (nobody, "\ud800"):
        with pytest.raises(SignInRefused):
            sign_in(email)
    targets = {target for _actor, action, target in audited() if action == signins.FAILED}
    assert targets == {f"email:{keys.of('email', nobody)}", "email:None"}
