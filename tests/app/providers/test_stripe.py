import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from stripe import Dispute, PaymentIntent

from app.declines import TEXTS
from app.providers import stripe as adapter
from app.providers.base import Charge, NextAction, Refused, Step, Unanswered, Verb
from app.providers.stripe import Stripe
from app.providers.stripe_words import DECLINES, DISPUTE, REFUND, STATUS
from models import ids
from models.ids import new_id
from models.money import Money
from sandbox import stripe_disputes, stripe_money
from sandbox.stripe_world import World as StripeWorld
from tests.app.providers.stripe_driver import StripeDriver
from tests.app.providers.test_contract import held, paid, pay, task
from tests.app.providers.world import KEYS, Tamper, World

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


def spoil_with(changes: dict[str, Any]) -> Tamper:
    return lambda told: told.update(changes)


@pytest.mark.parametrize("status", ["400", "401", "403", "404"])
def test_a_definite_no_is_refused(driver: StripeDriver, status: str) -> None:
    with driver.world.gate.spoil(INTENTS, status), pytest.raises(Refused) as refusal:
        driver.provider.charge(driver.charge("pays"))
    assert refusal.value.status == int(status)


@pytest.mark.parametrize("status", ["302", "408", "409", "425", "429", "500", "502", "504"])
def test_everything_else_leaves_the_question_open(driver: StripeDriver, status: str) -> None:
    with driver.world.gate.spoil(INTENTS, status), pytest.raises(Unanswered):
        driver.provider.charge(driver.charge("pays"))


@pytest.mark.parametrize(("status", "tries"), [("500", 3), ("409", 3), ("429", 1), ("400", 1)])
def test_retries_are_few(driver: StripeDriver, status: str, tries: int) -> None:
    before = driver.world.gate.count(INTENTS)
    with driver.world.gate.spoil(INTENTS, status), pytest.raises((Unanswered, Refused)):
        driver.provider.charge(driver.charge("pays"))
    assert driver.world.gate.count(INTENTS) - before == tries


def test_a_connection_lost_once_is_asked_again_and_charges_once(driver: StripeDriver) -> None:
    charge = driver.charge("pays")
    with driver.world.gate.spoil(INTENTS, "drop"):
        driver.world.gate.faults[-1].times = 1
        assert driver.provider.charge(charge).verb is Verb.CAPTURE
    assert driver.books(charge).charges == 1


def test_a_key_that_came_with_other_parameters_is_not_a_refusal(driver: StripeDriver) -> None:
    charge, _ = paid(driver)
    other = driver.charge("pays", attempt_id=charge.attempt_id, amount=Money(2000, "EUR"))
    with pytest.raises(Unanswered):
        driver.provider.charge(other)


def test_a_used_token_is_refused(driver: StripeDriver) -> None:
    charge, _ = paid(driver)
    with pytest.raises(Refused):
        driver.provider.charge(driver.charge("pays", credential=charge.credential))


def test_nobody_listening_is_unanswered(world: World) -> None:
    lonely = Stripe(world.config(stripe_api_url="http://127.0.0.1:9/stripe"))
    with pytest.raises(Unanswered):
        lonely.fetch(StripeDriver(world).charge("pays"), "pi_1")


def test_a_wrong_key_is_refused(world: World) -> None:
    stranger = Stripe(world.config(stripe_secret_key="sk_test_somebody_else"))
    with pytest.raises(Refused) as refusal:
        stranger.charge(StripeDriver(world).charge("pays"))
    assert refusal.value.status == 401


def test_a_wrong_key_says_nothing_about_an_operation(driver: StripeDriver) -> None:
    charge, outcome = paid(driver)
    stranger = Stripe(driver.world.config(stripe_secret_key="sk_test_somebody_else"))
    with pytest.raises(Refused) as refusal:
        stranger.refund(task(charge, outcome, "refund"))
    assert refusal.value.status == 401


def test_what_the_settings_break_is_no_failure_of_a_refund(driver: StripeDriver) -> None:
    charge, outcome = paid(driver)
    with driver.world.gate.spoil(driver.refunding, "403"), pytest.raises(Refused):
        driver.provider.refund(task(charge, outcome, "refund"))


def test_an_intent_that_is_gone_is_not_an_answer(driver: StripeDriver) -> None:
    with pytest.raises(Unanswered):
        driver.provider.fetch(driver.charge("pays"), "pi_of_another_account")


def test_another_intent_than_the_one_asked_for_is_not_an_answer(driver: StripeDriver) -> None:
    charge, outcome = paid(driver)
    other = spoil_with({"id": "pi_another"})
    gate, call = driver.world.gate, f"GET /stripe/v1/payment_intents/{outcome.reference}"
    with gate.spoil(call, "tamper", tamper=other), pytest.raises(Unanswered):
        driver.provider.fetch(charge, outcome.reference)


def test_somebody_elses_intent_is_not_an_answer(driver: StripeDriver) -> None:
    _, other = paid(driver)
    with pytest.raises(Unanswered):
        driver.provider.fetch(driver.charge("pays"), other.reference)


# Looking for a charge


def test_a_charge_is_found_behind_many_newer_ones(
    driver: StripeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_PAGE", 2)
    charge, outcome = paid(driver)
    for _ in range(5):
        paid(driver)
    assert driver.provider.fetch(charge, None).reference == outcome.reference


def test_a_charge_asked_for_long_after_its_attempt_was_made_is_found(
    driver: StripeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge, outcome = paid(driver)
    made_at = ids.made_at(charge.attempt_id)
    monkeypatch.setattr(ids, "made_at", lambda _: made_at - 20 * 3600)
    assert driver.provider.fetch(charge, None).reference == outcome.reference


def test_not_found_is_only_said_when_all_were_read(
    driver: StripeDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge, _ = paid(driver)
    for _ in range(4):
        paid(driver)
    monkeypatch.setattr(adapter, "_PAGE", 1)
    monkeypatch.setattr(adapter, "_MOST_PAGES", 2)
    with pytest.raises(Unanswered):
        driver.provider.fetch(charge, None)


# Operations


def test_a_capture_made_by_somebody_else_is_not_ours(driver: StripeDriver) -> None:
    charge, outcome = held(driver)
    driver.call("POST", f"payment_intents/{outcome.reference}/capture")
    news = driver.provider.capture(task(charge, outcome, "capture"))
    assert (news.step, news.failure_code) == (Step.FAIL, "payment_intent_unexpected_state")


def test_a_hold_released_by_somebody_else_is_released(driver: StripeDriver) -> None:
    charge, outcome = held(driver)
    driver.call("POST", f"payment_intents/{outcome.reference}/cancel")
    assert driver.provider.void(task(charge, outcome, "void")).step is Step.SUCCEED
    news = driver.provider.capture(task(charge, outcome, "capture"))
    assert news.step is Step.FAIL


def test_a_refund_made_in_the_dashboard_is_nobodys(driver: StripeDriver) -> None:
    charge, outcome = paid(driver)
    driver.call("POST", "refunds", payment_intent=outcome.reference, amount=300)
    (news,) = driver.provider.fetch(charge, outcome.reference).operations
    assert (news.kind, news.operation_id, news.amount.minor) == ("refund", None, 300)


def test_a_refund_may_take_its_time(driver: StripeDriver) -> None:
    charge, asked, news = refunded(driver, "pm_card_pendingRefund")
    assert news.step is Step.WAIT
    with changing(driver) as stripe:
        stripe_money.refund_news(stripe, news.reference)
    assert driver.provider.fetch_operation(asked).step is Step.SUCCEED
    assert driver.books(charge).refunded == 1999


def test_a_refund_may_come_back(driver: StripeDriver) -> None:
    charge, asked, news = refunded(driver, "pm_card_refundFail")
    assert news.step is Step.SUCCEED
    with changing(driver) as stripe:
        stripe_money.refund_news(stripe, news.reference)
    after = driver.provider.fetch(charge, asked.attempt_ref)
    (told,) = after.operations
    assert (told.step, told.failure_code) == (Step.FAIL, "expired_or_canceled_card")
    assert driver.provider.fetch_operation(asked) == told


def refunded(driver: StripeDriver, card: str) -> tuple[Any, Any, Any]:
    charge = driver.charge(card)
    asked = task(charge, pay(driver, charge), "refund")
    return charge, asked, driver.provider.refund(asked)


@contextmanager
def changing(driver: StripeDriver) -> Iterator[StripeWorld]:
    """Stripe's world in one transaction, for what happens there by itself."""
    with driver.world.sandbox.store.transaction():
        yield StripeWorld(driver.world.sandbox)


@pytest.mark.parametrize(("words", "step"), [("winning", Step.WIN), ("losing", Step.LOSE)])
def test_a_dispute_is_opened_and_decided(driver: StripeDriver, words: str, step: Step) -> None:
    charge, outcome = paid(driver)
    with changing(driver) as stripe:
        stripe_disputes.open_dispute(stripe, outcome.capture_ref, "fraudulent")
    (news,) = driver.provider.fetch(charge, outcome.reference).operations
    assert (news.kind, news.step, news.amount) == ("dispute", Step.OPEN, charge.amount)
    evidence = {"evidence[uncategorized_text]": f"{words}_evidence"}
    driver.call("POST", f"disputes/{news.reference}", **evidence)
    after = driver.provider.fetch(charge, outcome.reference)
    assert [told.step for told in after.operations] == [Step.OPEN, step]
    refund = driver.provider.refund(task(charge, outcome, "refund"))
    assert (refund.step, refund.failure_code) == (Step.FAIL, "charge_disputed")


def test_an_inquiry_moves_no_money(driver: StripeDriver) -> None:
    charge, outcome = paid(driver)
    with changing(driver) as stripe:
        stripe_disputes.open_dispute(stripe, outcome.capture_ref, "inquiry")
    assert driver.provider.fetch(charge, outcome.reference).operations == ()


# Secrets, threads, greenlets


def test_nothing_secret_is_logged_or_raised(
    driver: StripeDriver, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    charge = driver.charge("challenges", in_browser=True)
    with caplog.at_level(logging.DEBUG):
        outcome = driver.provider.charge(charge)
        for how in ("500 after", "garbage", "400"):
            with driver.world.gate.spoil(INTENTS, how), pytest.raises((Unanswered, Refused)) as no:
                driver.provider.charge(driver.charge("pays"))
            told.append(repr(no.value))
            assert no.value.__suppress_context__  # the SDK's exception has the whole body
            assert no.value.__cause__ is None
        with pytest.raises(Refused) as no:
            driver.provider.charge(driver.charge("pays", credential=charge.credential))
        told.append(repr(no.value))
    assert outcome.action is not None
    log = caplog.text + "".join(told)
    for secret in (outcome.action.client_secret, *KEYS.values(), charge.credential):
        assert secret not in log


def test_threads_share_one_pool(world: World) -> None:
    driver = StripeDriver(world)
    driver.provider = Stripe(world.config(provider_pool_size="2"))
    charges = [driver.charge("pays") for _ in range(24)]
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(driver.provider.charge, charges))
    assert [o.verb for o in outcomes] == [Verb.CAPTURE] * 24
    assert len({o.reference for o in outcomes}) == 24


GREENLETS = """
from gevent import monkey; monkey.patch_all()
import sys, gevent
from app import config
from app.providers.base import Charge
from app.providers.stripe import Stripe
from models import ids
from models.ids import new_id
from models.money import Money
url = sys.argv[1]
provider = Stripe(config.load({
    "SECRET_KEY": "x" * 32, "STRIPE_API_URL": url, "PROVIDER_POOL_SIZE": "4",
    "STRIPE_SECRET_KEY": sys.argv[2], "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
}))
def charge(_):
    return provider.charge(Charge(new_id("att"), new_id("pay"), Money(1999, "EUR"), "automatic",
        credential="pm_card_visa", credential_kind="payment_method")).reference
jobs = [gevent.spawn(charge, n) for n in range(20)]
gevent.joinall(jobs, raise_error=True)
print(len({job.value for job in jobs}))
"""


def test_greenlets_share_one_pool(world: World) -> None:
    key = KEYS["stripe_secret_key"]
    command = [sys.executable, "-c", GREENLETS, f"{world.url}/stripe", key]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout.strip(), done.returncode) == ("20", 0), done.stderr


def test_ids_cannot_leave_their_place_in_a_path(driver: StripeDriver) -> None:
    charge, outcome = held(driver)
    for bad in ("pi_1/cancel", "..", "", "pi_1?x=1", "pi 1"):
        with pytest.raises(Refused):
            driver.provider.abandon(charge, bad)
    assert new_id("att")[:4] == "att_"
    assert driver.provider.fetch(charge, outcome.reference).verb is Verb.AUTHORIZE
