"""A dispute at PayPal becomes a chargeback here: by its webhook, or by the nightly look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from app import payments
from models import ProviderEvent, db
from models.ids import new_id

if TYPE_CHECKING:
    from models import Payment
    from tests.till import Till


@pytest.fixture
def paid(till: Till) -> Payment:
    session = till.session()
    till.approve_at_paypal(till.paypal(session))
    payments.sync(session.payment_id)
    assert till.payment(session.payment_id).status == "captured"
    return till.payment(session.payment_id)


def dispute(till: Till, payment: Payment) -> str:
    [attempt] = till.attempts(payment.id)
    base = f"{till.world.url}/paypal/sandbox/captures/{attempt.capture_ref}"
    answer = requests.post(f"{base}/dispute", json={"reason": "UNAUTHORISED"}, timeout=10)
    answer.raise_for_status()
    return str(answer.json()["dispute_id"])


def test_what_a_webhook_names_is_asked_for(till: Till, paid: Payment) -> None:
    dispute(till, paid)
    [attempt] = till.attempts(paid.id)
    payments.sync(paid.id)
    assert till.payment(paid.id).status == "captured", "a look alone does not ask"
    row = ProviderEvent(
        id=new_id("pev"),
        provider="paypal",
        provider_event_id="WH-1",
        type="CUSTOMER.DISPUTE.CREATED",
        refs={"charge_refs": [], "attempt_id": attempt.id, "disputed": True},
    )
    with db.transaction():
        db.insert(row)
    till.settle()
    assert till.payment(paid.id).status == "chargeback"
    [operation] = payments.operations_of(paid.id)
    assert (operation.kind, operation.status, operation.reason) == ("dispute", "open", "fraudulent")
    assert ("dispute", 1999) in till.ledger(paid.id)


def test_a_dispute_whose_webhook_was_lost_is_found_at_night(till: Till, paid: Payment) -> None:
    dispute_id = dispute(till, paid)
    assert payments.catch_up_disputes() == 1
    assert payments.catch_up_disputes() == 1, "again is no second dispute"
    [operation] = payments.operations_of(paid.id)
    cancel = f"{till.world.url}/paypal/sandbox/disputes/{dispute_id}/cancel"
    requests.post(cancel, timeout=10).raise_for_status()
    payments.catch_up_disputes()
    [operation] = payments.operations_of(paid.id)
    assert (operation.status, till.payment(paid.id).status) == ("won", "captured")
