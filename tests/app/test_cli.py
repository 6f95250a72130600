"""The operator's commands, run as a person at a terminal would run them."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskCliRunner

from app import create_app, people, seed, signins
from app.api.caller import identify
from models import Merchant, db


@pytest.fixture
def run(till) -> Iterator[FlaskCliRunner]:
    """The commands on the test's own engine, which `till` disposes of."""
    root = logging.getLogger()
    before, level, engine = root.handlers[:], root.level, db.engine()
    app = create_app(till.config)
    db.engine().dispose()
    db._maker.configure(bind=engine)
    yield app.test_cli_runner()
    root.handlers[:] = before
    root.setLevel(level)


def said(output: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in output.splitlines())


def test_a_merchant_comes_with_a_key_that_works(run):
    answer = run.invoke(args=["merchant", "Alma Tea", "--email", "hi@alma.example"])
    made = said(answer.output)
    assert identify(f"Bearer {made['api_key']}").merchant_id == made["merchant_id"]


def test_a_further_key_is_the_same_merchants(run):
    made = said(run.invoke(args=["merchant", "Alma Tea"]).output)
    further = run.invoke(args=["key", made["merchant_id"], "--name", "till 2"]).output.strip()
    assert identify(f"Bearer {further}").merchant_id == made["merchant_id"]
    assert further != made["api_key"]


def test_the_demo_is_made_once_and_gets_a_new_key_each_time(run):
    first, second = (said(run.invoke(args=["seed"]).output) for _ in range(2))
    assert first["merchant_id"] == second["merchant_id"]
    assert first["payment_link_url"] == second["payment_link_url"]
    assert first["api_key"] != second["api_key"]


def sign_in(email: str, password: str) -> signins.Person | None:
    return signins.find(signins.sign_in(email, password, ip="192.0.2.1", user_agent=""))


def test_the_people_of_the_demo_keep_the_passwords_they_were_given(run, quick_passwords):
    known = {name: f"the password of {name}" for name in seed.PEOPLE}
    for _ in range(2):
        answer = run.invoke(args=["seed", "--json", "--passwords", "-"], input=json.dumps(known))
        made = json.loads(answer.output)
        assert made["users"] == {
            name: {"email": one.email, "password": known[name]} for name, one in seed.PEOPLE.items()
        }
        for name, one in seed.PEOPLE.items():
            person = sign_in(one.email, known[name])
            assert person
            assert person.role == one.role
            assert person.merchant_id == (made["merchant_id"] if name == "merchant" else None)
            assert not person.settings.get(people.TEMPORARY)


def test_whoever_is_there_already_keeps_the_password_they_have(run, quick_passwords):
    made = json.loads(run.invoke(args=["seed", "--json"]).output)["users"]
    again = json.loads(run.invoke(args=["seed", "--json"]).output)["users"]
    assert {user["password"] for user in again.values()} == {None}
    assert all(sign_in(user["email"], user["password"]) for user in made.values())
    shown = run.invoke(args=["seed"]).output
    assert not [user for user in made.values() if user["password"] in shown]
    other = json.dumps({"admin": "another lot of words"})
    run.invoke(args=["seed", "--json", "--passwords", "-"], input=other)
    assert sign_in("admin@till.example", "another lot of words")


def test_where_money_is_real_nobody_gets_a_password(till, quick_passwords):
    real = replace(till.config, sandbox_url="")
    assert seed.demo(real, known={"admin": "the password of admin"})["users"] == {}
    assert people.everybody() == []


def test_the_operator_makes_a_user_and_changes_one(run, quick_passwords):
    email = "ada@shop.example"
    made = said(run.invoke(args=["user", email, "--role", "admin", "--name", "Ada"]).output)
    person = sign_in(email, made["password"])
    assert person
    assert (person.id, person.role, person.name) == (made["user_id"], "admin", "Ada")
    assert person.settings[people.TEMPORARY]
    reset = said(run.invoke(args=["user", email, "--reset"]).output)["password"]
    assert sign_in(email, reset)
    run.invoke(args=["user", email, "--deactivate"])
    with pytest.raises(signins.SignInRefused):
        sign_in(email, reset)
    run.invoke(args=["user", email, "--activate"])
    assert sign_in(email, reset)


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["ada@shop.example"], 2, "Say one of"),
        (["ada@shop.example", "--role", "admin", "--reset"], 2, "Say one of"),
        (["ada@shop.example", "--role", "king"], 2, "king"),
        (["ada", "--role", "admin"], 1, "email"),
        (["ada@shop.example", "--role", "admin", "--name", "x" * 121], 1, "name"),
        (["ada@shop.example", "--role", "merchant"], 1, "merchant"),
        (
            ["ada@shop.example", "--role", "merchant", "--merchant", "mer_none"],
            1,
            "no such merchant",
        ),
        (["nobody@shop.example", "--reset"], 1, "Nobody"),
        (["nobody@shop.example", "--deactivate"], 1, "Nobody"),
    ],
)
def test_an_operators_mistake_is_said_in_a_line(run, words, status, says):
    answer = run.invoke(args=["user", *words])
    assert answer.exit_code == status
    assert says in answer.output
    assert people.everybody() == []


def test_the_books_of_a_new_database_balance(run):
    answer = run.invoke(args=["check-books"])
    assert answer.exit_code == 0
    assert answer.output == "The books balance.\n"


def test_the_sites_that_may_frame_a_merchants_pages_are_named_and_taken_back(run):
    made = said(run.invoke(args=["merchant", "Alma Tea"]).output)["merchant_id"]
    for origins in (["https://Alma.example", "http://127.0.0.1:9000"], []):
        assert run.invoke(args=["embed", made, *origins]).exit_code == 0
        found = db.session().get(Merchant, made, populate_existing=True)
        assert found.embed_origins == [origin.lower() for origin in origins]
        db.release()
    assert run.invoke(args=["embed", made, "alma.example/shop"]).exit_code == 1
    assert run.invoke(args=["embed", "mer_nobody", "https://a.example"]).exit_code == 1
