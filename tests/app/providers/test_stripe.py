import re
from typing import Any

import pytest
from stripe import Dispute, PaymentIntent

from app.declines import TEXTS
from app.providers.base import Charge, NextAction, Refused, Unanswered, Verb
from app.providers.stripe_words import DECLINES, DISPUTE, REFUND, STATUS
from models.ids import new_id
from models.money import Money
from tests.app.providers.acts import paid, pay
from tests.app.providers.stripe_driver import StripeDriver
from tests.app.providers.world import World, spoil_with

INTENTS = "POST /stripe/v1/payment_intents"


@pytest.fixture
def driver(world: World) -> StripeDriver:
    return StripeDriver(world)


def intent(driver: StripeDriver, charge: Charge) -> dict[str, Any]:
    found = driver.stored("payment_intent")
    return next(i for i in found if i["metadata"].get("attempt_id") == charge.attempt_id)


# What is asked


def test_a_charge_carries_our_ids_and_lets_the_dashboard_choose_methods(
    driver: StripeDriver,
) -> None:
    charge = driver.charge("pays", description="Coffee", payment_id="pay_1")
    pay(driver, charge)
    made = intent(driver, charge)
    assert made["metadata"] == {
        "attempt_id": charge.attempt_id, "payment_id": "pay_1", "order_number": "K7QF-2M9RX",
    }  # fmt: skip
    assert made["description"] == "Coffee"
    assert made["automatic_payment_methods"] == {"enabled": True, "allow_redirects": "always"}
    assert made["capture_method"] == "automatic"
    log = driver.world.app.extensions["sandbox_watch"].log
    assert [entry["idempotency_key"] for entry in log].count(charge.attempt_id) == 1


def test_without_a_return_url_nothing_may_redirect(driver: StripeDriver) -> None:
    charge = driver.charge("pays", return_url="")
    assert pay(driver, charge).verb is Verb.CAPTURE
    assert intent(driver, charge)["automatic_payment_methods"]["allow_redirects"] == "never"


def test_a_challenge_is_shown_in_the_page_or_by_redirect(driver: StripeDriver) -> None:
    in_page = driver.provider.charge(driver.charge("challenges", in_browser=True))
    assert in_page.action is not None
    assert in_page.action == NextAction("stripe_sdk", client_secret=in_page.action.client_secret)
    assert in_page.action.client_secret.startswith(in_page.reference)
    by_redirect = driver.provider.charge(driver.charge("challenges"))
    assert by_redirect.action is not None
    assert by_redirect.action.type == "redirect"
    assert by_redirect.action.url.startswith(f"{driver.world.url}/stripe/3ds/")


@pytest.mark.parametrize(("wish", "verb"), [("automatic", Verb.CAPTURE), ("any", Verb.CHALLENGE)])
def test_three_d_secure_is_asked_for(driver: StripeDriver, wish: str, verb: Verb) -> None:
    charge = driver.charge("pm_card_threeDSecureOptional", three_ds=wish, in_browser=True)
    outcome = driver.provider.charge(charge)
    assert outcome.verb is verb
    if verb is Verb.CHALLENGE:
        driver.shopper(outcome, "approve")
        after = driver.provider.fetch(charge, outcome.reference)
        assert (after.verb, after.facts["three_d_secure"]) == (Verb.CAPTURE, "authenticated")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": Money(500, "KPW")}, "currency_not_supported"),
        ({"amount": Money(1001, "KWD")}, "amount_not_representable"),
        ({"credential_kind": "order"}, "credential_kind"),
    ],
)
def test_what_stripe_would_refuse_is_not_even_sent(
    driver: StripeDriver, fields: dict[str, Any], code: str
) -> None:
    charge, before = driver.charge("pays", **fields), driver.world.gate.count(INTENTS)
    with pytest.raises(Refused) as refusal:
        driver.provider.charge(charge)
    assert (refusal.value.code, driver.world.gate.count(INTENTS)) == (code, before)


# What is answered


def test_what_scoring_may_want_is_kept(driver: StripeDriver) -> None:
    _, outcome = paid(driver)
    assert outcome.method is not None
    assert outcome.method.to_json() == {
        "type": "card", "brand": "visa", "last4": "4242", "exp_month": 12, "funding": "credit",
        "country": "US", "exp_year": outcome.method.exp_year,
    }  # fmt: skip
    assert outcome.facts.keys() == {
        "brand", "funding", "country", "last4", "exp_month", "exp_year", "fingerprint", "checks",
        "risk_level", "risk_score", "outcome_type",
    }  # fmt: skip
    assert outcome.facts["checks"] == {"cvc": "pass"}


CARDS = {
    "pm_card_visa_chargeDeclined": "generic_decline",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_visa_chargeDeclinedLostCard": "lost_card",
    "pm_card_visa_chargeDeclinedStolenCard": "stolen_card",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
    "pm_card_chargeDeclinedIncorrectCvc": "incorrect_cvc",
    "pm_card_chargeDeclinedProcessingError": "processing_error",
    "pm_card_visa_chargeDeclinedVelocityLimitExceeded": "limit_exceeded",
    "pm_card_radarBlock": "fraudulent",
    "pm_card_riskLevelHighest": "fraudulent",
    "pm_card_cvcCheckFail": "incorrect_cvc",
}


@pytest.mark.parametrize(("card", "code"), CARDS.items())
def test_declines_told_at_once_and_told_later_are_the_same(
    driver: StripeDriver, card: str, code: str
) -> None:
    charge = driver.charge(card)
    outcome = driver.provider.charge(charge)
    assert outcome.decline is not None
    assert outcome.decline.code == code
    later = driver.provider.fetch(charge, outcome.reference)
    assert (later.verb, later.decline) == (Verb.DECLINE, outcome.decline)
    assert later.method == outcome.method


def test_a_failed_challenge_is_a_failed_authentication(driver: StripeDriver) -> None:
    charge = driver.charge("challenges")
    outcome = driver.provider.charge(charge)
    driver.shopper(outcome, "fail")
    after = driver.provider.fetch(charge, outcome.reference)
    assert after.decline is not None
    assert after.decline.code == "authentication_failed"


def test_every_decline_has_a_text() -> None:
    assert set(DECLINES.values()) <= TEXTS.keys()


def test_every_word_of_the_sdk_has_an_answer() -> None:
    """The SDK's own lists of words: a new one in a new version shows here first."""

    def named(model: type) -> set[str]:
        return set(re.findall(r"['\"](\w+)['\"]", str(model.__annotations__["status"])))

    assert named(PaymentIntent) == STATUS.keys()
    assert named(Dispute) == DISPUTE.keys()
    # The SDK has no list for refunds: its docstring names them.
    assert REFUND.keys() == {"pending", "requires_action", "succeeded", "failed", "canceled"}


def test_an_unknown_word_is_told_once(
    driver: StripeDriver, caplog: pytest.LogCaptureFixture
) -> None:
    spoil = spoil_with({"status": f"levitating {new_id('att')}"})
    with driver.world.gate.spoil(INTENTS, "tamper", tamper=spoil):
        for _ in range(3):
            assert driver.provider.charge(driver.charge("pays")).verb is None
    assert caplog.text.count("levitating") == 1


def test_a_payment_under_review_is_held_until_somebody_approves(driver: StripeDriver) -> None:
    charge = driver.charge("pm_card_riskLevelElevated", capture="manual")
    outcome = driver.provider.charge(charge)
    assert (outcome.verb, outcome.held) == (Verb.AUTHORIZE, True)
    review = driver.stored("review", payment_intent=outcome.reference)[0]
    driver.call("POST", f"reviews/{review['id']}/approve")
    after = driver.provider.fetch(charge, outcome.reference)
    assert (after.verb, after.held) == (Verb.AUTHORIZE, False)


def test_waiting_for_a_method_is_not_a_decline(driver: StripeDriver) -> None:
    charge = driver.charge("pays")
    spoil = {"status": "requires_payment_method", "last_payment_error": None}
    with driver.world.gate.spoil(INTENTS, "tamper", tamper=lambda told: told.update(spoil)):
        outcome = driver.provider.charge(charge)
    assert (outcome.verb, outcome.decline) == (None, None)


@pytest.mark.parametrize(
    "spoil",
    [
        {"amount_received": 1},
        {"amount_received": 0},
        {"amount_received": "1999"},
        {"amount_received": 2000},
        {"amount": True},
        {"livemode": True},
        {"capture_method": "manual"},
        {"object": "charge"},
        {"id": None},
        {"status": {}},
        {"metadata": None},
        {"metadata": {}},
    ],
)
def test_success_that_does_not_fit_is_no_success(
    driver: StripeDriver, spoil: dict[str, Any]
) -> None:
    charge = driver.charge("pays")
    gate = driver.world.gate
    with gate.spoil(INTENTS, "tamper", tamper=spoil_with(spoil)), pytest.raises(Unanswered):
        driver.provider.charge(charge)
