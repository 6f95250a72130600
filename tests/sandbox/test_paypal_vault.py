"""Saving a PayPal wallet and paying with it later, with no buyer there."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox import clock
from tests.sandbox.paypal_client import (
    ABSENT,
    ALL,
    CONTRACTS,
    ORDERS_SPEC,
    VAULT_SPEC,
    PayPalWorld,
    conforms,
    issue,
    order_body,
    paypal_world,
)

ORDERS = "/v2/checkout/orders"
SETUPS = "/v3/vault/setup-tokens"
TOKENS = "/v3/vault/payment-tokens"
CONTEXT = {"return_url": "https://shop.example/back", "cancel_url": "https://shop.example/no"}
needs_contracts = pytest.mark.skipif(not CONTRACTS.exists(), reason=ABSENT)
_count = iter(range(10_000))


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


@pytest.fixture(autouse=True)
def present_time() -> Iterator[None]:
    yield
    clock.set_offset(0)


def post(paypal: PayPalWorld, path: str, body: Any, request_id: str = "") -> requests.Response:
    request_id = request_id or f"request-{next(_count)}"
    return paypal.call("POST", path, body, PayPal_Request_Id=request_id, Prefer=ALL)


def saving_order(customer: str = "", intent: str = "CAPTURE") -> dict[str, Any]:
    vault = {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT", "customer_type": "CONSUMER"}
    attributes: dict[str, Any] = {"vault": vault}
    if customer:
        attributes["customer"] = {"id": customer}
    body = order_body(wallet=True, intent=intent)
    body["payment_source"]["paypal"]["attributes"] = attributes
    return body


def saved_by_paying(paypal: PayPalWorld, funding: str = "balance") -> dict[str, Any]:
    """Pay an order that saves the wallet; give back what the order tells of the vault."""
    order_id = post(paypal, ORDERS, saving_order()).json()["id"]
    paypal.approve(order_id, funding)
    answer = post(paypal, f"{ORDERS}/{order_id}/capture", {})
    assert answer.status_code == 201, answer.text
    vault: dict[str, Any] = answer.json()["payment_source"]["paypal"]["attributes"]["vault"]
    return vault


def paying_with(token_id: str, intent: str = "CAPTURE") -> dict[str, Any]:
    body = {k: v for k, v in order_body(intent=intent).items() if k != "application_context"}
    credential = {"payment_initiator": "MERCHANT", "usage": "SUBSEQUENT"}
    wallet = {"vault_id": token_id, "stored_credential": credential}
    return {**body, "payment_source": {"paypal": wallet}}


def agree(paypal: PayPalWorld, setup_id: str, **form: str) -> requests.Response:
    page = f"{paypal.url}/paypal/agreements/approve?approval_session_id={setup_id}"
    chosen = {"decision": "save", "funding": "balance", **form}
    return paypal.http.post(page, data=chosen, allow_redirects=False)


def new_setup(paypal: PayPalWorld, **more: Any) -> dict[str, Any]:
    wallet = {"usage_type": "MERCHANT", "description": "Coffee", "experience_context": CONTEXT}
    body = {"payment_source": {"paypal": wallet}, **more}
    answer = post(paypal, SETUPS, body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def kept(paypal: PayPalWorld, **more: Any) -> dict[str, Any]:
    """Set up, agree, exchange: give back the payment token."""
    setup = new_setup(paypal, **more)
    agree(paypal, setup["id"])
    source = {"token": {"id": setup["id"], "type": "SETUP_TOKEN"}}
    answer = post(paypal, TOKENS, {"payment_source": source})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_wallet_is_saved_while_paying_and_pays_again_alone(paypal: PayPalWorld) -> None:
    vault = saved_by_paying(paypal)
    assert vault["status"] == "VAULTED"
    assert [row["rel"] for row in vault["links"]] == ["self", "delete", "up"]
    answer = post(paypal, ORDERS, paying_with(vault["id"]))
    body = answer.json()
    assert (answer.status_code, body["status"]) == (201, "COMPLETED")
    [capture] = body["purchase_units"][0]["payments"]["captures"]
    assert capture["status"] == "COMPLETED"
    told = body["payment_source"]["paypal"]["attributes"]["vault"]
    assert (told["id"], told["customer"]) == (vault["id"], vault["customer"])


def test_a_saved_wallet_can_be_authorized(paypal: PayPalWorld) -> None:
    answer = post(paypal, ORDERS, paying_with(saved_by_paying(paypal)["id"], "AUTHORIZE"))
    [held] = answer.json()["purchase_units"][0]["payments"]["authorizations"]
    assert (answer.json()["status"], held["status"]) == ("COMPLETED", "CREATED")


def test_paying_alone_twice_with_one_request_id_is_paying_once(paypal: PayPalWorld) -> None:
    body = paying_with(saved_by_paying(paypal)["id"])
    first = post(paypal, ORDERS, body, "alone-1")
    again = post(paypal, ORDERS, body, "alone-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    answer = paypal.call("POST", ORDERS, body)
    assert (answer.status_code, issue(answer)) == (400, "PAYPAL_REQUEST_ID_REQUIRED")


def test_a_decline_of_a_saved_wallet_makes_no_order(paypal: PayPalWorld) -> None:
    vault = saved_by_paying(paypal, "fades")
    before = len(paypal.world.store.list("paypal_order"))
    answer = post(paypal, ORDERS, paying_with(vault["id"]))
    assert (answer.status_code, issue(answer)) == (422, "INSTRUMENT_DECLINED")
    assert len(paypal.world.store.list("paypal_order")) == before


def test_what_is_not_there_to_pay_with_is_refused(paypal: PayPalWorld) -> None:
    vault = saved_by_paying(paypal)
    unknown = post(paypal, ORDERS, paying_with("0nowhere0"))
    assert (unknown.status_code, issue(unknown)) == (422, "TOKEN_ID_NOT_FOUND")
    as_card = {**paying_with(vault["id"]), "payment_source": {"card": {"vault_id": vault["id"]}}}
    mixed = post(paypal, ORDERS, as_card)
    assert (mixed.status_code, issue(mixed)) == (422, "MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE")
    levers = f"{paypal.url}/paypal/sandbox/payment-tokens/{vault['id']}/withdraw"
    assert paypal.http.post(levers).status_code == 204
    ended = post(paypal, ORDERS, paying_with(vault["id"]))
    assert (ended.status_code, issue(ended)) == (422, "AGREEMENT_ALREADY_CANCELLED")


def test_an_agreement_is_named_by_token_too(paypal: PayPalWorld) -> None:
    vault = saved_by_paying(paypal)
    body = paying_with(vault["id"])
    body["payment_source"] = {"token": {"id": vault["id"], "type": "BILLING_AGREEMENT"}}
    assert post(paypal, ORDERS, body).json()["status"] == "COMPLETED"
    body["payment_source"]["token"]["id"] = "B-0000"
    assert issue(post(paypal, ORDERS, body)) == "BILLING_AGREEMENT_NOT_FOUND"


def test_a_pending_payment_saves_when_it_completes(paypal: PayPalWorld) -> None:
    order_id = post(paypal, ORDERS, saving_order("ada7marlowe")).json()["id"]
    paypal.approve(order_id, "review")
    body = post(paypal, f"{ORDERS}/{order_id}/capture", {}).json()
    vault = body["payment_source"]["paypal"]["attributes"]["vault"]
    assert (vault["status"], "id" in vault) == ("APPROVED", False)
    capture_id = body["purchase_units"][0]["payments"]["captures"][0]["id"]
    paypal.http.post(f"{paypal.url}/paypal/sandbox/captures/{capture_id}/review", json={})
    order = paypal.call("GET", f"{ORDERS}/{order_id}").json()
    vault = order["payment_source"]["paypal"]["attributes"]["vault"]
    assert (vault["status"], vault["customer"]["id"]) == ("VAULTED", "ada7marlowe")
    listed = paypal.call("GET", f"{TOKENS}?customer_id=ada7marlowe").json()
    assert [token["id"] for token in listed["payment_tokens"]] == [vault["id"]]


def test_a_refused_payment_saves_nothing(paypal: PayPalWorld) -> None:
    order_id = post(paypal, ORDERS, saving_order("nothing-here")).json()["id"]
    paypal.approve(order_id, "refused")
    body = post(paypal, f"{ORDERS}/{order_id}/capture", {}).json()
    assert "attributes" not in body["payment_source"]["paypal"]
    listed = paypal.call("GET", f"{TOKENS}?customer_id=nothing-here&total_required=true").json()
    assert listed["payment_tokens"] == []


def test_a_wallet_is_set_up_without_paying(paypal: PayPalWorld) -> None:
    setup = new_setup(paypal, customer={"id": "cus-0001"})
    assert (setup["status"], setup["customer"]["id"]) == ("PAYER_ACTION_REQUIRED", "cus-0001")
    source = {"token": {"id": setup["id"], "type": "SETUP_TOKEN"}}
    too_early = post(paypal, TOKENS, {"payment_source": source})
    assert (too_early.status_code, too_early.json()["name"]) == (422, "UNPROCESSABLE_ENTITY")
    [approve] = [row["href"] for row in setup["links"] if row["rel"] == "approve"]
    assert "Save PayPal with" in paypal.http.get(approve).text
    sent = agree(paypal, setup["id"])
    expected = f"{CONTEXT['return_url']}?approval_token_id={setup['id']}"
    assert (sent.status_code, sent.headers["Location"]) == (303, expected)
    made = post(paypal, TOKENS, {"payment_source": source})
    assert (made.status_code, made.json()["customer"]["id"]) == (201, "cus-0001")
    assert post(paypal, TOKENS, {"payment_source": source}).status_code == 422
    assert post(paypal, ORDERS, paying_with(made.json()["id"])).json()["status"] == "COMPLETED"


def test_a_buyer_may_refuse_and_a_setup_token_ends(paypal: PayPalWorld) -> None:
    setup = new_setup(paypal)
    sent = agree(paypal, setup["id"], decision="cancel")
    assert sent.headers["Location"].startswith(CONTEXT["cancel_url"])
    assert paypal.call("GET", f"{SETUPS}/{setup['id']}").json()["status"] == setup["status"]
    clock.set_offset(3 * 86400 + 1)
    assert paypal.call("GET", f"{SETUPS}/{setup['id']}").status_code == 404


def test_the_vault_insists_on_a_request_id_for_three_hours(paypal: PayPalWorld) -> None:
    body = {"payment_source": {"paypal": {"experience_context": CONTEXT}}}
    answer = paypal.call("POST", SETUPS, body)
    assert (answer.status_code, issue(answer)) == (400, "MISSING_REQUIRED_PARAMETER")
    first, again = (post(paypal, SETUPS, body, "three-hours") for _ in range(2))
    assert (first.json(), again.status_code) == (again.json(), 200)
    clock.set_offset(3 * 3600 + 1)
    later = post(paypal, SETUPS, body, "three-hours")
    assert (later.status_code, later.json()["id"] == first.json()["id"]) == (201, False)


def test_tokens_are_listed_in_pages_and_deleted(paypal: PayPalWorld) -> None:
    made = [kept(paypal, customer={"id": "many-0001"})["id"] for _ in range(3)]
    path = f"{TOKENS}?customer_id=many-0001&page_size=2&total_required=true"
    page = paypal.call("GET", path).json()
    assert (page["total_items"], page["total_pages"]) == (3, 2)
    assert [token["id"] for token in page["payment_tokens"]] == made[:0:-1]
    assert [row["rel"] for row in page["links"]] == ["self", "next"]
    assert paypal.call("DELETE", f"{TOKENS}/{made[0]}").status_code == 204
    assert paypal.call("GET", f"{TOKENS}/{made[0]}").status_code == 404
    assert "total_pages" not in paypal.call("GET", f"{TOKENS}?customer_id=many-0001").json()


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (SETUPS, {}, (400, "MISSING_REQUIRED_PARAMETER")),
        (SETUPS, {"payment_source": {}}, (400, "MISSING_REQUIRED_PARAMETER")),
        (SETUPS, {"payment_source": {"paypal": {}}}, (400, "MISSING_REQUIRED_PARAMETER")),
        (SETUPS, {"payment_source": {"venmo": {}}}, (400, "NOT_SUPPORTED")),
        (SETUPS, {"source": {}}, (400, "MISSING_REQUIRED_PARAMETER")),
        (SETUPS, [], (400, "MALFORMED_REQUEST_JSON")),
        (
            TOKENS,
            {"payment_source": {"token": {"id": "x", "type": "NONCE"}}},
            (400, "INVALID_PARAMETER_VALUE"),
        ),
        (
            TOKENS,
            {"payment_source": {"token": {"id": "x", "type": "SETUP_TOKEN"}}},
            (404, "INVALID_RESOURCE_ID"),
        ),
    ],
)
def test_a_bad_vault_request_is_refused(
    paypal: PayPalWorld, path: str, body: Any, expected: tuple[int, str]
) -> None:
    answer = post(paypal, path, body)
    assert (answer.status_code, issue(answer)) == expected


def test_saving_and_forgetting_are_told(paypal: PayPalWorld) -> None:
    paypal.delivered()
    paypal.box.came.clear()
    token = kept(paypal)
    paypal.call("DELETE", f"{TOKENS}/{token['id']}")
    assert paypal.delivered() == [
        "VAULT.PAYMENT-TOKEN.CREATED",
        "VAULT.PAYMENT-TOKEN.DELETION-INITIATED",
        "VAULT.PAYMENT-TOKEN.DELETED",
    ]


@needs_contracts
def test_vault_answers_keep_the_contract(paypal: PayPalWorld) -> None:
    setup = new_setup(paypal)
    conforms(VAULT_SPEC, "post", SETUPS, 201, setup)
    agree(paypal, setup["id"])
    shown = paypal.call("GET", f"{SETUPS}/{setup['id']}").json()
    conforms(VAULT_SPEC, "get", f"{SETUPS}/{{id}}", 200, shown)
    token = kept(paypal, customer={"id": "contract-1"})
    conforms(VAULT_SPEC, "post", TOKENS, 201, token)
    shown = paypal.call("GET", f"{TOKENS}/{token['id']}").json()
    conforms(VAULT_SPEC, "get", f"{TOKENS}/{{id}}", 200, shown)
    path = f"{TOKENS}?customer_id=contract-1&total_required=true"
    conforms(VAULT_SPEC, "get", TOKENS, 200, paypal.call("GET", path).json())
    refused = post(paypal, SETUPS, {})
    conforms(VAULT_SPEC, "post", SETUPS, 400, refused.json())
    paid = post(paypal, ORDERS, paying_with(token["id"]))
    conforms(ORDERS_SPEC, "post", ORDERS, 201, paid.json())
