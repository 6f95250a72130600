"""What every provider must do, proved on each of them through the wire: charges, tokens, webhooks."""

import pytest

from app.declines import TEXTS
from app.providers import PROVIDERS
from app.providers.base import (
    BadSignature,
    Refused,
    Verb,
)
from tests.app.providers.acts import held, look, paid, pay
from tests.app.providers.drivers import DRIVERS, Books, Driver


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
    assert outcome.verb is driver.after_decline
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


# Tokens


def test_a_good_token_says_what_it_is(driver: Driver) -> None:
    token = driver.credential("good")
    if token is None:
        return  # the provider has none: each is an unknown one, see below
    kind, credential = token
    known = driver.provider.inspect(kind, credential)
    assert (known.kind, known.usable) == (kind, True)
    assert known.reference
    assert known.method is not None


def test_a_used_token_is_not_usable(driver: Driver) -> None:
    token = driver.credential("used")
    assert token is None or driver.provider.inspect(*token).usable is False


def test_an_unknown_token_is_refused(driver: Driver) -> None:
    kind, credential = driver.credential("unknown") or ("order", "nobody-knows-this")
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
