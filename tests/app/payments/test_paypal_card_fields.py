"""A card in PayPal's own fields is screened like any card: its bank can be asked."""

from dataclasses import replace

import pytest

from app import payments, providers
from app.payments import Confirm
from models import Attempt, db
from tests.app.payments.test_screening import rule
from tests.till import Till


@pytest.fixture
def without_stripe(till: Till) -> Till:
    gone = {"stripe_secret_key": "", "stripe_publishable_key": ""}
    providers.configure(replace(till.config, paypal_card_fields="on", **gone))
    return till


def begin(till: Till, method: str) -> Attempt:
    session = till.session()
    payments.confirm(
        session.id,
        Confirm(
            "paypal", 1999, method=method, return_url="http://x/back", cancel_url="http://x/off"
        ),
    )
    return db.session().get_one(Attempt, till.payment(session.payment_id).attempt_id)


@pytest.mark.parametrize(
    ("method", "asked"),
    [("card", ("any", "manual")), ("", ("automatic", "automatic"))],
    ids=["card", "wallet"],
)
def test_a_rule_that_challenges_asks_the_bank_of_a_card_and_nobody_of_a_wallet(
    without_stripe: Till, method: str, asked: tuple[str, str]
) -> None:
    rule(without_stripe, "challenge if :amount: > 1 EUR")
    request = begin(without_stripe, method).request
    assert (request.get("three_ds", "automatic"), request.get("capture")) == asked
