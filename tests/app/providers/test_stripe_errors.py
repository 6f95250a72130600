import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.providers import stripe_http
from app.providers.base import Refused, Unanswered, Verb
from app.providers.stripe import Stripe
from models import ids
from models.ids import new_id
from models.money import Money
from sandbox.faults import Fault, Script
from tests.app.providers.acts import held, paid, task
from tests.app.providers.stripe_driver import StripeDriver
from tests.app.providers.world import KEYS, World, spoil_with

INTENTS = "POST /stripe/v1/payment_intents"


@pytest.fixture
def driver(world: World) -> StripeDriver:
    return StripeDriver(world)


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


def test_an_error_about_a_customer_does_not_last_as_long_as_its_key(
    driver: StripeDriver, travel: Callable[[timedelta], None]
) -> None:
    fault = Fault(provider="stripe", kind="error_after_execute", path_prefix="/v1/customers")
    driver.world.app.extensions["sandbox_watch"].faults.add(Script(steps=[fault]))
    who = (new_id("cus"), "ada@example.com", "Ada")
    for _ in range(2):  # the second is answered from Stripe's memory
        with pytest.raises(Unanswered):
            driver.provider.keep_customer(*who)
    travel(timedelta(hours=1))
    assert driver.provider.keep_customer(*who) == driver.provider.keep_customer(*who)


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
    monkeypatch.setattr(stripe_http, "PAGE", 2)
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
    monkeypatch.setattr(stripe_http, "PAGE", 1)
    monkeypatch.setattr(stripe_http, "MOST_PAGES", 2)
    with pytest.raises(Unanswered):
        driver.provider.fetch(charge, None)


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
