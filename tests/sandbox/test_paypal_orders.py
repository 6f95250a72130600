from collections.abc import Iterator
from typing import Any

import pytest
from paypalcheckoutsdk.orders import (
    OrdersAuthorizeRequest,
    OrdersCaptureRequest,
    OrdersCreateRequest,
    OrdersGetRequest,
    OrdersPatchRequest,
)
from paypalhttp import HttpError

from sandbox import clock
from tests.sandbox.paypal_client import (
    ABSENT,
    ALL,
    CONTRACTS,
    ORDERS_SPEC,
    PayPalWorld,
    conforms,
    issue,
    order_body,
    paypal_world,
)

ORDERS = "/v2/checkout/orders"
needs_contracts = pytest.mark.skipif(not CONTRACTS.exists(), reason=ABSENT)


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


@pytest.fixture(autouse=True)
def present_time() -> Iterator[None]:
    yield
    clock.set_offset(0)


def test_the_official_client_creates_approves_captures_and_reads(paypal: PayPalWorld) -> None:
    client = paypal.client()
    create = OrdersCreateRequest()
    create.headers["PayPal-Request-Id"] = "official-1"
    create.request_body(order_body(wallet=True, custom_id="att_1"))
    made = client.execute(create)
    assert (made.status_code, made.result.status) == (201, "PAYER_ACTION_REQUIRED")
    assert [link.rel for link in made.result.links] == ["self", "payer-action"]

    paypal.approve(made.result.id)
    capture = OrdersCaptureRequest(made.result.id)
    capture.prefer(ALL)
    captured = client.execute(capture)
    payment = captured.result.purchase_units[0].payments.captures[0]
    assert (captured.status_code, captured.result.status) == (201, "COMPLETED")
    assert (payment.status, payment.custom_id, payment.amount.value) == (
        "COMPLETED",
        "att_1",
        "25.00",
    )
    read = client.execute(OrdersGetRequest(made.result.id)).result
    assert read.purchase_units[0].payments.captures[0].id == payment.id


@needs_contracts
@pytest.mark.parametrize("wallet", [False, True])
def test_every_answer_of_an_order_fits_the_contract(paypal: PayPalWorld, wallet: bool) -> None:
    money = {"currency_code": "EUR", "value": "25.00"}
    unit = {
        "items": [{"name": "Coffee", "quantity": "2", "unit_amount": money | {"value": "10.00"}}],
        "amount": money
        | {
            "breakdown": {
                "item_total": money | {"value": "20.00"},
                "shipping": money | {"value": "5"},
            }
        },
        "invoice_id": f"INV-{wallet}",
    }
    order = paypal.order(order_body(wallet=wallet, **unit))
    path = f"{ORDERS}/{order['id']}"
    conforms(ORDERS_SPEC, "post", ORDERS, 201, order)
    conforms(ORDERS_SPEC, "get", f"{ORDERS}/{{id}}", 200, paypal.call("GET", path).json())
    early = paypal.call("POST", f"{path}/capture")
    conforms(ORDERS_SPEC, "post", f"{ORDERS}/{{id}}/capture", 422, early.json())
    paypal.approve(order["id"])
    conforms(ORDERS_SPEC, "get", f"{ORDERS}/{{id}}", 200, paypal.call("GET", path).json())
    done = paypal.call("POST", f"{path}/capture", Prefer=ALL)
    conforms(ORDERS_SPEC, "post", f"{ORDERS}/{{id}}/capture", 201, done.json())
    bad = paypal.call("POST", ORDERS, {"intent": "CAPTURE"})
    conforms(ORDERS_SPEC, "post", ORDERS, 400, bad.json())
    none = paypal.call("GET", f"{ORDERS}/NOPE")
    conforms(ORDERS_SPEC, "get", f"{ORDERS}/{{id}}", 404, none.json())


@needs_contracts
def test_an_authorized_order_fits_the_contract(paypal: PayPalWorld) -> None:
    order_id = paypal.order(intent="AUTHORIZE")["id"]
    paypal.approve(order_id)
    request = OrdersAuthorizeRequest(order_id)
    request.prefer(ALL)
    answer = paypal.client().execute(request)
    assert answer.result.purchase_units[0].payments.authorizations[0].status == "CREATED"
    body = paypal.call("GET", f"{ORDERS}/{order_id}").json()
    conforms(ORDERS_SPEC, "post", f"{ORDERS}/{{id}}/authorize", 201, body)


def test_minimal_is_the_default_and_shows_id_status_and_links_only(paypal: PayPalWorld) -> None:
    answer = paypal.call("POST", ORDERS, order_body())
    assert sorted(answer.json()) == ["id", "links", "status"]
    paypal.approve(answer.json()["id"])
    captured = paypal.call("POST", f"{ORDERS}/{answer.json()['id']}/capture")
    assert sorted(captured.json()) == ["id", "links", "status"]


def test_money_moves_only_as_intended_and_once_approved(paypal: PayPalWorld) -> None:
    order_id = paypal.order()["id"]
    path = f"{ORDERS}/{order_id}"
    assert issue(paypal.call("POST", f"{path}/capture")) == "ORDER_NOT_APPROVED"
    assert issue(paypal.call("POST", f"{path}/authorize")) == "ACTION_DOES_NOT_MATCH_INTENT"
    paypal.approve(order_id)
    assert paypal.call("POST", f"{path}/capture").status_code == 201
    assert issue(paypal.call("POST", f"{path}/capture")) == "ORDER_ALREADY_CAPTURED"
    held = paypal.held()
    again = paypal.call("POST", f"{ORDERS}/{held['order_id']}/authorize")
    assert issue(again) == "ORDER_ALREADY_AUTHORIZED"


def test_a_declined_instrument_lets_the_buyer_choose_again(paypal: PayPalWorld) -> None:
    order_id = paypal.order()["id"]
    paypal.approve(order_id, "declined")
    answer = paypal.call("POST", f"{ORDERS}/{order_id}/capture", PayPal_Request_Id="dec-1")
    assert (answer.status_code, issue(answer)) == (422, "INSTRUMENT_DECLINED")
    redirect = next(link for link in answer.json()["links"] if link["rel"] == "redirect")
    assert paypal.http.get(redirect["href"]).status_code == 200
    assert paypal.call("GET", f"{ORDERS}/{order_id}").json()["status"] == "APPROVED"

    paypal.approve(order_id, "balance")
    answer = paypal.call("POST", f"{ORDERS}/{order_id}/capture", PayPal_Request_Id="dec-1")
    assert (answer.status_code, answer.json()["status"]) == (201, "COMPLETED")


def test_an_order_can_be_completed_while_the_money_was_refused(paypal: PayPalWorld) -> None:
    capture = paypal.paid(funding="refused")
    assert capture["status"] == "DECLINED"
    assert capture["processor_response"]["response_code"] == "0500"
    assert "seller_receivable_breakdown" not in capture


def test_an_invoice_is_paid_once(paypal: PayPalWorld) -> None:
    paypal.paid(invoice_id="INV-ONCE")
    order_id = paypal.order(invoice_id="INV-ONCE")["id"]
    paypal.approve(order_id)
    answer = paypal.call("POST", f"{ORDERS}/{order_id}/capture")
    assert issue(answer) == "DUPLICATE_INVOICE_ID"
    assert paypal.call("GET", f"{ORDERS}/{order_id}").json()["status"] == "APPROVED"


def test_an_order_nobody_approves_is_forgotten(paypal: PayPalWorld) -> None:
    waiting, approved = paypal.order()["id"], paypal.order()["id"]
    paypal.approve(approved)
    clock.set_offset(7 * 3600)
    answer = paypal.call("GET", f"{ORDERS}/{waiting}")
    assert (answer.status_code, answer.json()["name"]) == (404, "RESOURCE_NOT_FOUND")
    assert paypal.call("GET", f"{ORDERS}/{approved}").status_code == 200


def amount(value: str) -> dict[str, str]:
    return {"currency_code": "EUR", "value": value}


def change(path: str, value: Any = None, op: str = "replace") -> list[dict[str, Any]]:
    whole = f"/purchase_units/@reference_id=='default'/{path}"
    return [{"op": op, "path": whole, **({} if value is None else {"value": value})}]


def test_an_order_is_patched_until_its_money_moves(paypal: PayPalWorld) -> None:
    order_id = paypal.order()["id"]
    path = f"{ORDERS}/{order_id}"
    request = OrdersPatchRequest(order_id)
    request.request_body(change("amount", amount("30.00")))
    assert paypal.client().execute(request).status_code == 204
    assert paypal.call("PATCH", path, change("custom_id", "a1", "add")).status_code == 204
    unit = paypal.call("GET", path).json()["purchase_units"][0]
    assert (unit["amount"]["value"], unit["custom_id"]) == ("30.00", "a1")

    def refused(operations: list[dict[str, Any]]) -> str:
        return issue(paypal.call("PATCH", path, operations))

    assert refused(change("amount", amount("3.001"))) == "DECIMAL_PRECISION"
    assert refused(change("payee", {})) == "NOT_PATCHABLE"
    assert refused(change("custom_id", "b", "add")) == "INVALID_PATCH_OPERATION"
    assert refused(change("custom_id")) == "PATCH_VALUE_REQUIRED"
    assert refused([{"op": "replace", "path": "x", "value": 1}]) == "INVALID_JSON_POINTER_FORMAT"
    paypal.approve(order_id)
    assert refused(change("amount", amount("99.00"))) == "AMOUNT_CHANGE_NOT_ALLOWED"
    paypal.call("POST", f"{path}/capture")
    assert refused(change("custom_id", "late")) == "ORDER_ALREADY_COMPLETED"


def test_a_new_order_that_waits_for_its_buyer_cannot_be_patched(paypal: PayPalWorld) -> None:
    order_id = paypal.order(wallet=True)["id"]
    answer = paypal.call("PATCH", f"{ORDERS}/{order_id}", change("custom_id", "x", "add"))
    assert issue(answer) == "NOT_PATCHABLE"


@pytest.mark.parametrize(
    "code", ["INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "INTERNAL_SERVER_ERROR"]
)
def test_the_mock_header_brings_any_refusal(paypal: PayPalWorld, code: str) -> None:
    order_id = paypal.order()["id"]
    request = OrdersCaptureRequest(order_id)
    request.headers["PayPal-Mock-Response"] = f'{{"mock_application_codes": "{code}"}}'
    with pytest.raises(HttpError) as caught:
        paypal.client().execute(request)
    assert code in caught.value.message
    assert caught.value.status_code == (500 if code == "INTERNAL_SERVER_ERROR" else 422)
