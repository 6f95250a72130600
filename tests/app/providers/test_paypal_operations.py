"""Authorizations that age, refunds that somebody else made, and refusals that are no failure."""

from datetime import timedelta
from typing import Any

import pytest

from app.providers.base import Charge, Outcome, Refused, Step, Task, Unanswered, Verb
from app.providers.paypal_client import Refusal
from models.ids import new_id
from models.money import Money
from tests.app.providers.paypal_driver import PayPalDriver

PREFIX = {"capture": "cap", "void": "voi", "refund": "re"}
RENEW = "POST /paypal/v2/payments/authorizations/[^/]+/reauthorize"


def held(paypal: PayPalDriver) -> tuple[Charge, Outcome]:
    charge = paypal.charge("pays", capture="manual")
    return charge, paypal.provider.charge(charge)


def paid(paypal: PayPalDriver) -> tuple[Charge, Outcome]:
    charge = paypal.charge("pays")
    return charge, paypal.provider.charge(charge)


def task(charge: Charge, outcome: Outcome, kind: Any, minor: int = 1999) -> Task:
    return Task(
        operation_id=new_id(PREFIX[kind]),
        kind=kind,
        attempt_id=charge.attempt_id,
        attempt_ref=outcome.reference,
        capture_ref=outcome.capture_ref or "",
        amount=Money(minor, "EUR"),
        capture=charge.capture,
    )


def renewals(paypal: PayPalDriver) -> int:
    return paypal.world.gate.count(RENEW)


@pytest.mark.parametrize(("days", "expected"), [(2, 0), (4, 1), (28, 1)])
def test_an_old_authorization_is_renewed_before_it_is_captured(
    paypal: PayPalDriver, travel: Any, days: int, expected: int
) -> None:
    charge, outcome = held(paypal)
    before = renewals(paypal)
    travel(timedelta(days=days))
    asked = task(charge, outcome, "capture", 1200)
    assert paypal.provider.capture(asked).step is Step.SUCCEED
    assert paypal.provider.capture(asked).step is Step.SUCCEED
    assert renewals(paypal) - before == expected
    after = paypal.provider.fetch(charge, outcome.reference)
    assert (after.verb, after.captured) == (Verb.CAPTURE, Money(1200, "EUR"))
    assert paypal.books(charge).captured == 1200
    back = task(charge, outcome, "refund", 200)
    assert paypal.provider.refund(back).step is Step.SUCCEED
    assert paypal.books(charge).refunded == 200


@pytest.mark.parametrize("code", ["REAUTHORIZATION_TOO_SOON", "REAUTHORIZATION_NOT_SUPPORTED"])
def test_a_refusal_to_renew_does_not_stop_the_capture(
    paypal: PayPalDriver, travel: Any, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    charge, outcome = held(paypal)
    travel(timedelta(days=5))
    ask = paypal.provider._client.ask

    def refusing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "reauthorize":
            raise Refusal(code, 422, debug_id="d")
        return ask(name, *args, **kwargs)

    monkeypatch.setattr(paypal.provider._client, "ask", refusing)
    assert paypal.provider.capture(task(charge, outcome, "capture")).step is Step.SUCCEED


def test_a_renewed_authorization_is_voided_by_its_original(
    paypal: PayPalDriver, travel: Any
) -> None:
    charge, outcome = held(paypal)
    travel(timedelta(days=5))
    with paypal.world.gate.spoil(paypal.capturing, "500"), pytest.raises(Unanswered):
        paypal.provider.capture(task(charge, outcome, "capture"))
    assert paypal.provider.fetch(charge, outcome.reference).verb is Verb.AUTHORIZE
    asked = task(charge, outcome, "void")
    assert paypal.provider.void(asked).step is Step.SUCCEED
    assert paypal.provider.void(asked).step is Step.SUCCEED
    assert paypal.provider.fetch(charge, outcome.reference).verb is Verb.VOID


def test_an_authorization_ends_after_29_days(paypal: PayPalDriver, travel: Any) -> None:
    charge, outcome = held(paypal)
    before = renewals(paypal)
    travel(timedelta(days=29, minutes=1))
    assert paypal.provider.fetch(charge, outcome.reference).verb is Verb.VOID
    news = paypal.provider.capture(task(charge, outcome, "capture"))
    assert (news.step, news.failure_code) == (Step.FAIL, "AUTHORIZATION_EXPIRED")
    assert renewals(paypal) == before


def test_a_failed_operation_says_why(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    news = paypal.provider.refund(task(charge, outcome, "refund", 2000))
    assert (news.step, news.failure_code, news.reference) == (
        Step.FAIL, "REFUND_AMOUNT_EXCEEDED", "",
    )  # fmt: skip


def test_a_refund_made_at_paypal_is_told_without_our_id(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    amount = {"amount": {"currency_code": "EUR", "value": "3.00"}}
    path = f"/v2/payments/captures/{outcome.capture_ref}/refund"
    made = paypal.call("POST", path, amount)
    [news] = paypal.provider.fetch(charge, outcome.reference).operations
    assert (news.kind, news.reference, news.amount, news.step, news.operation_id) == (
        "refund", made["id"], Money(300, "EUR"), Step.SUCCEED, None,
    )  # fmt: skip
    last = paypal.world.deliveries("paypal")[-1]
    told = paypal.provider.read_event(*paypal.world.sign(last))
    assert told.type == "PAYMENT.CAPTURE.REFUNDED"
    assert told.charge_refs == (outcome.reference,)


def test_our_refunds_webhook_names_our_attempt(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    paypal.provider.refund(task(charge, outcome, "refund", 300))
    last = paypal.world.deliveries("paypal")[-1]
    assert paypal.provider.read_event(*paypal.world.sign(last)).attempt_id == charge.attempt_id


def test_a_refund_is_found_when_paypal_has_forgotten_the_request(
    paypal: PayPalDriver, travel: Any
) -> None:
    charge, outcome = paid(paypal)
    asked = task(charge, outcome, "refund", 1999)
    first = paypal.provider.refund(asked)
    travel(timedelta(days=46))
    assert paypal.provider.refund(asked) == first
    assert paypal.books(charge).refunded == 1999


def test_a_status_that_we_do_not_know_is_not_read_as_no_trace(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    asked = task(charge, outcome, "refund", 300)
    paypal.provider.refund(asked)

    def spoil(order: dict[str, Any]) -> None:
        order["purchase_units"][0]["payments"]["refunds"][0]["status"] = "EVAPORATED"

    show = "GET /paypal/v2/checkout/orders/[^/]+"
    with paypal.world.gate.spoil(show, "tamper", tamper=spoil), pytest.raises(Unanswered):
        paypal.provider.fetch_operation(asked)


def test_an_operation_on_what_was_never_held_is_refused(paypal: PayPalDriver) -> None:
    charge, outcome = paid(paypal)
    for kind in ("capture", "void"):
        with pytest.raises(Refused):
            getattr(paypal.provider, kind)(task(charge, outcome, kind))


@pytest.mark.parametrize("kind", ["capture", "refund"])
@pytest.mark.parametrize("name", ["value", "currency_code"])
def test_an_operation_over_something_else_is_no_answer(
    paypal: PayPalDriver, kind: str, name: str
) -> None:
    charge, outcome = held(paypal) if kind == "capture" else paid(paypal)
    call = paypal.capturing if kind == "capture" else paypal.refunding
    other = {"value": "0.01", "currency_code": "USD"}[name]
    with (
        paypal.world.gate.spoil(
            call, "tamper", tamper=lambda told: told["amount"].update({name: other})
        ),
        pytest.raises(Unanswered),
    ):
        getattr(paypal.provider, kind)(task(charge, outcome, kind))
