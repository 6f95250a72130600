"""The operator's commands, run as a person at a terminal would run them."""

import logging
from collections.abc import Iterator

import pytest
from flask.testing import FlaskCliRunner

from app import create_app
from app.api.caller import identify
from models import db


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


def test_the_books_of_a_new_database_balance(run):
    answer = run.invoke(args=["check-books"])
    assert answer.exit_code == 0
    assert answer.output == "The books balance.\n"
