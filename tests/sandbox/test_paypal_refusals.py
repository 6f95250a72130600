from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.paypal_client import PayPalWorld, issue, order_body, paypal_world

ORDERS = "/v2/checkout/orders"


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


def amount(value: Any = "25.00", currency: str = "EUR", **breakdown: str) -> dict[str, Any]:
    parts = {name: {"currency_code": currency, "value": part} for name, part in breakdown.items()}
    made: dict[str, Any] = {"currency_code": currency, "value": value}
    return made | ({"breakdown": parts} if parts else {})


def item(price: str, quantity: str = "1", **more: Any) -> dict[str, Any]:
    money = {"currency_code": "EUR", "value": price}
    return {"name": "Coffee", "quantity": quantity, "unit_amount": money, **more}


TAX = {"currency_code": "EUR", "value": "2.00"}


@pytest.mark.parametrize(
    ("unit", "status", "expected"),
    [
        ({"amount": amount(25.0)}, 400, "INVALID_PARAMETER_SYNTAX"),
        ({"amount": amount("1e3")}, 400, "INVALID_PARAMETER_SYNTAX"),
        ({"amount": {"value": "1.00"}}, 400, "MISSING_REQUIRED_PARAMETER"),
        ({"colour": "red"}, 400, "MALFORMED_REQUEST_JSON"),
        ({"custom_id": "x" * 128}, 400, "INVALID_STRING_LENGTH"),
        ({"soft_descriptor": "x" * 23}, 400, "INVALID_STRING_LENGTH"),
        ({"payee": {"email_address": "other@seller.example"}}, 400, "NOT_SUPPORTED"),
        ({"amount": amount("0.00")}, 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"amount": amount("-1.00")}, 422, "CANNOT_BE_ZERO_OR_NEGATIVE"),
        ({"amount": amount("25.001")}, 422, "DECIMAL_PRECISION"),
        ({"amount": amount("25.50", "JPY")}, 422, "DECIMALS_NOT_SUPPORTED"),
        ({"amount": amount("25.00", "JPY")}, 422, "DECIMALS_NOT_SUPPORTED"),
        ({"amount": amount("25.00", "INR")}, 422, "INVALID_CURRENCY_CODE"),
        ({"amount": amount("9" * 18 + ".00")}, 422, "MAX_VALUE_EXCEEDED"),
        ({"amount": amount(item_total="20.00", shipping="4.99")}, 422, "AMOUNT_MISMATCH"),
        ({"amount": amount(item_total="30", discount="-5")}, 422, "CANNOT_BE_NEGATIVE"),
        ({"items": [item("25.00")]}, 422, "ITEM_TOTAL_REQUIRED"),
        (
            {"items": [item("12.00", "2")], "amount": amount(item_total="25.00")},
            422,
            "ITEM_TOTAL_MISMATCH",
        ),
        (
            {"items": [item("25.00", tax=TAX)], "amount": amount(item_total="25.00")},
            422,
            "TAX_TOTAL_REQUIRED",
        ),
    ],
)
def test_a_bad_order_is_refused_with_its_issue(
    paypal: PayPalWorld, unit: dict[str, Any], status: int, expected: str
) -> None:
    answer = paypal.call("POST", ORDERS, order_body(**unit))
    assert (answer.status_code, issue(answer)) == (status, expected)
    assert answer.headers["Paypal-Debug-Id"] == answer.json()["debug_id"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"intent": "SALE"}, "INVALID_PARAMETER_VALUE"),
        ({"purchase_units": []}, "INVALID_ARRAY_MIN_ITEMS"),
        ({"webhook": "x"}, "MALFORMED_REQUEST_JSON"),
        ({"payment_source": {"card": {}}}, "PAYPAL_REQUEST_ID_REQUIRED"),
        (
            {"payment_source": {"paypal": {"experience_context": {"return_url": "javascript:1"}}}},
            "INVALID_PARAMETER_SYNTAX",
        ),
    ],
)
def test_a_bad_request_is_refused(
    paypal: PayPalWorld, change: dict[str, Any], expected: str
) -> None:
    assert issue(paypal.call("POST", ORDERS, order_body() | change)) == expected


def test_several_units_need_names_one_currency_and_capture(paypal: PayPalWorld) -> None:
    def units(*marks: dict[str, Any], intent: str = "CAPTURE") -> str:
        rows = [{"amount": amount(), **mark} for mark in marks]
        return issue(paypal.call("POST", ORDERS, {"intent": intent, "purchase_units": rows}))

    assert units({}, {}) == "REFERENCE_ID_REQUIRED"
    assert units({"reference_id": "a"}, {"reference_id": "a"}) == "DUPLICATE_REFERENCE_ID"
    named = [{"reference_id": "a"}, {"reference_id": "b", "amount": amount(currency="USD")}]
    assert units(*named) == "MULTI_CURRENCY_ORDER"
    assert units(*named, intent="AUTHORIZE") == "UNSUPPORTED_INTENT"


@pytest.mark.parametrize("raw", ["{", "[1", '{"intent": NaN}', "null", "[]", '"x"'])
def test_what_is_no_json_object_is_malformed(paypal: PayPalWorld, raw: str) -> None:
    headers = {
        "Authorization": f"Bearer {paypal.token()}",
        "Content-Type": "application/json",
    }
    answer = paypal.http.post(f"{paypal.url}/paypal{ORDERS}", data=raw, headers=headers)
    assert (answer.status_code, issue(answer)) == (400, "MALFORMED_REQUEST_JSON")
