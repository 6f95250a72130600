"""What every provider must do with captures, voids and refunds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.providers.base import (
    Step,
    Verb,
)
from models.money import Money
from tests.app.providers.acts import attempt, failed, held, paid, task
from tests.app.providers.drivers import Books, Driver


@pytest.mark.parametrize("minor", [1999, 700])
def test_held_money_is_captured_all_or_in_part(driver: Driver, minor: int) -> None:
    charge, outcome = held(driver)
    if minor < charge.amount.minor and not driver.provider.can.captures_parts:
        assert failed(attempt(driver, task(charge, outcome, "capture", minor)))
        assert driver.books(charge).captured == 0
        return
    asked = task(charge, outcome, "capture", minor)
    news = driver.provider.capture(asked)
    assert (news.step, news.amount.minor, news.operation_id) == (
        Step.SUCCEED, minor, asked.operation_id,
    )  # fmt: skip
    after = driver.provider.fetch(charge, outcome.reference)
    assert (after.verb, after.captured) == (Verb.CAPTURE, Money(minor, driver.currency))
    assert [news.kind for news in after.operations if news.kind == "refund"] == []
    assert driver.provider.fetch_operation(asked).step is Step.SUCCEED
    assert driver.books(charge) == Books(1, minor, 0)


def test_the_same_capture_twice_is_one_capture(driver: Driver) -> None:
    charge, outcome = held(driver)
    asked = task(charge, outcome, "capture")
    assert driver.provider.capture(asked).step is Step.SUCCEED
    assert driver.provider.capture(asked).step is Step.SUCCEED
    assert driver.books(charge) == Books(1, charge.amount.minor, 0)


def test_a_second_capture_fails(driver: Driver) -> None:
    charge, outcome = held(driver)
    driver.provider.capture(task(charge, outcome, "capture"))
    assert failed(attempt(driver, task(charge, outcome, "capture")))
    assert driver.books(charge) == Books(1, charge.amount.minor, 0)


def test_more_than_was_held_is_not_captured(driver: Driver) -> None:
    charge, outcome = held(driver)
    assert failed(attempt(driver, task(charge, outcome, "capture", 10_000_00)))
    assert driver.provider.fetch(charge, outcome.reference).verb is Verb.AUTHORIZE
    assert driver.books(charge).captured == 0


def test_held_money_is_released(driver: Driver, travel: Callable[[timedelta], None]) -> None:
    charge, outcome = held(driver)
    asked = task(charge, outcome, "void")
    if driver.released_after:
        assert driver.provider.void(asked).step is Step.WAIT
        assert driver.provider.fetch_operation(asked).step is None
        travel(driver.released_after)
        driver.world.due()
    assert driver.provider.void(asked).step is Step.SUCCEED
    assert driver.provider.fetch_operation(asked).step is Step.SUCCEED
    after = driver.provider.fetch(charge, outcome.reference)
    assert (after.verb, after.operations) == (Verb.VOID, ())
    assert failed(attempt(driver, task(charge, outcome, "capture")))
    assert driver.books(charge).captured == 0


def test_what_was_captured_cannot_be_released(driver: Driver) -> None:
    charge, outcome = held(driver)
    driver.provider.capture(task(charge, outcome, "capture"))
    assert failed(attempt(driver, task(charge, outcome, "void")))
    assert driver.provider.fetch(charge, outcome.reference).verb is Verb.CAPTURE


# Refunds


def test_everything_is_refunded(driver: Driver) -> None:
    charge, outcome = paid(driver)
    asked = task(charge, outcome, "refund")
    news = driver.provider.refund(asked)
    assert (news.step, news.amount, news.operation_id) == (
        Step.SUCCEED, charge.amount, asked.operation_id,
    )  # fmt: skip
    assert news.reference
    assert driver.provider.fetch_operation(asked) == news
    assert driver.provider.fetch_operation(replace(asked, reference=news.reference)) == news
    assert driver.books(charge).refunded == charge.amount.minor


def test_parts_are_refunded_and_fetched(driver: Driver) -> None:
    charge, outcome = paid(driver)
    asked = [task(charge, outcome, "refund", minor) for minor in (500, 700)]
    news = [driver.provider.refund(each) for each in asked]
    after = driver.provider.fetch(charge, outcome.reference)
    assert (after.verb, after.captured) == (Verb.CAPTURE, charge.amount)
    told = {n.operation_id: (n.kind, n.amount.minor, n.step) for n in after.operations}
    assert told == {
        asked[0].operation_id: ("refund", 500, Step.SUCCEED),
        asked[1].operation_id: ("refund", 700, Step.SUCCEED),
    }
    assert {n.reference for n in after.operations} == {n.reference for n in news}
    assert driver.books(charge).refunded == 1200


def test_more_than_was_taken_is_not_refunded(driver: Driver) -> None:
    charge, outcome = paid(driver)
    driver.provider.refund(task(charge, outcome, "refund", 1500))
    assert failed(attempt(driver, task(charge, outcome, "refund", 500)))
    assert failed(attempt(driver, task(charge, outcome, "refund", 10_000_00)))
    assert driver.books(charge).refunded == 1500


def test_the_same_refund_twice_is_one_refund(driver: Driver) -> None:
    charge, outcome = paid(driver)
    asked = task(charge, outcome, "refund", 500)
    assert driver.provider.refund(asked) == driver.provider.refund(asked)
    assert driver.books(charge).refunded == 500


@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
def test_an_operation_that_never_was_is_undecided(driver: Driver, kind: str) -> None:
    charge, outcome = paid(driver) if kind == "refund" else held(driver)
    assert driver.provider.fetch_operation(task(charge, outcome, kind, 100)).step is None
