"""An answer that was fetched before something happened, and is recorded after it, changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app import payments, providers
from app.payments import find
from app.payments.record import record
from app.providers.base import Charge, Outcome, Verb
from models import Attempt, Payment, db
from tests.till import Till


def held_card(till: Till) -> Payment:
    return till.pay(capture="manual")


def held_at_paypal(till: Till) -> Payment:
    session = till.session(capture="manual")
    till.approve_at_paypal(till.paypal(session))
    payments.sync(session.payment_id)
    return till.payment(session.payment_id)


def voided_by_us(till: Till, payment: Payment) -> None:
    assert till.cancel(payment).status == "canceled"


def voided_at_the_provider(till: Till, payment: Payment) -> None:
    """The merchant's own dashboard let the hold go, and the webhook told us."""
    reference = till.attempts(payment.id)[0].provider_ref
    till.stripe("POST", f"payment_intents/{reference}/cancel")
    payments.sync(payment.id)


def answer_of(attempt: Attempt) -> Outcome:
    """What the provider says of an attempt now."""
    charge = Charge.from_json(attempt.request)
    told: Outcome = providers.ask(
        providers.of(attempt.provider).fetch, charge, attempt.provider_ref
    )
    return told


def everything(till: Till, payment_id: str) -> tuple[Any, ...]:
    payment = till.payment(payment_id)
    return (
        payment.status,
        [one.status for one in till.attempts(payment_id)],
        [(one.kind, one.status) for one in payments.operations_of(payment_id)],
        till.events(payment_id),
        till.ledger(payment_id),
    )


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        (held_card, voided_by_us),
        (held_card, voided_at_the_provider),
        (held_at_paypal, voided_by_us),
    ],
)
def test_a_hold_that_was_let_go_meanwhile_is_no_surplus_charge(
    till: Till, begin: Callable[[Till], Payment], end: Callable[[Till, Payment], None]
) -> None:
    payment = begin(till)
    assert payment.status == "authorized"
    attempt = till.attempts(payment.id)[0]
    old = answer_of(attempt)
    assert old.verb is Verb.AUTHORIZE
    end(till, payment)
    before = everything(till, payment.id)
    assert before[1] == ["voided"]
    with db.transaction():
        assert record(*find.lock_attempt(attempt.id), old) is None
    assert everything(till, payment.id) == before
    till.check()
