"""The demo merchant's rules meet the demo shop's people: each is treated as the shop says."""

import pytest

from app import commands
from app.screening import force, starter
from models import db
from risk.rules import parse
from sandbox.shop_people import PEOPLE


@pytest.mark.parametrize("text", starter.RULES)
def test_every_rule_can_be_read(text):
    assert parse(text).action in {"challenge", "review", "block"}


@pytest.mark.parametrize(
    ("who", "card", "status"),
    [
        ("you", "ok", "captured"),
        ("regular", "ok", "captured"),
        ("new", "3ds", "requires_action"),
        ("risky", "ok", "in_review"),
        ("thief", "ok", "failed"),
    ],
)
def test_the_people_of_the_shop_are_treated_as_it_says(till, who, card, status):
    with db.transaction():
        starter.give(till.merchant.id)
    force.forget()
    person = PEOPLE[who]
    told = {"customer_email": person.email} if person.email else {}
    if person.told:
        told["shopper"] = commands.Shopper(**person.told)
    payment = till.confirm(till.session(amount=4900, **told), card)
    assert payment.status == status


def test_a_merchant_who_has_rules_is_given_none(till):
    for _ in range(2):
        with db.transaction():
            starter.give(till.merchant.id)
    force.forget()
    assert len(force.rules_of(till.merchant.id)) == len(starter.RULES)
