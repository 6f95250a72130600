"""Orders that a merchant's own page made: taken only if they are exactly what is to be paid, and paid to us."""

from typing import Any

import pytest

from app.providers.base import Refused, Unanswered, Verb
from models.money import Money
from tests.app.providers.drivers import Books
from tests.app.providers.paypal_driver import PayPalDriver

SHOW = "GET /paypal/v2/checkout/orders/[^/]+"


def test_a_merchants_order_is_bound_to_one_attempt(paypal: PayPalDriver) -> None:
    order_id = paypal.order(Money(1999, "EUR"), custom_id="cart 7")
    paypal.decide(order_id, "balance")
    named = {"credential": order_id, "credential_kind": "order"}
    first, second = paypal.charge("pays", **named), paypal.charge("pays", **named)
    assert paypal.provider.charge(first).verb is Verb.CAPTURE
    for ask in (paypal.provider.charge, lambda charge: paypal.provider.fetch(charge, order_id)):
        refused = ask(second)
        assert refused.verb is Verb.DECLINE
        assert refused.decline is not None
        assert refused.decline.provider_code == "ORDER_ALREADY_CAPTURED"
    assert paypal.books(first) == Books(1, 1999, 0)
    assert paypal.books(second) == Books(0, 0, 0)


def test_an_order_that_the_merchant_took_already_pays_nothing_here(paypal: PayPalDriver) -> None:
    charge = paypal.charge("pays")
    paypal.call("POST", f"/v2/checkout/orders/{charge.credential}/capture", {})
    assert paypal.provider.charge(charge).verb is Verb.DECLINE
    assert paypal.provider.inspect("order", charge.credential).usable is False


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"amount": Money(1998, "EUR")}, "AMOUNT_MISMATCH"),
        ({"amount": Money(1999, "USD")}, "AMOUNT_MISMATCH"),
        ({"capture": "manual"}, "ACTION_DOES_NOT_MATCH_INTENT"),
    ],
)
def test_a_merchants_order_must_be_what_is_to_be_paid(
    paypal: PayPalDriver, fields: dict[str, Any], code: str
) -> None:
    order_id = paypal.order(Money(1999, "EUR"))
    paypal.decide(order_id, "balance")
    charge = paypal.charge("pays", credential=order_id, credential_kind="order", **fields)
    with pytest.raises(Refused) as refused:
        paypal.provider.charge(charge)
    assert refused.value.code == code
    assert paypal.stored(order_id)["status"] == "APPROVED"


def test_a_merchants_order_must_be_approved(paypal: PayPalDriver) -> None:
    order_id = paypal.order(Money(1999, "EUR"))
    charge = paypal.charge("pays", credential=order_id, credential_kind="order")
    with pytest.raises(Refused) as refused:
        paypal.provider.charge(charge)
    assert refused.value.code == "ORDER_NOT_APPROVED"
    assert paypal.provider.inspect("order", order_id).usable is False


@pytest.mark.parametrize(
    "unit",
    [
        {"payee": {"merchant_id": "THIEF00000001", "email_address": "merchant@seller.example"}},
        {"payee": {"email_address": "thief@example.com"}},
        {"payee": {}},
        {"payee": None},
        {"payment_instruction": {"platform_fees": []}},
    ],
)
def test_an_order_that_pays_somebody_else_is_not_taken(
    paypal: PayPalDriver, unit: dict[str, Any]
) -> None:
    charge = paypal.charge("pays")

    def steal(order: dict[str, Any]) -> None:
        order["purchase_units"][0].update(unit)

    with paypal.world.gate.spoil(SHOW, "tamper", tamper=steal):
        assert paypal.provider.inspect("order", charge.credential).usable is False
        with pytest.raises(Refused) as refused:
            paypal.provider.charge(charge)
    assert refused.value.code == "PAYEE_MISMATCH"
    assert paypal.stored(charge.credential)["status"] == "APPROVED"


def test_a_charge_that_was_bound_and_not_answered_is_ready(paypal: PayPalDriver) -> None:
    charge = paypal.charge("pays")
    assert paypal.provider.fetch(charge, None).found is False
    with paypal.world.gate.spoil(paypal.charging, "503"), pytest.raises(Unanswered):
        paypal.provider.charge(charge)
    found = paypal.provider.fetch(charge, None)
    assert (found.found, found.ready) == (True, True)
    assert paypal.provider.complete(charge, charge.credential).verb is Verb.CAPTURE
