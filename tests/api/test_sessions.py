"""Checkout sessions and payment links."""

from typing import Any

from tests.api.conftest import Api, code

BASKET: dict[str, Any] = {
    "amount": None,
    "line_items": [
        {"name": "Beans", "quantity": 2, "unit_amount": 1000},
        {"name": "Cup", "unit_amount": 500},
    ],
    "discounts": [{"name": "Welcome", "percent_bps": 1000}],
    "shipping_options": [{"id": "post", "label": "Post", "amount": 490}],
    "tax_rates": [{"name": "VAT", "rate_bps": 1900, "inclusive": True}],
    "reference": "order-17",
    "customer_email": "ada@example.org",
    "success_url": "https://shop.example/thanks?order=17",
}


def test_every_total_is_ours(api: Api) -> None:
    told = api.session(**BASKET)
    order = told["order"]
    assert (order["subtotal"], order["discount"], order["shipping"], order["total"]) == (
        2500,
        250,
        490,
        2740,
    )
    assert order["tax"] == 437  # 2740 of which 19/119
    assert [line["amount"] for line in order["lines"]] == [2000, 500]
    assert (told["amount"], told["currency"], told["status"]) == (2740, "EUR", "open")
    assert (told["payment_status"], order["status"], told["reference"]) == (
        "pending",
        "pending",
        "order-17",
    )
    assert told["url"] == f"{api.till.config.base_url}/c/{told['id']}"
    assert api.get(f"/v1/checkout_sessions/{told['id']}").json == told
    payment = api.get(f"/v1/payments/{told['payment_id']}").json
    assert (payment["checkout_session_id"], payment["amount"]) == (told["id"], 2740)


def test_a_paid_session_is_complete(api: Api) -> None:
    session = api.till.session()
    api.till.confirm(session)
    told = api.get(f"/v1/checkout_sessions/{session.id}").json
    assert (told["status"], told["payment_status"], told["order"]["status"]) == (
        "complete",
        "captured",
        "paid",
    )
    assert code(api.post(f"/v1/checkout_sessions/{session.id}/expire")) == "409 session_not_open"


def test_a_session_is_closed_before_its_time(api: Api) -> None:
    told = api.session()
    path = f"/v1/checkout_sessions/{told['id']}"
    closed = api.post(f"{path}/expire")
    assert (closed.status_code, closed.json["status"], closed.json["order"]["status"]) == (
        200,
        "expired",
        "expired",
    )
    assert api.get(path).json == closed.json
    assert code(api.post(f"{path}/expire")) == "409 session_not_open"
    assert api.get(f"/v1/payments/{told['payment_id']}").json["status"] == "expired"


def test_an_unpaid_payment_is_canceled(api: Api) -> None:
    told = api.session()
    assert api.post(f"/v1/payments/{told['payment_id']}/cancel", {}).json["status"] == "canceled"
    assert api.get(f"/v1/checkout_sessions/{told['id']}").json["status"] == "canceled"


def test_a_link_is_made_and_switched_off(api: Api) -> None:
    body = {
        "title": "Tea",
        "currency": "eur",
        "min_amount": 500,
        "max_amount": 5000,
        "starts_at": "2026-12-01T00:00:00+01:00",
    }
    made = api.post("/v1/payment_links", body)
    assert made.status_code == 201
    link = made.json
    assert (link["active"], link["min_amount"], link["amount"], link["currency"]) == (
        True,
        500,
        None,
        "EUR",
    )
    assert link["starts_at"] == "2026-11-30T23:00:00Z"
    path = f"/v1/payment_links/{link['id']}"
    off = api.call("PATCH", path, json={"active": False, "inactive_message": "Gone."})
    assert off.json == {**link, "active": False, "inactive_message": "Gone."}
    assert api.get(path).json == off.json
    assert api.call("PATCH", path, json={}).json == off.json
    assert api.call("PATCH", path, json={"active": True, "inactive_message": None}).json == link
    assert [found["id"] for found in api.get("/v1/payment_links").json["data"]] == [link["id"]]


def test_a_visit_to_a_link_shows_in_the_payment(api: Api) -> None:
    link = api.post("/v1/payment_links", {"title": "Tea", "currency": "EUR", "amount": 900}).json
    where = api.client().get(f"/l/{link['id']}").headers["Location"]
    told = api.get(f"/v1/checkout_sessions/{where.rpartition('/')[2]}").json
    assert (told["payment_link_id"], told["amount"]) == (link["id"], 900)
    assert api.get(f"/v1/payments/{told['payment_id']}").json["payment_link_id"] == link["id"]
