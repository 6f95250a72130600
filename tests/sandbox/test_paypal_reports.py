"""Reports at PayPal: late, in pages, with balances that add up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from sandbox import clock
from tests.sandbox.paypal_client import (
    ABSENT,
    CONTRACTS,
    REPORTS_SPEC,
    PayPalWorld,
    conforms,
    issue,
    paypal_world,
)

TRANSACTIONS, BALANCES = "/v1/reporting/transactions", "/v1/reporting/balances"
needs_contracts = pytest.mark.skipif(not CONTRACTS.exists(), reason=ABSENT)


@pytest.fixture
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world
    clock.set_offset(0)


def report(paypal: PayPalWorld, **more: str) -> requests.Response:
    start = (datetime.now(UTC) - timedelta(days=1)).isoformat(timespec="seconds")
    end = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
    query = urlencode({"start_date": start, "end_date": end, **more})
    return paypal.call("GET", f"{TRANSACTIONS}?{query}")


def lines(paypal: PayPalWorld, **more: str) -> list[tuple[str, str]]:
    body = report(paypal, **more).json()
    infos = [row["transaction_info"] for row in body.get("transaction_details", [])]
    return [(i["transaction_event_code"], i["transaction_amount"]["value"]) for i in infos]


def at_once(paypal: PayPalWorld) -> None:
    url = f"{paypal.url}/paypal/sandbox/settings"
    assert paypal.http.post(url, json={"report_lag_s": 0}).status_code == 200


def test_a_payment_is_reported_three_hours_later(paypal: PayPalWorld) -> None:
    paypal.paid("25.00")
    assert lines(paypal) == []
    clock.set_offset(3 * 3600 + 5)
    assert lines(paypal) == [("T0006", "25.00")]


def test_lines_add_up_to_the_balance(paypal: PayPalWorld) -> None:
    at_once(paypal)
    capture = paypal.paid("25.00", custom_id="att_1")
    refund = {"amount": {"currency_code": "EUR", "value": "5.00"}}
    paypal.call("POST", f"/v2/payments/captures/{capture['id']}/refund", refund)
    levers = f"{paypal.url}/paypal/sandbox/captures/{capture['id']}/dispute"
    dispute = paypal.http.post(levers, json={"reason": "UNAUTHORISED", "amount": 1000}).json()
    body = report(paypal).json()
    first, *_, last = [row["transaction_info"] for row in body["transaction_details"]]
    assert (first["fee_amount"]["value"], first["custom_field"]) == ("-1.36", "att_1")
    assert (last["ending_balance"]["value"], last["available_balance"]["value"]) == (
        "18.64",
        "8.64",
    )
    [balance] = paypal.call("GET", BALANCES).json()["balances"]
    assert balance["withheld_balance"]["value"] == "10.00"
    accept = f"/v1/customer/disputes/{dispute['dispute_id']}/accept-claim"
    paypal.call("POST", accept, {})
    assert lines(paypal)[1:] == [
        ("T1107", "-5.00"),
        ("T1110", "-10.00"),
        ("T1111", "10.00"),
        ("T1106", "-10.00"),
    ]
    [balance] = paypal.call("GET", f"{BALANCES}?currency_code=EUR").json()["balances"]
    assert (balance["total_balance"]["value"], balance["available_balance"]["value"]) == (
        "8.64",
        "8.64",
    )


def test_holds_are_told_to_whom_asks_for_all(paypal: PayPalWorld) -> None:
    at_once(paypal)
    held = paypal.held("100.00")
    assert lines(paypal) == []
    paypal.call("POST", f"/v2/payments/authorizations/{held['id']}/void")
    everything = lines(paypal, balance_affecting_records_only="N")
    assert everything == [("T1300", "100.00"), ("T1302", "-100.00")]


def test_pages_and_filters(paypal: PayPalWorld) -> None:
    at_once(paypal)
    made = [paypal.paid(f"{n}.00")["id"] for n in (1, 2, 3)]
    body = report(paypal, page_size="2", page="2").json()
    assert (body["total_items"], body["total_pages"], len(body["transaction_details"])) == (3, 2, 1)
    body = report(paypal, transaction_id=made[1], fields="all").json()
    [row] = body["transaction_details"]
    assert row["transaction_info"]["transaction_amount"]["value"] == "2.00"
    assert "ending_balance" not in row["transaction_info"]
    assert "payer_info" in row


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "MISSING_REQUIRED_PARAMETER"),
        (
            {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-03-01T00:00:00Z"},
            "INVALID_PARAMETER_VALUE",
        ),
        (
            {"start_date": "2026-01-01T00:00:00", "end_date": "2026-01-02T00:00:00Z"},
            "INVALID_PARAMETER_VALUE",
        ),
        ({"since": "2026"}, "NOT_SUPPORTED"),
        ({"start_date": "x", "end_date": "y"}, "INVALID_PARAMETER_VALUE"),
    ],
    ids=["nothing", "long", "naive", "unknown", "no_time"],
)
def test_a_bad_report_is_refused(paypal: PayPalWorld, query: dict[str, Any], expected: str) -> None:
    answer = paypal.call("GET", f"{TRANSACTIONS}?{urlencode(query)}")
    assert (answer.status_code, issue(answer)) == (400, expected)


def test_settings_are_checked(paypal: PayPalWorld) -> None:
    url = f"{paypal.url}/paypal/sandbox/settings"
    for wrong in ({"report_lag_s": -1}, {"report_lag_s": True}, {"lag": 1}):
        assert paypal.http.post(url, json=wrong).status_code == 400
    assert paypal.http.post(url, json={}).json()["report_lag_s"] == 3 * 3600


def test_a_hold_is_renewed_as_often_as_is_set(paypal: PayPalWorld) -> None:
    url = f"{paypal.url}/paypal/sandbox/settings"
    paypal.http.post(url, json={"reauthorizations": 2})
    held = paypal.held("100.00")
    path = f"/v2/payments/authorizations/{held['id']}/reauthorize"
    for days, expected in ((4, 201), (5, 422), (8, 201), (12, 422)):
        clock.set_offset(days * 86400)
        assert paypal.call("POST", path, {}).status_code == expected


@needs_contracts
def test_reports_keep_the_contract(paypal: PayPalWorld) -> None:
    at_once(paypal)
    paypal.paid("25.00", custom_id="att_1", invoice_id="order-7")
    body = report(paypal, fields="all").json()
    conforms(REPORTS_SPEC, "get", TRANSACTIONS, 200, body)
    conforms(REPORTS_SPEC, "get", BALANCES, 200, paypal.call("GET", BALANCES).json())
