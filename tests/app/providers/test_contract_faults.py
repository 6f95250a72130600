"""What every provider must do when its answer is lost, late, wrong or about something else."""

import pytest

from app.providers.base import (
    Charge,
    Step,
    Unanswered,
    Verb,
)
from tests.app.providers.acts import held, paid, pay, task
from tests.app.providers.drivers import Books, Driver, Spoil, spoiled

FAULTS = ["500 after", "garbage", "empty object", "list", "drop", "cut"]


@pytest.mark.parametrize("how", FAULTS)
def test_a_charge_whose_answer_is_lost_is_found(driver: Driver, how: str) -> None:
    charge = driver.charge("pays")
    with spoiled(driver, driver.charging, how), pytest.raises(Unanswered):
        pay(driver, charge)
    recovered(driver, charge)


def test_a_charge_that_hangs_after_it_was_done_is_found(driver: Driver) -> None:
    charge = driver.charge("pays")
    patient, driver.provider = driver.provider, driver.impatient
    with spoiled(driver, driver.charging, "hang"), pytest.raises(Unanswered):
        pay(driver, charge)
    driver.provider = patient
    recovered(driver, charge)


def recovered(driver: Driver, charge: Charge) -> None:
    """Look for the charge, ask again with the same key where it cannot be found: one charge."""
    outcome = driver.provider.fetch(charge, None)
    if driver.finds_without_reference:
        assert outcome.verb is Verb.CAPTURE
    else:
        outcome = pay(driver, charge)
    assert (outcome.verb, outcome.captured) == (Verb.CAPTURE, charge.amount)
    assert driver.books(charge) == Books(1, charge.amount.minor, 0)


@pytest.mark.parametrize("how", ["409", "429", "500", "503"])
def test_a_provider_that_is_busy_leaves_the_question_open(driver: Driver, how: str) -> None:
    charge = driver.charge("pays")
    with spoiled(driver, driver.charging, how), pytest.raises(Unanswered):
        pay(driver, charge)
    assert driver.books(charge).captured == 0
    assert pay(driver, charge).verb is Verb.CAPTURE
    assert driver.books(charge) == Books(1, charge.amount.minor, 0)


def test_a_word_that_we_do_not_know_decides_nothing(driver: Driver) -> None:
    charge = driver.charge("pays")
    spoil = driver.spoil_charge("unknown status")
    with spoiled(driver, driver.charging, "tamper", tamper=spoil):
        assert pay(driver, charge).verb is None


@pytest.mark.parametrize("what", ["amount", "currency", "id"])
def test_an_answer_about_something_else_is_no_answer(driver: Driver, what: Spoil) -> None:
    charge = driver.charge("pays")
    spoil = driver.spoil_charge(what)
    with spoiled(driver, driver.charging, "tamper", tamper=spoil), pytest.raises(Unanswered):
        pay(driver, charge)


@pytest.mark.parametrize("kind", ["capture", "refund"])
@pytest.mark.parametrize("how", ["500 after", "drop", "garbage"])
def test_an_operation_whose_answer_is_lost_is_found(driver: Driver, kind: str, how: str) -> None:
    charge, outcome = held(driver) if kind == "capture" else paid(driver)
    in_parts = kind == "refund" or driver.provider.can.captures_parts
    minor = 600 if in_parts else charge.amount.minor
    asked = task(charge, outcome, kind, minor)
    call = driver.capturing if kind == "capture" else driver.refunding
    with spoiled(driver, call, how), pytest.raises(Unanswered):
        getattr(driver.provider, kind)(asked)
    found = driver.provider.fetch_operation(asked)
    if found.step is None:
        found = getattr(driver.provider, kind)(asked)
    assert (found.step, found.amount.minor) == (Step.SUCCEED, minor)
    done = driver.books(charge)
    assert (done.captured if kind == "capture" else done.refunded) == minor
