"""Early fraud warnings in the console: seen by their own merchant's people, refunded once, and what cannot be says why."""

from __future__ import annotations

import re

import pytest
from flask import url_for

from app.screening import warnings
from models import FraudWarning, db

CARD = "pm_card_createIssuerFraudRecord"


@pytest.fixture
def warned(till):
    """The id of a warning that came in."""
    till.pay(CARD)
    till.world.sandbox.timers.run_due(within_s=10)
    assert warnings.catch_up() == 1
    return db.session().query(FraudWarning).one().id


@pytest.fixture
def path(application):
    def found(endpoint="warnings", **values):
        with application.test_request_context():
            return url_for(f"risk.{endpoint}", **values)

    return found


def refunded(till, warning_id):
    db.release()
    warning = db.session().get_one(FraudWarning, warning_id, populate_existing=True)
    return till.payment(warning.payment_id).refunded_minor


def test_without_warnings_the_page_says_so(staffer, path):
    assert "No warnings" in staffer("analyst").get(path()).text


def test_a_warning_is_refunded_with_one_button(till, staffer, path, warned):
    ana = staffer("analyst")
    shown = ana.get(path()).text
    assert "Not authorized by the holder" in shown
    assert "Refund €19.99" in shown
    [left] = re.findall(r'name="left" value="(\d+)"', shown)
    answer = ana.post(path("warning_refund", warning_id=warned), {"left": left})
    assert answer.status_code == 303
    assert refunded(till, warned) == 1999
    shown = ana.get(path()).text
    assert "Refunded" in shown
    assert 'name="left"' not in shown
    again = ana.post(path("warning_refund", warning_id=warned), {"left": left})
    assert again.status_code == 409
    assert "given back" in again.text
    assert refunded(till, warned) == 1999


@pytest.mark.parametrize("left", ["", "1", "1998", "-1999", "x", "9" * 19])
def test_another_amount_than_the_button_said_refunds_nothing(till, staffer, path, warned, left):
    answer = staffer("analyst").post(path("warning_refund", warning_id=warned), {"left": left})
    assert answer.status_code == 409
    assert "look again" in answer.text
    assert refunded(till, warned) == 0


def test_who_may_not_refunds_nothing(till, staffer, path, warned):
    from models import Merchant
    from models.ids import new_id

    other = Merchant(id=new_id("mer"), name="Other")
    with db.transaction():
        db.insert(other)
    form = {"left": "1999"}
    stranger = staffer("analyst", merchant_id=other.id)
    assert warned not in stranger.get(path()).text
    refund = path("warning_refund", warning_id=warned)
    assert stranger.post(refund, form).status_code == 404
    assert staffer("merchant", merchant_id=till.merchant.id).get(path()).status_code == 403
    assert refunded(till, warned) == 0
    mine = staffer("analyst", merchant_id=till.merchant.id)
    assert mine.post(refund, form).status_code == 303
    assert refunded(till, warned) == 1999


def test_there_are_pages_of_them(till, staffer, path, warned, monkeypatch):
    from app.web import console_warnings

    monkeypatch.setattr(console_warnings, "PAGE", 1)
    till.pay(CARD, amount=555)
    till.world.sandbox.timers.run_due(within_s=10)
    assert warnings.catch_up() == 2
    ana = staffer("analyst")
    first = ana.get(path()).text
    assert "€5.55" in first
    assert "€19.99" not in first
    [older] = re.findall(r'rel="next" href="([^"]+)"', first)
    assert "€19.99" in ana.get(older.replace("&amp;", "&")).text
    assert ana.get(path(after="efw_nonsense")).status_code == 200
