"""T32: nobody listened to webhooks for days, and none of them ever comes again: the providers' lists tell of it all."""

from __future__ import annotations

from typing import Any

import pytest

from app import payments
from sandbox.acts import Act, act
from tests.faults import requests as asked
from tests.faults.conftest import Buyer, Deliver
from tests.faults.fault import fault
from tests.faults.inbox import rows
from tests.till import Till

PAID = {
    "stripe": asked.charge,
    "paypal": asked.paypal_take,
    "razorpay": asked.razorpay_take,
}
HELD = {"stripe": asked.capture, "paypal": asked.paypal_capture}


def made(till: Till, buyer: Buyer, how: Any) -> Any:
    request = how(till, buyer)
    request.act()
    return request.payment(till)


def at_the_provider(till: Till, payment: Any, what: str, **more: Any) -> None:
    """Something happens behind our back, and its webhook goes nowhere."""
    wanted = Act(act=what, provider=payment.provider, payment=payment.attempt_id, **more)  # type: ignore[arg-type]
    with till.world.app.app_context():
        act(till.world.sandbox, wanted)


def a_night(till: Till) -> int:
    """What was missed is put into the inbox, and worked on."""
    missed = payments.fetch_missed()
    till.settle()
    return missed


@fault("T32", "No webhook arrives for three days, and none is sent again: refunds and disputes made at the provider",
       saw="Known after the next night: refunded in part, or disputed; each once.")  # fmt: skip
@pytest.mark.parametrize("provider", PAID)
def test_what_happened_while_nobody_listened(till: Till, buyer: Buyer, provider: str) -> None:
    refunded, disputed, quiet = (made(till, buyer, PAID[provider]) for _ in range(3))
    at_the_provider(till, refunded, "refund", amount=700)
    at_the_provider(till, disputed, "dispute")
    till.later(days=3)
    assert till.payment(refunded.id).refunded_minor == 0
    assert a_night(till) > 0
    payments.catch_up_disputes()
    after = till.payment(refunded.id)
    assert (after.status, after.refunded_minor) == ("partially_refunded", 700)
    assert till.payment(disputed.id).status == "chargeback"
    assert till.payment(quiet.id).status == "captured"
    assert all(row.done_at for row in rows())
    assert a_night(till) == 0
    assert till.payment(refunded.id).refunded_minor == 700


@fault("T32", "A hold is given up at the provider while no webhook arrives",
       saw="Known after the next night: expired.")  # fmt: skip
@pytest.mark.parametrize("provider", HELD)
def test_a_hold_that_ended_while_nobody_listened(till: Till, buyer: Buyer, provider: str) -> None:
    payment = HELD[provider](till, buyer).payment(till)
    assert payment.status == "authorized"
    [attempt] = till.attempts(payment.id)
    if provider == "stripe":
        till.stripe("POST", f"payment_intents/{attempt.provider_ref}/cancel")
    else:
        [held] = till.world.sandbox.store.list("paypal_authorization")
        buyer.driver.call("POST", f"/v2/payments/authorizations/{held['id']}/void", {})
    till.later(days=3)
    assert a_night(till) > 0
    assert till.payment(payment.id).status == "expired"


@pytest.mark.parametrize("provider", HELD)
def test_what_did_come_was_not_missed(
    till: Till, buyer: Buyer, deliver: Deliver, provider: str
) -> None:
    payment = made(till, buyer, PAID[provider])
    at_the_provider(till, payment, "refund", amount=700)
    assert set(deliver(provider)) == {204}
    till.settle()
    assert payments.fetch_missed() == 0


@fault("T32", "The list of what was missed cannot be had",
       saw="Nothing; it is asked for again the next night.")  # fmt: skip
def test_a_list_that_cannot_be_had_is_asked_for_again(till: Till, buyer: Buyer) -> None:
    payment = made(till, buyer, PAID["stripe"])
    at_the_provider(till, payment, "refund", amount=700)
    with till.world.gate.spoil("GET /stripe/v1/events", "503"):
        assert a_night(till) == 0
    assert a_night(till) > 0
    assert till.payment(payment.id).refunded_minor == 700


@fault("T32", "More was missed than PayPal tells on one page",
       saw="Known after the next night, all of it.")  # fmt: skip
def test_paypals_list_is_read_to_its_end(till: Till, buyer: Buyer, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.providers.paypal_missed.PAGE_SIZE", 1)
    payment = made(till, buyer, PAID["paypal"])
    for _ in range(3):
        at_the_provider(till, payment, "refund", amount=100)
    assert a_night(till) == 3
    assert till.payment(payment.id).refunded_minor == 300
