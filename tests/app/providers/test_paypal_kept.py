"""A buyer's PayPal account, kept with a payment or without one, charged later, and let go."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.providers.base import Charge, Kept, Outcome, Refused, Setup, Unanswered, Verb
from app.providers.paypal_client import Refusal
from models import clock
from models.ids import new_id
from tests.app.providers.drivers import Books
from tests.app.providers.paypal_driver import PayPalDriver

ORDERING = "POST /paypal/v2/checkout/orders"
KEEPING = "POST /paypal/v3/vault/payment-tokens"
REPORTS = "GET /paypal/v1/reporting/transactions"
EMAIL = "ada.marlowe@buyer.example"
Travel = Callable[[timedelta], None]


def setup(**more: Any) -> Setup:
    where = {"return_url": "https://shop.example/back", "cancel_url": "https://shop.example/no"}
    return Setup(**{"setup_id": new_id("set"), "customer_ref": "", **where, **more})


def keep(paypal: PayPalDriver, funding: str = "balance", **more: Any) -> Kept:
    asked = setup(**more)
    news = paypal.provider.set_up(asked)
    assert news.action is not None
    paypal.agree(news.action.url, funding=funding)
    kept = paypal.provider.fetch_setup(asked, news.reference).kept
    assert kept is not None
    return kept


def later(paypal: PayPalDriver, kept: Kept, **more: Any) -> Charge:
    named = {"credential": kept.credential, "credential_kind": "saved", "off_session": True}
    return paypal.charge("pays", **{**named, **more})


def kept_by_paying(paypal: PayPalDriver, funding: str = "balance", **more: Any) -> Outcome:
    charge = paypal.charge("challenges", save=True, **more)
    asked = paypal.provider.charge(charge)
    paypal.decide(asked.reference, funding)
    return paypal.provider.complete(charge, asked.reference)


def refusing(
    paypal: PayPalDriver, monkeypatch: pytest.MonkeyPatch, code: str, name: str = "create_order"
) -> None:
    ask = paypal.provider._client.ask

    def ask_or_refuse(asked: str, *args: Any, **kwargs: Any) -> Any:
        if asked == name:
            raise Refusal(code, 422, debug_id="d")
        return ask(asked, *args, **kwargs)

    monkeypatch.setattr(paypal.provider._client, "ask", ask_or_refuse)


# Without a payment


def test_a_setup_waits_for_the_buyer_and_is_finished_once(paypal: PayPalDriver) -> None:
    asked = setup()
    news = paypal.provider.set_up(asked)
    assert (news.status, news.kept) == ("challenged", None)
    assert paypal.provider.set_up(asked) == news
    assert news.action is not None
    paypal.agree(news.action.url)
    done = paypal.provider.fetch_setup(asked, news.reference)
    assert done.status == "succeeded"
    assert done.kept is not None
    assert done.kept.method is not None
    assert (done.kept.method.type, done.kept.method.email) == ("paypal", EMAIL)
    assert done.kept.customer_ref
    again = paypal.provider.fetch_setup(asked, news.reference)
    assert (again.status, again.kept) == ("succeeded", done.kept)


def test_an_answer_lost_for_hours_still_leads_to_what_was_kept(
    paypal: PayPalDriver, travel: Travel
) -> None:
    asked = setup()
    news = paypal.provider.set_up(asked)
    assert news.action is not None
    paypal.agree(news.action.url)
    with paypal.world.gate.spoil(KEEPING, "500 after"), pytest.raises(Unanswered):
        paypal.provider.fetch_setup(asked, news.reference)
    travel(timedelta(hours=4))  # PayPal remembers the request no more
    assert paypal.provider.fetch_setup(asked, news.reference).kept is not None


def test_which_of_several_was_kept_is_not_guessed(paypal: PayPalDriver, travel: Travel) -> None:
    first = keep(paypal)
    asked = setup(customer_ref=first.customer_ref)
    news = paypal.provider.set_up(asked)
    assert news.action is not None
    paypal.agree(news.action.url)
    with paypal.world.gate.spoil(KEEPING, "500 after"), pytest.raises(Unanswered):
        paypal.provider.fetch_setup(asked, news.reference)
    travel(timedelta(hours=4))
    told = paypal.provider.fetch_setup(asked, news.reference)
    assert (told.status, told.kept) == (None, None)


def test_a_setup_nobody_approves_is_over_after_three_days(
    paypal: PayPalDriver, travel: Travel
) -> None:
    asked = setup()
    news = paypal.provider.set_up(asked)
    assert news.action is not None
    paypal.agree(news.action.url, decision="cancel")
    assert paypal.provider.fetch_setup(asked, news.reference).status == "challenged"
    travel(timedelta(days=3, minutes=1))
    over = paypal.provider.fetch_setup(asked, news.reference)
    assert (over.status, over.decline and over.decline.code) == ("declined", "abandoned")


def test_a_setup_that_was_never_answered_is_asked_for_again(paypal: PayPalDriver) -> None:
    assert paypal.provider.fetch_setup(setup(), None).found is False


def test_two_customers_keep_the_same_account_apart(paypal: PayPalDriver) -> None:
    one, other = keep(paypal), keep(paypal)
    assert one.credential != other.credential
    assert one.customer_ref != other.customer_ref
    paypal.provider.let_go(one.credential)
    assert paypal.provider.fetch_kept(other.credential) == other


def test_what_is_let_go_is_gone_and_letting_go_again_is_no_error(paypal: PayPalDriver) -> None:
    kept = keep(paypal)
    assert paypal.provider.fetch_kept(kept.credential) == kept
    for _ in range(2):
        paypal.provider.let_go(kept.credential)
        assert paypal.provider.fetch_kept(kept.credential) is None
    gone = paypal.provider.charge  # and it cannot be charged
    with pytest.raises(Refused, match="TOKEN_ID_NOT_FOUND"):
        gone(later(paypal, kept))


# With a payment


@pytest.mark.parametrize("capture", ["automatic", "manual"])
def test_a_payment_keeps_the_account_it_was_made_with(paypal: PayPalDriver, capture: str) -> None:
    outcome = kept_by_paying(paypal, capture=capture)
    assert outcome.kept is not None
    assert outcome.kept.customer_ref
    assert outcome.kept.method is not None
    assert outcome.kept.method.email == EMAIL
    assert paypal.provider.charge(later(paypal, outcome.kept)).verb is Verb.CAPTURE


def test_a_customer_that_is_known_there_stays_the_same(paypal: PayPalDriver) -> None:
    first = keep(paypal)
    second = kept_by_paying(paypal, customer_ref=first.customer_ref).kept
    third = keep(paypal, customer_ref=first.customer_ref)
    assert second is not None
    assert {second.customer_ref, third.customer_ref} == {first.customer_ref}


def test_nothing_is_kept_that_nobody_wanted_kept(paypal: PayPalDriver) -> None:
    charge = paypal.charge("challenges")
    asked = paypal.provider.charge(charge)
    paypal.decide(asked.reference, "balance")
    outcome = paypal.provider.complete(charge, asked.reference)
    assert (outcome.kept, outcome.keeping) == (None, False)
    assert paypal.provider.charge(later(paypal, keep(paypal))).kept is None


def test_a_payment_in_review_is_kept_when_it_completes(paypal: PayPalDriver) -> None:
    charge = paypal.charge("challenges", save=True)
    asked = paypal.provider.charge(charge)
    paypal.decide(asked.reference, "review")
    outcome = paypal.provider.complete(charge, asked.reference)
    assert (outcome.verb, outcome.kept, outcome.keeping) == (Verb.WAIT, None, True)
    [capture] = paypal.captures(charge)
    paypal.call("POST", f"/sandbox/captures/{capture['id']}/review", {"accepted": True})
    done = paypal.provider.fetch(charge, asked.reference)
    assert (done.verb, done.kept is not None, done.keeping) == (Verb.CAPTURE, True, False)
    [created] = [
        row
        for row in paypal.world.deliveries("paypal")
        if "VAULT.PAYMENT-TOKEN.CREATED" in row["body"] and asked.reference in row["body"]
    ]
    news = paypal.provider.read_event(*paypal.world.sign(created))
    assert (news.charge_refs, news.method_ref) == ((asked.reference,), None)


def test_a_deleted_token_is_told_of_by_a_webhook(paypal: PayPalDriver) -> None:
    kept = keep(paypal)
    paypal.provider.let_go(kept.credential)
    about = [row for row in paypal.world.deliveries("paypal") if kept.credential in row["body"]]
    told = [paypal.provider.read_event(*paypal.world.sign(row)) for row in about]
    assert {news.method_ref for news in told} == {kept.credential}
    assert [news.charge_refs for news in told] == [()] * len(told)


# Charged later


@pytest.mark.parametrize("off_session", [True, False])
@pytest.mark.parametrize("capture", ["automatic", "manual"])
def test_a_kept_account_is_charged_at_once(
    paypal: PayPalDriver, capture: str, *, off_session: bool
) -> None:
    charge = later(paypal, keep(paypal), capture=capture, off_session=off_session)
    outcome = paypal.provider.charge(charge)
    assert outcome.verb is (Verb.CAPTURE if capture == "automatic" else Verb.AUTHORIZE)
    assert paypal.provider.charge(charge) == outcome
    assert paypal.provider.fetch(charge, outcome.reference).verb is outcome.verb
    assert paypal.books(charge) == Books(*((1, 1999, 0) if capture == "automatic" else (0, 0, 0)))


def test_a_kept_account_that_pays_no_more_is_declined(paypal: PayPalDriver) -> None:
    charge = later(paypal, keep(paypal, "fades"))
    outcome = paypal.provider.charge(charge)
    assert (outcome.verb, outcome.reference) == (Verb.DECLINE, "")
    assert outcome.decline is not None
    assert outcome.decline.code == "instrument_declined"


def test_an_agreement_that_the_buyer_ended_is_declined(paypal: PayPalDriver) -> None:
    kept = keep(paypal)
    paypal.call("POST", f"/sandbox/payment-tokens/{kept.credential}/withdraw")
    outcome = paypal.provider.charge(later(paypal, kept))
    assert outcome.decline is not None
    assert outcome.decline.provider_code == "AGREEMENT_ALREADY_CANCELLED"


def test_paypal_wants_to_see_the_buyer_who_is_away(
    paypal: PayPalDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(paypal, monkeypatch, "PAYER_ACTION_REQUIRED")
    outcome = paypal.provider.charge(later(paypal, keep(paypal)))
    assert outcome.decline is not None
    assert outcome.decline.code == "authentication_required"


def test_an_order_that_waits_for_the_buyer_is_declined_where_nobody_is_there(
    paypal: PayPalDriver,
) -> None:
    charge = later(paypal, keep(paypal))

    def wait(order: dict[str, Any]) -> None:
        order["status"] = "PAYER_ACTION_REQUIRED"
        del order["purchase_units"][0]["payments"]

    for off_session, verb in ((True, Verb.DECLINE), (False, Verb.CHALLENGE)):
        asked = Charge(**{**_fields(charge), "off_session": off_session})
        with paypal.world.gate.spoil(ORDERING, "tampered", tamper=wait):
            outcome = paypal.provider.charge(asked)
        assert (outcome.verb, outcome.action is None) == (verb, off_session)


def test_another_refusal_is_no_decline(
    paypal: PayPalDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(paypal, monkeypatch, "PERMISSION_DENIED")
    with pytest.raises(Refused):
        paypal.provider.charge(later(paypal, keep(paypal)))


@pytest.mark.parametrize("how", ["drop", "500 after", "garbage", "empty object"])
def test_an_answer_that_was_lost_is_found_by_asking_again(paypal: PayPalDriver, how: str) -> None:
    charge = later(paypal, keep(paypal))
    with paypal.world.gate.spoil(ORDERING, how), pytest.raises(Unanswered):
        paypal.provider.charge(charge)
    assert paypal.provider.fetch(charge, None).found is False
    assert paypal.provider.charge(charge).verb is Verb.CAPTURE
    assert paypal.books(charge) == Books(1, 1999, 0)


# Too late to ask again


def test_a_kept_account_is_asked_again_for_less_time_than_paypal_remembers(
    paypal: PayPalDriver,
) -> None:
    of = paypal.provider.repeatable
    assert of(later(paypal, keep(paypal))) == timedelta(hours=5)
    assert of(paypal.charge("challenges")) == timedelta(hours=23)


@pytest.mark.parametrize("capture", ["automatic", "manual"])
def test_a_charge_without_an_answer_is_found_in_the_reports(
    paypal: PayPalDriver, travel: Travel, capture: str
) -> None:
    charge, since = lost(paypal, capture=capture)
    travel(timedelta(hours=5))
    outcome = paypal.provider.look_for(charge, since)
    assert outcome.verb is (Verb.CAPTURE if capture == "automatic" else Verb.AUTHORIZE)
    assert outcome == paypal.provider.fetch(charge, outcome.reference)


def lost(paypal: PayPalDriver, **more: Any) -> tuple[Charge, datetime]:
    charge, since = later(paypal, keep(paypal), **more), clock.now()
    with paypal.world.gate.spoil(ORDERING, "drop"), pytest.raises(Unanswered):
        paypal.provider.charge(charge)
    return charge, since


def test_a_line_that_is_no_payment_is_passed_over_but_not_forgotten(
    paypal: PayPalDriver, travel: Travel
) -> None:
    charge, since = lost(paypal)
    travel(timedelta(hours=8, minutes=45))

    def refund_first(told: dict[str, Any]) -> None:
        info = told["transaction_details"][-1]["transaction_info"]
        refund = {"transaction_info": {**info, "transaction_id": "0REFUND0000000000"}}
        told["transaction_details"].insert(0, refund)

    def refund_only(told: dict[str, Any]) -> None:
        refund_first(told)
        del told["transaction_details"][1:]

    with paypal.world.gate.spoil(REPORTS, "tampered", tamper=refund_first):
        assert paypal.provider.look_for(charge, since).verb is Verb.CAPTURE
    with (
        paypal.world.gate.spoil(REPORTS, "tampered", tamper=refund_only),
        pytest.raises(Unanswered, match="which order"),
    ):
        paypal.provider.look_for(charge, since)


def test_it_never_arrived_is_said_only_once_the_reports_are_complete(
    paypal: PayPalDriver, travel: Travel
) -> None:
    charge, since = later(paypal, keep(paypal)), clock.now()
    travel(timedelta(hours=5))
    with pytest.raises(Unanswered, match="not up to date"):
        paypal.provider.look_for(charge, since)
    travel(timedelta(hours=9))
    assert paypal.provider.look_for(charge, since).found is False


def test_an_app_that_may_not_read_reports_decides_nothing(
    paypal: PayPalDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    charge = later(paypal, keep(paypal))
    refusing(paypal, monkeypatch, "NOT_AUTHORIZED", "list_transactions")
    with pytest.raises(Refused):
        paypal.provider.look_for(charge, clock.now())


def _fields(charge: Charge) -> dict[str, Any]:
    return {name: getattr(charge, name) for name in Charge.__dataclass_fields__} | {
        "attempt_id": new_id("att")
    }
