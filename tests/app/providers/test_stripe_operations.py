from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.providers.base import Step
from sandbox import stripe_disputes, stripe_money
from sandbox.stripe_world import World as StripeWorld
from tests.app.providers.acts import held, paid, pay, task
from tests.app.providers.stripe_driver import StripeDriver
from tests.app.providers.world import World


@pytest.fixture
def driver(world: World) -> StripeDriver:
    return StripeDriver(world)


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


def test_a_dispute_about_money_that_was_only_held_moves_nothing(driver: StripeDriver) -> None:
    charge, outcome = held(driver)
    with changing(driver) as stripe:
        intent = stripe.get("payment_intent", outcome.reference)
        stripe_disputes.open_dispute(stripe, intent["latest_charge"], "fraudulent")
    assert driver.provider.fetch(charge, outcome.reference).operations == ()


def test_an_inquiry_moves_no_money(driver: StripeDriver) -> None:
    charge, outcome = paid(driver)
    with changing(driver) as stripe:
        stripe_disputes.open_dispute(stripe, outcome.capture_ref, "inquiry")
    assert driver.provider.fetch(charge, outcome.reference).operations == ()
