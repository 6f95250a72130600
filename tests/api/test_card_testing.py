"""Card testing through the API: counted by the shopper that the merchant tells of, and by the card; never by the server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.screening import gather, journal, recent, stored
from models import Attempt, Payment, Sighting, db
from models.ids import new_id
from tests.api.conftest import Api, code
from tests.card_testing import charges, endless_cards, guard, questions, spoke

DECLINED = "pm_card_visa_chargeDeclined"
SHOPPER = {"ip_address": "81.2.69.142"}


@pytest.fixture
def shop(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    endless_cards(monkeypatch)
    guard(api.till)
    return api


def token(api: Api, card: str = DECLINED, **more: Any) -> Any:
    told = {"provider": "stripe", "payment_method": card, "amount": 1999, "currency": "EUR"}
    return api.post("/v1/tokens", {**told, **more})


def pay(api: Api, card: str = DECLINED, shopper: Any = None, **more: Any) -> Any:
    """A token and a payment with it; the first answer that is no success."""
    told = {"shopper": shopper} if shopper else {}
    made = token(api, card, **told)
    if made.status_code != 201:
        return made
    body = {"token": made.json["id"], "amount": 1999, "currency": "EUR", **told}
    return api.post("/v1/payments", body, **more)


def test_a_shopper_who_tests_cards_is_turned_away(shop: Api) -> None:
    answers = [pay(shop, shopper=SHOPPER) for _ in range(40)]
    assert charges(shop.till) == 5
    assert questions(shop.till) <= 6
    assert {code(answer) for answer in answers[6:]} == {"429 too_many_requests"}
    assert answers[-1].headers["Retry-After"]
    assert pay(shop, "pm_card_visa", {"ip_address": "81.2.69.143"}).json["status"] == "captured"


def test_tokens_that_are_taken_in_before_any_is_tried_lead_no_further(shop: Api) -> None:
    made = [token(shop).json["id"] for _ in range(20)]
    told = {"amount": 1999, "currency": "EUR", "shopper": SHOPPER}
    answers = [shop.post("/v1/payments", {"token": one, **told}) for one in made]
    assert charges(shop.till) == 5
    codes = [answer.json["decline"]["code"] for answer in answers]
    assert codes == ["generic_decline"] * 5 + ["blocked"] * 15  # the merchant may know
    assert spoke(answers[-1].json["id"]) == ["limit"]


def test_a_shopper_of_whom_nothing_is_told(shop: Api) -> None:
    """The card and the whole of the shop speak: strangers are turned away while ten cards fail."""
    answers = [pay(shop) for _ in range(16)]
    assert charges(shop.till) == 10
    assert [a.json["decline"]["code"] for a in answers[10:]] == ["blocked"] * 6
    assert pay(shop, "pm_card_visa", SHOPPER).json["status"] == "captured"


def test_a_known_card_is_let_through_where_strangers_are_not(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard(api.till)
    first = pay(api, "pm_card_mastercard")
    _was_paid_days_ago(first.json["id"])
    endless_cards(monkeypatch)
    for _ in range(12):
        last = pay(api)
    assert last.json["decline"]["code"] == "blocked"
    monkeypatch.undo()
    assert pay(api, "pm_card_mastercard").json["status"] == "captured"
    assert pay(api, "pm_card_visa").json["decline"]["code"] == "blocked"


def _was_paid_days_ago(payment_id: str) -> None:
    payment = db.session().get_one(Payment, payment_id)
    attempt = db.session().get_one(Attempt, payment.attempt_id)
    seen = journal._seen(payment, attempt, "good")
    row = stored.row(seen, payment_id)
    early = Sighting(
        **{
            **{name: getattr(row, name) for name in Sighting.__table__.columns.keys()},  # noqa: SIM118
            "id": new_id("sig"),
            "attempt_id": new_id("att"),
            "kind": "ok",
            "at": row.at - timedelta(days=3),
        }
    )
    with db.transaction():
        db.insert(early)
    recent.forget_all()


def test_one_card_again_and_again(api: Api) -> None:
    guard(api.till)
    answers = [pay(api).json["decline"]["code"] for _ in range(8)]
    assert answers == ["generic_decline"] * 5 + ["blocked"] * 3


def test_the_merchants_own_server_is_nobody(shop: Api) -> None:
    """Ordinary declines from one server, each with its own shopper."""
    for number in range(40):
        card = DECLINED if number % 5 == 0 else "pm_card_visa"
        answer = pay(
            shop,
            card,
            {"ip_address": f"81.2.70.{number}", "email": f"shopper{number}@example.com"},
            environ_overrides={"REMOTE_ADDR": "81.2.69.160"},
        )
        assert answer.json["status"] == ("failed" if card == DECLINED else "captured")
    assert charges(shop.till) == 40


def test_garbage_is_not_asked_about_for_ever(shop: Api) -> None:
    answers = [token(shop, f"pm_1Garbage{n}", shopper=SHOPPER) for n in range(30)]
    assert code(answers[0]) == "422 credential_invalid"
    assert code(answers[-1]) == "429 too_many_requests"
    assert questions(shop.till) <= 10


def test_a_repetition_gets_its_answer_even_in_an_attack(shop: Api) -> None:
    made = token(shop, "pm_card_visa").json["id"]
    body = {"token": made, "amount": 1999, "currency": "EUR", "shopper": SHOPPER}
    first = shop.post("/v1/payments", body, once="order-1")
    for _ in range(60):
        pay(shop, shopper=SHOPPER)
    made_before = [token(shop).json["id"] for _ in range(2)]
    refused = {"amount": 1999, "currency": "EUR", "shopper": SHOPPER}
    answers = [
        shop.post("/v1/payments", {"token": one, **refused}, once=f"x{one}") for one in made_before
    ]
    assert {code(answer) for answer in answers} == {"429 too_many_requests"}
    again = shop.post("/v1/payments", body, once="order-1")
    assert (again.status_code, again.data) == (201, first.data)


def test_what_a_limit_turned_away_is_no_reason_for_the_next(shop: Api) -> None:
    made = [token(shop).json["id"] for _ in range(8)]
    told = {"amount": 1999, "currency": "EUR", "shopper": SHOPPER}
    for one in made:
        shop.post("/v1/payments", {"token": one, **told})
    kinds = [row.kind for row in db.session().query(Sighting).order_by(Sighting.id)]
    assert kinds.count(stored.REFUSED) == 3
    this = gather.sighting(
        gather.facts(
            gather.Asked(
                attempt_id="att_next", payment_id="pay_next", merchant_id=shop.till.merchant.id,
                amount=db.session().query(Payment).first().total, provider="stripe", channel="api",
                told=SHOPPER,
            )
        ),
        "att_next",
    )  # fmt: skip
    assert {seen.kind for seen in stored.read(this)["ip"]} == {"try", "hard"}
    assert len(stored.read(this)["ip"]) == 10
