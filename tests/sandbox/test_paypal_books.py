from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.paypal_client import PayPalWorld, paypal_world


@pytest.fixture
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


def euros(value: str) -> dict[str, Any]:
    return {"amount": {"currency_code": "EUR", "value": value}}


def test_the_books_show_what_was_taken_held_and_given_back(paypal: PayPalWorld) -> None:
    paypal.order(value="5.00")
    paid = paypal.paid("25.00", custom_id="att_1")
    paypal.call("POST", f"/v2/payments/captures/{paid['id']}/refund", euros("10.00"))
    held = paypal.held("100.00")
    paypal.call("POST", f"/v2/payments/authorizations/{held['id']}/capture", euros("30.00"))
    paypal.paid("7.00", funding="refused")
    paypal.paid("8.00", funding="review")
    paypal.paid(value="1000", currency="JPY")

    books = paypal.http.get(f"{paypal.url}/sandbox/books").json()["paypal"]
    rows = [
        (p["amount"], p["amount_held"], p["amount_captured"], p["amount_refunded"])
        for p in books["payments"]
    ]
    assert rows == [
        (500, 0, 0, 0),
        (2500, 0, 2500, 1000),
        (10000, 7000, 3000, 0),
        (700, 0, 0, 0),
        (800, 0, 0, 0),
        (1000, 0, 1000, 0),
    ]
    assert books["payments"][1]["custom_id"] == "att_1"
    assert books["refunds"][0]["capture_id"] == paid["id"]
    # 25.00 − 1.36 − 10.00 + 30.00 − 1.54, and 1000 − 95.
    assert books["net"] == {"EUR": 4210, "JPY": 905}
