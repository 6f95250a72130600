"""Screening in the money path: what each decision does to the money, and who may let it go."""

import pytest
from sqlalchemy import select

from app import commands, payments
from app.errors import PaymentInReview
from app.payments import start
from app.reviews.act import act_due
from app.reviews.decide import decide
from app.screening import force
from models import Assessment, ListItem, Operation, Review, RiskPolicy, RiskRule, Sighting, db
from models.ids import new_id
from risk.facts import Facts
from risk.features import vector
from risk.policy import Policy
from tests import risk_models


@pytest.fixture
def risky(till, monkeypatch):
    """A Till whose model gives every attempt one probability, and whose merchant goes by thresholds."""

    def set_up(probability: float, **more):
        monkeypatch.setattr(force, "shipped", lambda: risk_models.constant(probability))
        at = {"challenge_at": 65, "hold_at": 75, "block_at": 90}
        choices = {"mode": "thresholds", **at, "explore_share": 0.0, **more}
        policy = Policy.from_json(choices).to_json()
        with db.transaction():
            db.insert(
                RiskPolicy(
                    id=new_id("pol"), merchant_id=till.merchant.id, settings=policy, author="test"
                )
            )
        force.forget()
        return till

    return set_up


def rule(till, text: str, state: str = "live") -> None:
    with db.transaction():
        db.insert(
            RiskRule(
                id=new_id("rul"),
                merchant_id=till.merchant.id,
                text=text,
                state=state,
                author="test",
            )
        )
    force.forget()


def journal(payment) -> dict[str, Assessment]:
    rows = db.session().scalars(select(Assessment).where(Assessment.payment_id == payment.id))
    return {row.moment: row for row in rows}


def asked(till) -> int:
    """How many charges reached the provider."""
    return len(till.provider_books()["stripe"]["payments"])


WAYS = pytest.mark.parametrize("way", ["api", "page"])


def pay(till, way: str, card: str = "ok", **more):
    return till.pay(card, **more) if way == "api" else till.confirm(till.session(**more), card)


@WAYS
def test_a_normal_attempt_is_charged_at_once(risky, way):
    till = risky(0.001)
    payment = pay(till, way)
    assert payment.status == "captured"
    row = journal(payment)["before"]
    assert (row.outcome, row.spoke, row.level) == ("allow", "model", "normal")


@WAYS
def test_a_blocked_attempt_never_reaches_the_provider(risky, way):
    till = risky(0.9)
    payment = pay(till, way)
    assert payment.status == "failed"
    assert asked(till) == 0
    assert "blocked" not in payment.decline["message"].lower()
    assert journal(payment)["before"].outcome == "block"


@WAYS
def test_held_money_is_authorized_and_waits_for_a_person(risky, way):
    till = risky(0.3)
    payment = pay(till, way)
    assert payment.status == "in_review"
    assert till.ledger(payment.id) == []
    review = db.session().scalars(select(Review)).one()
    assert (review.payment_id, review.amount_minor, review.closed_at) == (payment.id, 1999, None)
    assert review.expires_at is not None
    assert "payment.held" in till.events(payment.id)


@WAYS
def test_held_money_is_never_captured_without_a_verdict(risky, way):
    till = risky(0.3)
    payment_id = pay(till, way).id
    with pytest.raises(PaymentInReview):
        till.capture(till.payment(payment_id))
    till.later(hours=1)
    till.settle()
    payments.sync(payment_id)
    assert till.payment(payment_id).status == "in_review"
    assert db.session().scalars(select(Operation)).all() == []


@WAYS
def test_a_challenge_that_is_passed_is_captured_by_itself(risky, way):
    till = risky(0.06)
    payment = (
        pay(till, way, "3ds", return_url="http://x/r") if way == "api" else pay(till, way, "3ds")
    )
    attempt = till.attempts(payment.id)[0]
    assert attempt.request["three_ds"] == "any"
    assert attempt.request["capture"] == "manual"
    assert payment.status == "requires_action"
    action = till.stripe("GET", f"payment_intents/{attempt.provider_ref}")["next_action"]
    till.answer_challenge(action, "pass")
    payments.sync(payment.id)
    till.settle()
    assert till.payment(payment.id).status == "captured"
    looks = journal(payment)
    assert (looks["before"].outcome, looks["after"].outcome) == ("challenge", "allow")
    assert looks["after"].facts["three_ds"] == "authenticated"


@WAYS
def test_a_challenge_that_the_card_does_not_know_proves_nothing(risky, way):
    till = risky(0.06)
    payment = pay(till, way, "pm_card_amex")
    assert payment.status == "in_review"
    assert journal(payment)["after"].outcome == "hold"


@WAYS
def test_a_challenge_without_a_question_is_a_proof_all_the_same(risky, way):
    till = risky(0.06)
    payment = pay(till, way)
    assert payment.status == "captured"
    assert journal(payment)["after"].facts["liability_shift"] is True
    assert db.session().scalars(select(Review)).all() == []


@WAYS
def test_what_the_second_look_turns_away_reads_like_a_declined_card(risky, way):
    till = risky(0.001)
    rule(till, "challenge if :amount: > 1 EUR")
    rule(till, "block if :avs_postal: = 'fail'")
    payment = pay(till, way, "pm_card_avsZipFail")
    assert till.attempts(payment.id)[-1].status == "voided"
    declined = pay(till, way, "declined")
    told = [(p.status, p.closed, p.session_status, p.next_action) for p in (payment, declined)]
    assert told[0] == told[1] == ("failed", None, "open", None)
    messages = [p.decline["message"] for p in (payment, declined)]
    assert messages[0] == messages[1]
    assert till.ledger(payment.id) == []


def test_after_the_second_look_another_card_may_be_tried_until_the_session_ends(risky):
    till = risky(0.001)
    rule(till, "challenge if :amount: > 1 EUR")
    rule(till, "block if :avs_postal: = 'fail'")
    session = till.session()
    assert till.confirm(session, "pm_card_avsZipFail").status == "failed"
    assert till.payment(session.payment_id).expires_at == session.expires_at
    assert till.confirm(session).status == "captured"


def test_a_held_payment_that_the_merchant_cancels_leaves_the_queue(risky):
    till = risky(0.3)
    payment = till.cancel(till.pay())
    assert payment.status == "canceled"
    review = db.session().scalars(select(Review)).one()
    assert review.closed_as == "canceled"


def test_a_merchant_who_captures_by_hand_does_not_see_a_held_payment_as_authorized(risky):
    till = risky(0.3)
    payment = till.pay(capture="manual")
    assert payment.status == "in_review"


def test_a_rule_speaks_before_the_model(risky):
    till = risky(0.001)
    rule(till, "review if :amount: > 10 EUR")
    payment = till.pay()
    assert payment.status == "in_review"
    row = journal(payment)["before"]
    assert (row.spoke, row.details["rules"][0]["action"]) == ("rule", "review")


def test_a_shadow_rule_is_told_and_has_no_say(risky):
    till = risky(0.001)
    rule(till, "block if :amount: > 10 EUR", state="shadow")
    payment = till.pay()
    assert payment.status == "captured"
    assert journal(payment)["before"].details["rules"][0]["shadow"] is True


def test_a_list_speaks_before_rules(risky):
    till = risky(0.001)
    rule(till, "allow if :amount: > 10 EUR")
    with db.transaction():
        db.insert(
            ListItem(
                id=new_id("itm"), merchant_id=till.merchant.id, list="blocked", type="ip",
                value="81.2.69.142", added_by="test",
            )
        )  # fmt: skip
    force.forget()
    payment = till.pay(shopper=commands.Shopper(ip_address="81.2.69.142"))
    assert payment.status == "failed"
    assert journal(payment)["before"].spoke == "list"


def test_every_stored_decision_can_be_made_again_from_its_facts(risky):
    till = risky(0.03)
    for number in range(4):
        till.pay(amount=1000 + number, shopper=commands.Shopper(email=f"a{number}@example.com"))
    model = force.shipped()
    for row in db.session().scalars(select(Assessment)):
        facts = Facts.from_json(row.facts)
        assert model.probability(vector(facts)) == row.probability
        assert facts.to_json() == row.facts


def test_the_history_of_an_attempt_is_what_happened_before_it(risky):
    till = risky(0.001)
    told = commands.Shopper(email="Mia@Example.com", ip_address="81.2.69.142")
    till.pay("declined", shopper=told)
    till.pay("poor", shopper=told)
    till.later(minutes=2)
    payment = till.pay(shopper=told)
    past = journal(payment)["before"].facts["past"]
    assert (past["email_tries_1h"], past["email_declines_1h"], past["email_hard_1h"]) == (2, 2, 1)
    assert (past["ip_cards_1h"], past["card_tries_1h"]) == (2, 0)
    kinds = db.session().execute(select(Sighting.kind).order_by(Sighting.at, Sighting.id)).scalars()
    assert list(kinds) == ["try", "hard", "try", "soft", "try", "ok"]


def test_what_the_provider_holds_itself_is_in_the_queue_too(risky):
    till = risky(0.001)
    payment = till.pay("review", capture="manual")
    assert payment.status == "in_review"
    assert db.session().scalars(select(Review.reason)).one() == "provider"


def test_what_a_person_let_go_the_provider_holds_no_more(risky):
    till = risky(0.001)
    payment_id = till.pay("review", capture="manual").id
    case = db.session().scalars(select(Review.id)).one()
    decide(case, "approve", "suspicious_ok", by="usr_ada", scope=None, undo_s=0)
    act_due(10)
    payments.sync(payment_id)
    assert till.payment(payment_id).status == "authorized"


def test_an_answer_that_is_lost_after_a_hold_is_found_and_held(risky, monkeypatch):
    till = risky(0.3)
    monkeypatch.setattr(start, "answer", lambda *_args, **_more: None)
    payment = till.pay()
    assert payment.status == "processing"
    monkeypatch.undo()
    monkeypatch.setattr(force, "shipped", lambda: risk_models.constant(0.3))
    till.later(minutes=1)
    till.settle()
    assert till.payment(payment.id).status == "in_review"


def test_a_verdict_is_part_of_the_history_of_whoever_it_was_about(risky):
    till = risky(0.3)
    told = commands.Shopper(email="mia@example.com")
    till.pay(shopper=told)
    case = db.session().scalars(select(Review.id)).one()
    decide(case, "fraud", "confirmed_fraud", by="usr_ada", scope=None, undo_s=0)
    act_due(10)
    payment = till.pay(shopper=told)
    past = journal(payment)["before"].facts["past"]
    assert (past["email_fraud_30d"], past["card_fraud_30d"]) == (1, 1)
