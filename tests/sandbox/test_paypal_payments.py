from collections.abc import Iterator
from typing import Any

import pytest
from paypalcheckoutsdk.payments import (
    AuthorizationsCaptureRequest,
    AuthorizationsGetRequest,
    AuthorizationsReauthorizeRequest,
    AuthorizationsVoidRequest,
    CapturesGetRequest,
    CapturesRefundRequest,
    RefundsGetRequest,
)

from sandbox import clock, paypal_money
from sandbox.paypal_books import paypal_books
from tests.sandbox.paypal_client import (
    ABSENT,
    ALL,
    CONTRACTS,
    PAYMENTS_SPEC,
    PayPalWorld,
    conforms,
    issue,
    paypal_world,
)

AUTHORIZATION = "/v2/payments/authorizations"
CAPTURE = "/v2/payments/captures"
DAY_S = 86_400
needs_contracts = pytest.mark.skipif(not CONTRACTS.exists(), reason=ABSENT)


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


@pytest.fixture(autouse=True)
def present_time() -> Iterator[None]:
    yield
    clock.set_offset(0)


def euros(value: str) -> dict[str, Any]:
    return {"amount": {"currency_code": "EUR", "value": value}}


def status(paypal: PayPalWorld, path: str) -> str:
    return str(paypal.call("GET", path).json()["status"])


@pytest.mark.parametrize(
    ("value", "currency", "fee", "net"),
    [
        ("25.00", "EUR", "1.36", "23.64"),
        ("0.30", "EUR", "0.30", "0.00"),
        ("1000", "JPY", "95", "905"),
        ("10.00", "USD", "0.84", "9.16"),
    ],
)
def test_the_fee_is_taken_in_whole_minor_units(
    paypal: PayPalWorld, value: str, currency: str, fee: str, net: str
) -> None:
    parts = paypal.paid(value=value, currency=currency)["seller_receivable_breakdown"]
    assert (parts["paypal_fee"]["value"], parts["net_amount"]["value"]) == (fee, net)


def test_money_is_read_and_written_alike() -> None:
    for minor, currency, text in [(0, "EUR", "0.00"), (5, "EUR", "0.05"), (7, "JPY", "7")]:
        written = paypal_money.money(minor, currency)
        assert written["value"] == text
        assert paypal_money.parse(written, field="", zero_ok=True) == minor


def test_held_money_is_captured_in_parts_until_the_final_one(paypal: PayPalWorld) -> None:
    client, held = paypal.client(), paypal.held("100.00")
    first = AuthorizationsCaptureRequest(held["id"])
    first.prefer(ALL)
    first.request_body(euros("30.00"))
    answer = client.execute(first)
    assert (answer.status_code, answer.result.status, answer.result.final_capture) == (
        201,
        "COMPLETED",
        False,
    )
    assert (
        client.execute(AuthorizationsGetRequest(held["id"])).result.status == "PARTIALLY_CAPTURED"
    )
    path = f"{AUTHORIZATION}/{held['id']}/capture"
    paypal.call("POST", path, euros("20.00") | {"final_capture": True})
    assert status(paypal, f"{AUTHORIZATION}/{held['id']}") == "CAPTURED"
    assert issue(paypal.call("POST", path, euros("1.00"))) == "AUTHORIZATION_ALREADY_CAPTURED"
    order = paypal.call("GET", f"/v2/checkout/orders/{held['order_id']}").json()
    captures = order["purchase_units"][0]["payments"]["captures"]
    assert [c["amount"]["value"] for c in captures] == ["30.00", "20.00"]


def test_a_capture_without_an_amount_takes_the_rest(paypal: PayPalWorld) -> None:
    held = paypal.held("100.00")
    path = f"{AUTHORIZATION}/{held['id']}/capture"
    paypal.call("POST", path, euros("40.00"))
    rest = paypal.call("POST", path, Prefer=ALL)
    assert rest.json()["amount"]["value"] == "60.00"
    assert status(paypal, f"{AUTHORIZATION}/{held['id']}") == "CAPTURED"


@pytest.mark.parametrize(
    ("authorized", "most", "above"),
    [("100.00", "115.00", "115.01"), ("1000.00", "1075.00", "1075.01")],
)
def test_a_capture_may_exceed_by_the_lower_of_both_limits(
    paypal: PayPalWorld, authorized: str, most: str, above: str
) -> None:
    path = f"{AUTHORIZATION}/{paypal.held(authorized)['id']}/capture"
    assert issue(paypal.call("POST", path, euros(above))) == "MAX_CAPTURE_AMOUNT_EXCEEDED"
    assert paypal.call("POST", path, euros(most)).status_code == 201


def test_a_capture_of_another_currency_is_refused(paypal: PayPalWorld) -> None:
    path = f"{AUTHORIZATION}/{paypal.held()['id']}/capture"
    dollars = {"amount": {"currency_code": "USD", "value": "1.00"}}
    assert issue(paypal.call("POST", path, dollars)) == "AUTH_CAPTURE_CURRENCY_MISMATCH"


def test_a_void_lets_the_money_go_and_voids_the_order(paypal: PayPalWorld) -> None:
    held = paypal.held()
    assert paypal.client().execute(AuthorizationsVoidRequest(held["id"])).status_code == 204
    path = f"{AUTHORIZATION}/{held['id']}"
    assert status(paypal, path) == "VOIDED"
    assert status(paypal, f"/v2/checkout/orders/{held['order_id']}") == "VOIDED"
    assert issue(paypal.call("POST", f"{path}/void")) == "PREVIOUSLY_VOIDED"
    assert issue(paypal.call("POST", f"{path}/capture")) == "AUTHORIZATION_VOIDED"


def test_captured_money_cannot_be_voided_but_the_rest_of_it_can(paypal: PayPalWorld) -> None:
    whole, part = paypal.held(), paypal.held()
    paypal.call("POST", f"{AUTHORIZATION}/{whole['id']}/capture")
    assert (
        issue(paypal.call("POST", f"{AUTHORIZATION}/{whole['id']}/void")) == "PREVIOUSLY_CAPTURED"
    )
    paypal.call("POST", f"{AUTHORIZATION}/{part['id']}/capture", euros("10.00"))
    voided = paypal.call("POST", f"{AUTHORIZATION}/{part['id']}/void", Prefer=ALL)
    assert (voided.status_code, voided.json()["status"]) == (200, "VOIDED")
    assert status(paypal, f"/v2/checkout/orders/{part['order_id']}") == "COMPLETED"


def test_a_hold_is_renewed_once_its_honor_period_is_over(paypal: PayPalWorld) -> None:
    held = paypal.held()
    path = f"{AUTHORIZATION}/{held['id']}"
    assert issue(paypal.call("POST", f"{path}/reauthorize")) == "REAUTHORIZATION_TOO_SOON"
    clock.set_offset(3.5 * DAY_S)
    request = AuthorizationsReauthorizeRequest(held["id"])
    request.prefer(ALL)
    request.request_body(euros("100.00"))
    renewed = paypal.client().execute(request)
    assert (renewed.status_code, renewed.result.status) == (201, "CREATED")
    new_path = f"{AUTHORIZATION}/{renewed.result.id}"
    assert renewed.result.id != held["id"]
    assert issue(paypal.call("POST", f"{new_path}/void")) == "CANNOT_BE_VOIDED"
    clock.set_offset(8 * DAY_S)
    assert issue(paypal.call("POST", f"{new_path}/reauthorize")) == "REAUTHORIZATION_NOT_SUPPORTED"
    assert paypal.call("POST", f"{new_path}/capture").status_code == 201
    # One hold with two names: what the new one took, the old one has not got.
    assert issue(paypal.call("POST", f"{path}/capture")) == "AUTHORIZATION_ALREADY_CAPTURED"


def test_a_hold_can_be_captured_after_its_honor_period(paypal: PayPalWorld) -> None:
    held = paypal.held()
    clock.set_offset(10 * DAY_S)
    assert paypal.call("POST", f"{AUTHORIZATION}/{held['id']}/capture").status_code == 201


def test_a_hold_ends_by_itself_after_29_days(paypal: PayPalWorld) -> None:
    held = paypal.held()
    clock.set_offset(29 * DAY_S + 1)
    path = f"{AUTHORIZATION}/{held['id']}"
    assert issue(paypal.call("POST", f"{path}/capture")) == "AUTHORIZATION_EXPIRED"
    assert status(paypal, path) == "VOIDED"


@pytest.mark.parametrize(
    ("funding", "state", "refusal"),
    [
        ("refused", "DENIED", "AUTHORIZATION_DENIED"),
        ("review", "PENDING", "TRANSACTION_REFUSED"),
    ],
)
def test_a_hold_can_be_denied_or_pending(
    paypal: PayPalWorld, funding: str, state: str, refusal: str
) -> None:
    held = paypal.held(funding=funding)
    assert held["status"] == state
    assert issue(paypal.call("POST", f"{AUTHORIZATION}/{held['id']}/capture")) == refusal


def test_money_goes_back_in_parts_and_never_more_than_came(paypal: PayPalWorld) -> None:
    client, capture = paypal.client(), paypal.paid("25.00")
    request = CapturesRefundRequest(capture["id"])
    request.prefer(ALL)
    request.request_body(euros("10.00") | {"note_to_payer": "One bag was torn", "custom_id": "r1"})
    refund = client.execute(request).result
    assert (refund.status, refund.custom_id) == ("COMPLETED", "r1")
    assert client.execute(RefundsGetRequest(refund.id)).result.amount.value == "10.00"
    read = client.execute(CapturesGetRequest(capture["id"])).result
    assert read.status == "PARTIALLY_REFUNDED"
    path = f"{CAPTURE}/{capture['id']}/refund"
    assert issue(paypal.call("POST", path, euros("15.01"))) == "REFUND_AMOUNT_EXCEEDED"
    rest = paypal.call("POST", path, Prefer=ALL).json()
    assert rest["amount"]["value"] == "15.00"
    assert rest["seller_payable_breakdown"]["total_refunded_amount"]["value"] == "25.00"
    assert status(paypal, f"{CAPTURE}/{capture['id']}") == "REFUNDED"
    assert issue(paypal.call("POST", path, euros("0.01"))) == "CAPTURE_FULLY_REFUNDED"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"amount": {"currency_code": "USD", "value": "1.00"}}, "REFUND_CAPTURE_CURRENCY_MISMATCH"),
        (euros("0.00"), "CANNOT_BE_ZERO_OR_NEGATIVE"),
        (euros("0.001"), "DECIMAL_PRECISION"),
        ({"amount": 5}, "MALFORMED_REQUEST_JSON"),
        ({"reason": "x"}, "MALFORMED_REQUEST_JSON"),
    ],
)
def test_a_bad_refund_is_refused(paypal: PayPalWorld, body: dict[str, Any], expected: str) -> None:
    path = f"{CAPTURE}/{paypal.paid()['id']}/refund"
    assert issue(paypal.call("POST", path, body)) == expected


def test_a_refund_has_its_own_invoice_and_its_own_time(paypal: PayPalWorld) -> None:
    capture = paypal.paid("25.00", invoice_id="INV-R")
    path = f"{CAPTURE}/{capture['id']}/refund"
    body = euros("1.00") | {"invoice_id": "INV-R"}
    assert paypal.call("POST", path, body).status_code == 201
    assert issue(paypal.call("POST", path, body)) == "DUPLICATE_INVOICE_ID"
    clock.set_offset(181 * DAY_S)
    assert issue(paypal.call("POST", path)) == "REFUND_TIME_LIMIT_EXCEEDED"


@pytest.mark.parametrize(("accepted", "state"), [(True, "COMPLETED"), (False, "DECLINED")])
def test_a_pending_capture_waits_for_its_review(
    paypal: PayPalWorld, accepted: bool, state: str
) -> None:
    capture = paypal.paid(funding="review")
    assert (capture["status"], capture["status_details"]) == (
        "PENDING",
        {"reason": "PENDING_REVIEW"},
    )
    path = f"{CAPTURE}/{capture['id']}"
    assert issue(paypal.call("POST", f"{path}/refund")) == "PENDING_CAPTURE"
    paypal.call("POST", f"/sandbox/captures/{capture['id']}/review", {"accepted": accepted})
    assert status(paypal, path) == state


@needs_contracts
def test_every_answer_of_payments_fits_the_contract(paypal: PayPalWorld) -> None:
    held = paypal.held()
    one = f"{AUTHORIZATION}/{{authorization_id}}"
    path = f"{AUTHORIZATION}/{held['id']}"
    conforms(PAYMENTS_SPEC, "get", one, 200, paypal.call("GET", path).json())
    clock.set_offset(4 * DAY_S)
    renewed = paypal.call("POST", f"{path}/reauthorize", Prefer=ALL)
    conforms(PAYMENTS_SPEC, "post", f"{one}/reauthorize", 201, renewed.json())
    captured = paypal.call("POST", f"{path}/capture", Prefer=ALL).json()
    conforms(PAYMENTS_SPEC, "post", f"{one}/capture", 201, captured)
    refused = paypal.call("POST", f"{path}/capture")
    conforms(PAYMENTS_SPEC, "post", f"{one}/capture", 422, refused.json())
    refused = paypal.call("POST", f"{path}/void")
    conforms(PAYMENTS_SPEC, "post", f"{one}/void", 422, refused.json())
    refund = paypal.call("POST", f"{CAPTURE}/{captured['id']}/refund", Prefer=ALL).json()
    conforms(PAYMENTS_SPEC, "post", f"{CAPTURE}/{{capture_id}}/refund", 201, refund)
    read = paypal.call("GET", f"{CAPTURE}/{captured['id']}").json()
    conforms(PAYMENTS_SPEC, "get", f"{CAPTURE}/{{capture_id}}", 200, read)
    read = paypal.call("GET", f"/v2/payments/refunds/{refund['id']}").json()
    conforms(PAYMENTS_SPEC, "get", "/v2/payments/refunds/{refund_id}", 200, read)


def refunded(paypal: PayPalWorld, capture: dict[str, Any], value: str) -> dict[str, Any]:
    body = {"amount": {"currency_code": "EUR", "value": value}}
    answer = paypal.call("POST", f"{CAPTURE}/{capture['id']}/refund", body, Prefer=ALL)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def state(paypal: PayPalWorld, path: str) -> str:
    return str(paypal.call("GET", path).json()["status"])


@pytest.mark.parametrize(
    ("funding", "ends", "capture_ends", "net_more"),
    [("slow_refund", "COMPLETED", "PARTIALLY_REFUNDED", -1000), ("failed_refund", "FAILED", "COMPLETED", 0)],
)  # fmt: skip
def test_a_refund_is_pending_and_ends_later(
    paypal: PayPalWorld, funding: str, ends: str, capture_ends: str, net_more: int
) -> None:
    capture = paypal.paid("25.00", funding=funding)
    before = paypal_books(paypal.world)["net"]["EUR"]
    refund = refunded(paypal, capture, "10.00")
    assert (refund["status"], refund["status_details"]) == ("PENDING", {"reason": "ECHECK"})
    assert state(paypal, f"{CAPTURE}/{capture['id']}") == "PARTIALLY_REFUNDED"
    paypal.world.timers.run_due(within_s=5)
    assert state(paypal, f"/v2/payments/refunds/{refund['id']}") == ends
    assert state(paypal, f"{CAPTURE}/{capture['id']}") == capture_ends
    books = paypal_books(paypal.world)
    assert books["net"]["EUR"] - before == net_more
    assert books["payments"][-1]["amount_refunded"] == -net_more
    left = "15.00" if ends == "COMPLETED" else "25.00"
    assert refunded(paypal, capture, left)["amount"]["value"] == left


@pytest.mark.parametrize(("accepted", "ends"), [(True, "COMPLETED"), (False, "FAILED")])
def test_the_desk_ends_a_pending_refund(paypal: PayPalWorld, accepted: bool, ends: str) -> None:
    refund = refunded(paypal, paypal.paid("25.00", funding="failed_refund"), "10.00")
    path = f"/sandbox/refunds/{refund['id']}/review"
    assert paypal.call("POST", path, {"accepted": accepted}).json()["status"] == ends
    assert paypal.call("POST", path, {"accepted": accepted}).status_code == 422
    paypal.world.timers.run_due(within_s=5)
    assert state(paypal, f"/v2/payments/refunds/{refund['id']}") == ends
