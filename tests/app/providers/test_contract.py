"""What every provider must do, proved on each of them through the wire."""

from dataclasses import replace

import pytest

from app.declines import TEXTS
from app.providers import PROVIDERS
from app.providers.base import (
    BadSignature,
    Charge,
    OperationNews,
    Outcome,
    Refused,
    Step,
    Task,
    Unanswered,
    Verb,
)
from models.ids import new_id
from models.money import Money
from tests.app.providers.drivers import DRIVERS, Books, Driver, Spoil, spoiled

PREFIX = {"capture": "cap", "void": "voi", "refund": "re"}


def pay(driver: Driver, charge: Charge) -> Outcome:
    """Ask, and complete where the provider wants to be asked twice."""
    outcome = driver.provider.charge(charge)
    return driver.provider.complete(charge, outcome.reference) if outcome.ready else outcome


def look(driver: Driver, charge: Charge, reference: str) -> Outcome:
    """Fetch, and complete what the shopper has made ready."""
    outcome = driver.provider.fetch(charge, reference)
    return driver.provider.complete(charge, reference) if outcome.ready else outcome


def task(charge: Charge, outcome: Outcome, kind: str, minor: int | None = None) -> Task:
    return Task(
        operation_id=new_id(PREFIX[kind]),
        kind=kind,
        attempt_id=charge.attempt_id,
        attempt_ref=outcome.reference,
        capture_ref=outcome.capture_ref or "",
        amount=Money(charge.amount.minor if minor is None else minor, charge.amount.currency),
        capture=charge.capture,
    )


def held(driver: Driver) -> tuple[Charge, Outcome]:
    charge = driver.charge("pays", capture="manual")
    return charge, pay(driver, charge)


def paid(driver: Driver) -> tuple[Charge, Outcome]:
    charge = driver.charge("pays")
    return charge, pay(driver, charge)


def failed(news: OperationNews | Refused) -> bool:
    """An operation that cannot be is news of a failure, or refused: never silence."""
    return isinstance(news, Refused) or news.step is Step.FAIL


def attempt(driver: Driver, asked: Task) -> OperationNews | Refused:
    try:
        return getattr(driver.provider, asked.kind)(asked)
    except Refused as refusal:
        return refusal


def test_every_provider_has_a_driver() -> None:
    assert DRIVERS.keys() == PROVIDERS.keys()


# Charges


def test_money_is_taken_at_once(driver: Driver) -> None:
    charge, outcome = paid(driver)
    assert (outcome.verb, outcome.amount, outcome.captured) == (
        Verb.CAPTURE, charge.amount, charge.amount,
    )  # fmt: skip
    assert outcome.reference
    assert outcome.capture_ref
    assert outcome.method is not None
    assert outcome.fee is None or outcome.fee.currency == charge.amount.currency
    assert driver.books(charge) == Books(1, charge.amount.minor, 0)


def test_money_is_held_and_not_taken(driver: Driver) -> None:
    charge, outcome = held(driver)
    assert (outcome.verb, outcome.amount, outcome.captured) == (
        Verb.AUTHORIZE, charge.amount, None,
    )  # fmt: skip
    assert outcome.capture_before is not None
    assert driver.books(charge).captured == 0


def test_a_decline_is_an_answer_in_our_words(driver: Driver) -> None:
    charge = driver.charge("declines")
    outcome = pay(driver, charge)
    assert outcome.verb is Verb.DECLINE
    assert outcome.decline is not None
    assert outcome.decline.code in TEXTS
    assert outcome.decline.provider_code
    assert outcome.reference
    assert driver.books(charge).captured == 0


def test_the_same_charge_twice_is_one_charge(driver: Driver) -> None:
    charge, first = paid(driver)
    second = pay(driver, charge)
    assert (second.verb, second.reference) == (first.verb, first.reference)
    assert driver.books(charge) == Books(1, charge.amount.minor, 0)


def test_fetch_tells_what_the_charge_told(driver: Driver) -> None:
    charge, outcome = paid(driver)
    fetched = driver.provider.fetch(charge, outcome.reference)
    facts = (fetched.verb, fetched.reference, fetched.captured, fetched.capture_ref, fetched.fee)
    assert facts == (
        outcome.verb, outcome.reference, outcome.captured, outcome.capture_ref, outcome.fee,
    )  # fmt: skip


def test_a_charge_is_found_by_our_id_alone(driver: Driver) -> None:
    charge, outcome = paid(driver)
    found = driver.provider.fetch(charge, None)
    if driver.finds_without_reference:
        assert (found.found, found.verb, found.reference) == (True, Verb.CAPTURE, outcome.reference)
    else:
        assert found.verb is None


def test_a_charge_that_never_was_is_not_found(driver: Driver) -> None:
    found = driver.provider.fetch(driver.charge("pays"), None)
    assert (found.found, found.verb) == (False, None)


# Challenges


def test_a_challenge_that_is_met_takes_the_money(driver: Driver) -> None:
    charge = driver.charge("challenges")
    outcome = driver.provider.charge(charge)
    assert outcome.verb is Verb.CHALLENGE
    assert outcome.action is not None
    assert outcome.action.to_json()
    assert driver.books(charge).captured == 0
    driver.shopper(outcome, "approve")
    assert look(driver, charge, outcome.reference).verb is Verb.CAPTURE
    assert driver.books(charge) == Books(1, charge.amount.minor, 0)


def test_a_challenge_that_is_failed_takes_nothing(driver: Driver) -> None:
    charge = driver.charge("challenges")
    outcome = driver.provider.charge(charge)
    driver.shopper(outcome, "fail")
    after = look(driver, charge, outcome.reference)
    assert after.verb is driver.after_failed_challenge
    assert driver.books(charge).captured == 0


def test_a_challenge_that_is_left_open_stays_open(driver: Driver) -> None:
    charge = driver.charge("challenges")
    outcome = driver.provider.charge(charge)
    after = look(driver, charge, outcome.reference)
    assert (after.verb, after.action) == (Verb.CHALLENGE, outcome.action)


def test_an_abandoned_challenge_takes_nothing_later(driver: Driver) -> None:
    charge = driver.charge("challenges")
    outcome = driver.provider.charge(charge)
    assert driver.provider.abandon(charge, outcome.reference).verb in driver.after_abandoning
    assert driver.provider.abandon(charge, outcome.reference).verb in driver.after_abandoning
    assert driver.books(charge).captured == 0


def test_abandoning_tells_when_it_is_too_late(driver: Driver) -> None:
    charge, outcome = paid(driver)
    assert driver.provider.abandon(charge, outcome.reference).verb is Verb.CAPTURE
    assert driver.books(charge) == Books(1, charge.amount.minor, 0)


# Captures and voids


@pytest.mark.parametrize("minor", [1999, 700])
def test_held_money_is_captured_all_or_in_part(driver: Driver, minor: int) -> None:
    charge, outcome = held(driver)
    asked = task(charge, outcome, "capture", minor)
    news = driver.provider.capture(asked)
    assert (news.step, news.amount.minor, news.operation_id) == (
        Step.SUCCEED, minor, asked.operation_id,
    )  # fmt: skip
    after = driver.provider.fetch(charge, outcome.reference)
    assert (after.verb, after.captured) == (Verb.CAPTURE, Money(minor, "EUR"))
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


def test_held_money_is_released(driver: Driver) -> None:
    charge, outcome = held(driver)
    asked = task(charge, outcome, "void")
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


# Answers that are none

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
    asked = task(charge, outcome, kind, 600)
    call = driver.capturing if kind == "capture" else driver.refunding
    with spoiled(driver, call, how), pytest.raises(Unanswered):
        getattr(driver.provider, kind)(asked)
    found = driver.provider.fetch_operation(asked)
    if found.step is None:
        found = getattr(driver.provider, kind)(asked)
    assert (found.step, found.amount.minor) == (Step.SUCCEED, 600)
    done = driver.books(charge)
    assert (done.captured if kind == "capture" else done.refunded) == 600


# Tokens


def test_a_good_token_says_what_it_is(driver: Driver) -> None:
    kind, credential = driver.credential("good")
    known = driver.provider.inspect(kind, credential)
    assert (known.kind, known.usable) == (kind, True)
    assert known.reference
    assert known.method is not None


def test_a_used_token_is_not_usable(driver: Driver) -> None:
    assert driver.provider.inspect(*driver.credential("used")).usable is False


def test_an_unknown_token_is_refused(driver: Driver) -> None:
    kind, credential = driver.credential("unknown")
    for bad in (credential, "../../v1/charges", "x" * 5000, "", "é"):
        with pytest.raises(Refused):
            driver.provider.inspect(kind, bad)


# Webhooks


def test_a_genuine_webhook_names_its_charge(driver: Driver) -> None:
    charge, outcome = paid(driver)
    news = driver.provider.read_event(*driver.webhook(charge))
    assert news.event_id
    assert news.type
    assert outcome.reference in news.charge_refs or news.attempt_id == charge.attempt_id


def test_every_forgery_is_refused(driver: Driver) -> None:
    charge, _ = paid(driver)
    accepted = []
    for name, forgery in driver.forgeries(charge):
        try:
            driver.provider.read_event(*forgery)
        except BadSignature:
            continue
        accepted.append(name)
    assert accepted == []


def test_without_a_secret_every_webhook_is_refused(driver: Driver) -> None:
    charge, _ = paid(driver)
    with pytest.raises(BadSignature):
        driver.without_secret().read_event(*driver.webhook(charge))
