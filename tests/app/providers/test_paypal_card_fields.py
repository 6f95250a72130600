"""PayPal's own card fields: what is asked for, what is believed of the bank's check, and who may have them."""

from dataclasses import replace

import pytest

from app import providers
from app.errors import MethodNotAvailable
from app.payments import methods
from app.providers import paypal_cards
from app.providers.base import Verb
from app.providers.paypal import PayPal
from models.money import Money
from tests.app.providers.paypal_driver import PayPalDriver
from tests.app.providers.world import World
from tests.till import Till

FIELDS_URL = "/paypal/sdk/cards/"


@pytest.fixture
def paypal(world: World) -> PayPalDriver:
    return PayPalDriver(world)


def type_card(world: World, order_id: str, number: str = "4012888888881881", **more: str) -> None:
    """What the frames in the shopper's browser send to PayPal."""
    client = world.app.test_client()
    card = {"number": number, "expiry": "2034-12", "cvv": "123", "name": "Ada Marlowe", **more}
    answer = client.post(
        f"{FIELDS_URL}{order_id}", json=card, headers={"Origin": world.url}, base_url=world.url
    )
    assert answer.status_code == 200, answer.text


def test_an_order_for_a_card_is_taken_once_the_fields_have_brought_it(
    world: World, paypal: PayPalDriver
) -> None:
    charge = paypal.charge("challenges", method="card")
    made = paypal.provider.charge(charge)
    assert (made.verb, made.ready) == (Verb.CHALLENGE, False)
    type_card(world, made.reference)
    assert paypal.provider.fetch(charge, made.reference).ready
    taken = paypal.provider.complete(charge, made.reference)
    assert (taken.verb, taken.captured) == (Verb.CAPTURE, charge.amount)
    assert taken.method is not None
    assert taken.method.to_json() == {
        "type": "card", "brand": "visa", "last4": "1881", "exp_month": 12, "exp_year": 2034, "funding": "credit",
    }  # fmt: skip
    assert taken.facts["last4"] == "1881"
    assert taken.facts["checks"] == {"cvc": "pass"}


def test_three_ds_is_asked_for_where_screening_wants_it(world: World, paypal: PayPalDriver) -> None:
    charge = paypal.charge("challenges", method="card", three_ds="challenge")
    assert paypal_cards.source(charge)["card"]["attributes"] == {
        "verification": {"method": "SCA_ALWAYS"}
    }


@pytest.mark.parametrize(
    ("shift", "enrolled", "answer", "goes_on"),
    [
        ("POSSIBLE", "Y", "Y", True),
        ("POSSIBLE", "Y", "A", True),
        ("YES", "Y", "Y", True),
        ("NO", "N", "", True),
        ("NO", "U", "", True),
        ("NO", "B", "", True),
        ("NO", "Y", "N", False),
        ("NO", "Y", "R", False),
        ("NO", "Y", "U", False),
        ("UNKNOWN", "Y", "C", False),
        ("UNKNOWN", "U", "", False),
        ("UNKNOWN", "", "", False),
        ("LEVITATING", "Y", "Y", False),
    ],
)
def test_what_the_bank_said_decides_whether_to_go_on(
    shift: str, enrolled: str, answer: str, goes_on: bool
) -> None:
    secure = {"enrollment_status": enrolled, "authentication_status": answer}
    result = {"liability_shift": shift, "three_d_secure": {k: v for k, v in secure.items() if v}}
    order = {"payment_source": {"card": {"last_digits": "1881", "authentication_result": result}}}
    refused = paypal_cards.distrusted(order)
    assert (refused is None) is goes_on
    assert refused is None or refused.code == "authentication_failed"


def test_what_a_bank_says_of_the_security_code_is_a_fact_for_screening() -> None:
    card = {"last_digits": "1881", "brand": "CHINA_UNION_PAY"}
    told = paypal_cards.facts(card, {"processor_response": {"cvv_code": "N", "avs_code": "Z"}})
    assert told == {"brand": "unionpay", "last4": "1881", "checks": {"cvc": "fail"}}
    for row in ({}, {"processor_response": "?"}, {"processor_response": {"cvv_code": "?"}}):
        assert "checks" not in paypal_cards.facts(card, row)


def test_no_check_at_all_is_no_doubt() -> None:
    for order in ({}, {"payment_source": {"card": {}}}, {"payment_source": {"paypal": {}}}):
        assert paypal_cards.distrusted(order) is None


def test_where_the_bank_did_not_confirm_the_money_is_never_asked_for(
    world: World, paypal: PayPalDriver
) -> None:
    charge = paypal.charge("challenges", method="card")
    order_id = paypal.provider.charge(charge).reference
    type_card(world, order_id, "4868719158130060")  # its check fails without asking
    world.app.test_client().get(f"/paypal/3ds?token={order_id}", base_url=world.url)
    found = paypal.provider.complete(charge, order_id)
    assert (found.verb, found.ready) == (Verb.DECLINE, False)
    assert paypal.books(charge).captured == 0


def test_it_is_offered_where_it_is_on_and_only_as_far_as_paypal_goes(till: Till) -> None:
    assert "card" not in {rule.name for rule in PayPal(till.config).can.methods}
    without_stripe = {"stripe_secret_key": "", "stripe_publishable_key": ""}
    providers.configure(replace(till.config, paypal_card_fields="on", **without_stripe))
    found = methods.offered(Money(1999, "EUR"), "DE")
    assert [(offer.provider, offer.method) for offer in found] == [
        ("paypal", "paypal"), ("paypal", "card"),
    ]  # fmt: skip
    with pytest.raises(MethodNotAvailable, match="not for merchants in IN"):
        methods.check("card", Money(1999, "EUR"), "IN")
    with pytest.raises(MethodNotAvailable, match="not in CNY"):
        methods.check("card", Money(1999, "CNY"), "DE")


def test_stripe_takes_the_cards_where_both_can(till: Till) -> None:
    providers.configure(replace(till.config, paypal_card_fields="on"))
    by = {offer.method: offer.provider for offer in methods.offered(Money(1999, "EUR"), "DE")}
    assert by["card"] == "stripe"
    by = {offer.method: offer.provider for offer in methods.offered(Money(30, "EUR"), "DE")}
    assert by == {"paypal": "paypal", "card": "paypal"}
