"""Card testing on the page: few cards reach the provider, no answer tells anything, and good customers notice nothing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis as redis_client
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app import commands, payments
from app.screening import force, gate, history, pace, recent
from models import Attempt, Event, ListItem, Payment, RiskRule, db
from models.ids import new_id
from sandbox import clock as sandbox_clock
from tests import risk_models
from tests.card_testing import charges, endless_cards, guard, questions, spoke
from tests.till import Till

ADDRESS = "81.2.69.142"
# A token that the provider never made: where it is asked about one, a test notices.
BAD = "ctoken_1NeverMade"


class Browser:
    """Somebody at the page, from one address. `fresh()` is a browser that was never here."""

    def __init__(self, app: Flask, till: Till, address: str = ADDRESS) -> None:
        self.app, self.till, self.address = app, till, address
        self.fresh()

    def fresh(self) -> None:
        self.client = self.app.test_client()
        self.token = ""

    def get(self, path: str) -> TestResponse:
        answer = self.client.get(path, headers={"Accept": "text/html"}, **self._from())
        found = re.search(r'name="csrf-token" content="([^"]+)"', answer.text)
        self.token = found[1] if found else self.token
        return answer

    def visit(self, link_id: str) -> str:
        """The id of the session that a visit to a link makes."""
        answer = self.get(f"/l/{link_id}")
        assert answer.status_code == 303, answer.text
        return answer.location.rpartition("/")[2]

    def pay(self, session_id: str, token: str, **more: Any) -> TestResponse:
        return self._post(session_id, "pay/stripe", {"confirmation_token": token, **more})

    def paypal(self, session_id: str) -> TestResponse:
        return self._post(session_id, "pay/paypal", {})

    def _post(self, session_id: str, path: str, body: dict[str, Any]) -> TestResponse:
        if not self.token:
            self.get(f"/c/{session_id}")
        return self.client.post(
            f"/c/{session_id}/{path}",
            json={"amount": 1999, **body},
            headers={"X-CSRFToken": self.token, "Accept": "application/json"},
            **self._from(),
        )

    def _from(self) -> dict[str, Any]:
        return {"environ_overrides": {"REMOTE_ADDR": self.address}}


@pytest.fixture
def shop(till: Till, monkeypatch: pytest.MonkeyPatch) -> Till:
    endless_cards(monkeypatch)
    return guard(till)


@pytest.fixture
def browser(application: Flask, shop: Till) -> Browser:
    return Browser(application, shop)


@pytest.fixture
def shared(shop: Till, redis_url: str):
    """A Redis of this test's own, filled with the history, and used by the application."""
    client = redis_client.Redis.from_url(redis_url, decode_responses=True)
    client.flushdb()
    client.set(history.MARK, "filled")
    yield client, redis_url
    history.configure("")
    client.flushdb()
    client.close()


def link(till: Till) -> str:
    command = commands.CreateLink(title="Coffee", currency="EUR", amount=1999)
    payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
    return str(till.told[-1].id)


def attempts(till: Till) -> int:
    db.release()
    return db.session().scalar(select(func.count()).select_from(Attempt)) or 0


def codes(answers: list[TestResponse]) -> list[int]:
    return [answer.status_code for answer in answers]


# ------------------------------------------------------------------------------------------------------- attacks


def test_a_thousand_cards_on_one_page(browser: Browser, shop: Till) -> None:
    session = shop.session()
    tokens = [shop.confirmation_token("declined") for _ in range(6)] + [BAD] * 994
    answers = [browser.pay(session.id, token) for token in tokens]
    assert charges(shop) == questions(shop) == 4
    assert codes(answers[:10]) == [200] * 10
    assert set(codes(answers[10:])) == {429}
    assert attempts(shop) == 10
    assert spoke(session.payment_id)[4:] == ["limit"] * 6


def test_a_thousand_cards_from_one_address_on_one_link(browser: Browser, shop: Till) -> None:
    """Each with a browser and a session of its own."""
    link_id, asked = link(shop), []
    for number in range(45):
        browser.fresh()
        token = shop.confirmation_token("declined") if number < 8 else BAD
        asked.append(browser.pay(browser.visit(link_id), token))
    assert charges(shop) == 5
    assert questions(shop) == 5
    assert attempts(shop) == 5 + 30
    assert set(codes(asked[:35])) == {200}
    assert set(codes(asked[35:])) == {429}


def test_tiny_amounts_and_a_third_that_is_approved(browser: Browser, shop: Till) -> None:
    cards = ["declined", "ok", "declined"] * 12
    for number, card in enumerate(cards):
        browser.fresh()
        session = shop.session(amount=50)
        token = shop.confirmation_token(card) if number < 14 else BAD
        browser.pay(session.id, token, amount=50)
    assert charges(shop) <= 10
    assert questions(shop) <= 10


def test_five_hundred_addresses_slowly_on_one_link(browser: Browser, shop: Till) -> None:
    """One try every three minutes, each from another address: in no hour more than ten reach the provider."""
    link_id = link(shop)
    reached: list[int] = []  # minutes
    for number in range(60):
        browser.fresh()
        browser.address = f"81.9.{number}.7"
        before = charges(shop)
        answer = browser.pay(browser.visit(link_id), shop.confirmation_token("declined"))
        assert answer.json["decline"]["code"] == "generic_decline"
        reached += [3 * number] * (charges(shop) - before)
        shop.later(minutes=3)
    assert max(sum(start <= at < start + 60 for at in reached) for start in reached) <= 10
    assert questions(shop) == len(reached) + 1  # the first that was refused showed its card


def test_whoever_paid_here_before_is_not_turned_away_from_a_link_under_attack(
    browser: Browser, shop: Till
) -> None:
    link_id = link(shop)
    browser.pay(browser.visit(link_id), shop.confirmation_token("ok"), email="ada@example.com")
    shop.later(days=2)
    sandbox_clock.set_offset(2 * 86_400)
    for number in range(7):
        browser.fresh()
        browser.address = f"81.9.{number}.7"
        browser.pay(browser.visit(link_id), shop.confirmation_token("declined"))
    before = charges(shop)
    browser.fresh()
    session_id = browser.visit(link_id)
    stranger = browser.pay(session_id, shop.confirmation_token("ok"), email="eve@example.com")
    assert stranger.json.get("status") == "failed", stranger.text
    assert charges(shop) == before
    known = browser.pay(session_id, shop.confirmation_token("ok"), email="ada@example.com")
    assert known.json["status"] == "captured"


def test_paypal_is_not_a_way_round(browser: Browser, shop: Till) -> None:
    session = shop.session()
    answers = [browser.paypal(session.id) for _ in range(40)]
    assert charges(shop) <= 10
    assert codes(answers)[-1] == 429
    for _ in range(30):
        browser.fresh()
        browser.paypal(shop.session().id)
    assert charges(shop) <= 20


def test_garbage_is_not_asked_about_for_ever(browser: Browser, shop: Till) -> None:
    for number in range(60):
        browser.fresh()
        browser.pay(shop.session().id, f"ctoken_1Garbage{number}")
    assert questions(shop) <= 10
    assert attempts(shop) == 0


@pytest.mark.parametrize("one_session", [True, False], ids=["one session", "one address"])
def test_thirty_at_once(application: Flask, shop: Till, one_session: bool) -> None:
    sessions = [shop.session() for _ in range(1 if one_session else 30)]
    tokens = [shop.confirmation_token("declined") for _ in range(30)]
    browsers = [Browser(application, shop) for _ in tokens]
    for number, each in enumerate(browsers):
        each.get(f"/c/{sessions[number % len(sessions)].id}")
    db.release()

    def pay(number: int) -> int:
        answer = browsers[number].pay(sessions[number % len(sessions)].id, tokens[number])
        db.remove()
        return answer.status_code

    with ThreadPoolExecutor(15) as pool:
        statuses = list(pool.map(pay, range(30)))
    assert set(statuses) <= {200, 429}
    assert 1 <= charges(shop) <= (4 if one_session else 10)
    # Those under way at once may each have asked about their card before the others were counted.
    assert questions(shop) <= 10 + gate.UNDER_WAY["ip"].most


# ---------------------------------------------------------------------------------------------- Redis comes and goes


def test_redis_goes_away_in_the_middle(browser: Browser, shop: Till, shared: Any) -> None:
    _client, url = shared
    history.configure(url)
    for number in range(20):
        if number == 3:
            history.configure("unix:///nowhere/redis.sock")
        browser.fresh()
        token = shop.confirmation_token("declined") if number < 9 else BAD
        browser.pay(shop.session().id, token)
    assert charges(shop) <= 6
    assert questions(shop) <= 8


def test_redis_is_emptied_in_the_middle(browser: Browser, shop: Till, shared: Any) -> None:
    client, url = shared
    history.configure(url)
    for number in range(20):
        if number in {3, 7}:
            client.flushdb()
            recent.forget_all()  # as if another process had seen the first cards
            pace.forget_all()
        browser.fresh()
        token = shop.confirmation_token("declined") if number < 9 else BAD
        browser.pay(shop.session().id, token)
    assert charges(shop) == 5
    assert questions(shop) <= 8


def test_processes_see_each_other_in_redis(browser: Browser, shop: Till, shared: Any) -> None:
    _client, url = shared
    history.configure(url)
    for number in range(40):
        recent.forget_all()
        pace.forget_all()
        browser.fresh()
        token = shop.confirmation_token("declined") if number < 7 else BAD
        answer = browser.pay(shop.session().id, token)
    assert charges(shop) == questions(shop) == 5
    assert answer.status_code == 429


# ------------------------------------------------------------------------------------------------------ one answer


def test_one_answer_whatever_the_reason(
    browser: Browser, shop: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = set()

    def tried(card: str, *, spoken: str) -> None:
        browser.fresh()
        session = shop.session()
        said.add(browser.pay(session.id, shop.confirmation_token(card)).data)
        assert spoke(session.payment_id) == [spoken]
        page = browser.get(f"/c/{session.id}").text
        assert "Your bank did not approve this payment." in page
        assert not re.search("blocked|stolen|fraud|lost_card", page.partition("<footer")[0])

    for number, card in enumerate(
        ("declined", "pm_card_visa_chargeDeclinedLostCard", "stolen", "pm_card_radarBlock")
    ):
        browser.address = f"81.7.{number}.7"
        tried(card, spoken="model")
    with db.transaction():
        db.insert(
            ListItem(id=new_id("itm"), merchant_id=shop.merchant.id, list="blocked", type="ip",
                     value="81.7.9.0/24", added_by="test"),
            RiskRule(id=new_id("rul"), merchant_id=shop.merchant.id, state="live", author="test",
                     text='block if :ip: = "81.8.1.1"'),
        )  # fmt: skip
    force.forget()
    for address, spoken in (("81.7.9.9", "list"), ("81.8.1.1", "rule")):
        browser.address = address
        tried("ok", spoken=spoken)
    browser.address = ADDRESS
    for _ in range(5):
        browser.fresh()
        browser.pay(shop.session().id, shop.confirmation_token("declined"))
    tried("ok", spoken="limit")
    tried("declined", spoken="limit")
    guard(shop, challenge_at=90, hold_at=90, block_at=90)
    monkeypatch.setattr(force, "shipped", lambda: risk_models.constant(0.999))
    force.forget()
    browser.address = "81.8.2.2"
    tried("ok", spoken="model")
    assert len(said) == 1, said


def test_too_many_requests_say_the_same_of_every_card(browser: Browser, shop: Till) -> None:
    session = shop.session()
    for _ in range(10):
        browser.pay(session.id, shop.confirmation_token("declined"))
    said = set()
    for card in ("ok", "declined", "poor", "stolen"):
        answer = browser.pay(session.id, shop.confirmation_token(card))
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "600")
        said.add(str(answer.json["error"]))
    assert len(said) == 1
    assert "card" not in said.pop()


def test_after_three_tries_the_bank_says_no_more_than_no(browser: Browser, shop: Till) -> None:
    session = shop.session()
    token = shop.confirmation_token("poor")
    told = []
    for _ in range(4):
        told.append(browser.pay(session.id, token).json["decline"]["code"])
        token = shop.confirmation_token("poor")
    assert told == ["insufficient_funds"] * 3 + ["generic_decline"]
    assert (
        "There is not enough money"
        not in browser.get(f"/c/{session.id}").text.partition("<footer")[0]
    )


# -------------------------------------------------------------------------------------------------- good customers


def test_two_cards_and_a_few_soft_declines_are_never_caught(application: Flask, till: Till) -> None:
    browser, session = Browser(application, guard(till)), till.session()
    for card in ("poor", "poor", "poor", "pm_card_chargeDeclinedProcessingError", "poor", "poor"):
        answer = browser.pay(session.id, till.confirmation_token(card), email="ada@example.com")
        assert answer.json["status"] == "failed"
    answer = browser.pay(session.id, till.confirmation_token("ok"), email="ada@example.com")
    assert answer.json["status"] == "captured"
    assert set(spoke(session.payment_id)) == {"model"}


def test_an_office_of_thirty_behind_one_address_pays(browser: Browser, shop: Till) -> None:
    """One in six is declined at first, as in a bad hour, and tries again with another card."""
    link_id = link(shop)
    for person in range(30):
        browser.fresh()
        session_id = browser.visit(link_id)
        if person % 6 == 2:
            card = "declined" if person % 12 == 2 else "poor"
            browser.pay(session_id, shop.confirmation_token(card))
        answer = browser.pay(session_id, shop.confirmation_token("ok"))
        assert answer.json["status"] == "captured", person


# ---------------------------------------------------------------------------------------------- visits and alerts


def test_visits_make_rows_and_are_bounded(browser: Browser, shop: Till) -> None:
    link_id = link(shop)
    answers = [browser.get(f"/l/{link_id}") for _ in range(62)]
    assert codes(answers) == [303] * 60 + [429] * 2
    assert answers[-1].headers["Retry-After"] == "60"
    assert "Too many tries" in answers[-1].text
    db.release()
    assert db.session().scalar(select(func.count()).select_from(Payment)) == 60
    browser.address = "81.2.69.143"
    assert browser.get(f"/l/{link_id}").status_code == 303
    answers = []
    for number in range(61):  # of one household
        browser.address = f"2a02:8108:1:2::{number + 1:x}"
        answers.append(browser.get(f"/l/{link_id}"))
    assert codes(answers) == [303] * 60 + [429]
    browser.address = ADDRESS
    shop.later(seconds=61)
    assert browser.get(f"/l/{link_id}").status_code == 303


def test_the_way_back_asks_the_provider_only_so_often(browser: Browser, shop: Till) -> None:
    session = shop.session()
    answers = [browser.get(f"/c/{session.id}/return") for _ in range(61)]
    assert codes(answers) == [303] * 60 + [429]


def test_the_merchant_is_told_once_an_hour(browser: Browser, shop: Till) -> None:
    def told() -> list[Event]:
        db.release()
        kind = Event.type == "payment.card_testing"
        return list(db.session().scalars(select(Event).where(kind).order_by(Event.id)))

    for _ in range(2):
        for _ in range(2):
            session = shop.session()
            for _ in range(6):
                browser.pay(session.id, shop.confirmation_token("declined"))
        shop.later(minutes=61)
    first, second = told()
    assert first.data["limit"] == {"name": "session_cards_1h", "counted": 4, "at_most": 4}
    assert (first.data["suggested"], first.data["outcome"]) == ("under_attack", "block")
    assert second.merchant_id == shop.merchant.id
