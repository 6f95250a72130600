"""Attacks on the money: each of these once took too little, too much, or told an untruth."""

import importlib

import pytest

from app import commands, payments
from app.errors import PaymentProcessing
from models import db

confirming = importlib.import_module("app.payments.confirm")


@pytest.fixture
def between(monkeypatch):
    """`between(act)`: act once in the moment after the next look at a challenge, before the lock is taken."""

    def between(act):
        abandon = confirming.abandon_challenge

        def another_tab(payment_id):
            abandon(payment_id)
            monkeypatch.setattr(confirming, "abandon_challenge", abandon)
            act()

        monkeypatch.setattr(confirming, "abandon_challenge", another_tab)

    return between


def open_amount_link(till):
    command = commands.CreateLink(
        title="Donation", currency="EUR", min_amount=500, max_amount=20000
    )
    payments.create_link(command, merchant_id=till.merchant.id, once=till.once())
    return payments.visit(till.told[-1].id, config=till.config)


def pass_challenge(till, payment_id):
    reference = till.attempts(payment_id)[-1].provider_ref
    till.answer_challenge(till.stripe("GET", f"payment_intents/{reference}")["next_action"], "pass")
    payments.sync(payment_id)
    return till.payment(payment_id)


def test_the_total_stays_while_another_tab_pays(till, between):
    """5.00 was being paid in one tab while the other made the total 200.00: the order was paid with 5.00."""
    session = open_amount_link(till)
    between(lambda: till.confirm(session, "3ds"))
    with pytest.raises(PaymentProcessing):
        payments.choose(session.id, amount=20000)
    payment = pass_challenge(till, session.payment_id)
    assert (payment.status, payment.captured_minor, payment.total_minor) == ("captured", 500, 500)
    db.release()
