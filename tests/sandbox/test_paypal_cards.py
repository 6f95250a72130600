"""Cards at PayPal: declines inside a completed order, 3-D Secure, saving, stored credentials."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox import clock
from sandbox.paypal_cards import NAME_TRIGGERS
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
VISA = "4012888888881881"
BACK = {"return_url": "https://shop.example/back", "cancel_url": "https://shop.example/no"}
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


def post(paypal: PayPalWorld, path: str, body: Any) -> requests.Response:
    request_id = f"request-{next(_count)}"
    return paypal.call("POST", path, body, PayPal_Request_Id=request_id, Prefer=ALL)


def card_order(
    number: str = VISA, *, intent: str = "CAPTURE", method: str = "", **card: Any
) -> dict[str, Any]:
    body = order_body(intent=intent)
    given = {"number": number, "expiry": "2034-12", "name": "Ada Marlowe", **card}
    if method:
        given.setdefault("attributes", {})["verification"] = {"method": method}
    return {**body, "payment_source": {"card": {"experience_context": BACK, **given}}}


def page_of(answer: requests.Response) -> str:
    """The address of the page where the bank asks."""
    [page] = [row["href"] for row in answer.json()["links"] if row["rel"] == "payer-action"]
    return str(page)


def payments(answer: requests.Response, kind: str = "captures") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer.json()["purchase_units"][0]["payments"][kind]
    return found


def test_a_card_is_charged_in_one_request(paypal: PayPalWorld) -> None:
    answer = post(paypal, ORDERS, card_order(security_code="123"))
    assert (answer.status_code, answer.json()["status"]) == (201, "COMPLETED")
    [capture] = payments(answer)
    assert (capture["status"], capture["processor_response"]["response_code"]) == (
        "COMPLETED",
        "0000",
    )
    assert answer.json()["payment_source"]["card"]["last_digits"] == "1881"


@pytest.mark.parametrize("name", sorted(NAME_TRIGGERS))
def test_a_refused_card_still_completes_the_order(paypal: PayPalWorld, name: str) -> None:
    answer = post(paypal, ORDERS, card_order(name=name))
    [capture] = payments(answer)
    assert (answer.json()["status"], capture["status"]) == ("COMPLETED", "DECLINED")
    assert capture["processor_response"]["response_code"] == NAME_TRIGGERS[name]
    held = post(paypal, ORDERS, card_order(name=name, intent="AUTHORIZE"))
    assert payments(held, "authorizations")[0]["status"] == "DENIED"


@pytest.mark.parametrize(
    ("number", "asks", "result"),
    [
        (VISA, True, ("POSSIBLE", "Y")),
        ("4868719196829038", False, ("POSSIBLE", "Y")),
        ("4868719158130060", False, ("NO", "N")),
        ("4868719581920723", False, ("POSSIBLE", "A")),
        ("4868719166101368", True, ("POSSIBLE", "Y")),
        ("4868719181895556", True, ("NO", "N")),
    ],
    ids=["any", "frictionless", "frictionless_failed", "attempted", "step_up", "step_up_failed"],
)
def test_the_bank_is_asked_before_the_money_is_taken(
    paypal: PayPalWorld, number: str, asks: bool, result: tuple[str, str]
) -> None:
    answer = post(paypal, ORDERS, card_order(number, method="SCA_ALWAYS"))
    assert answer.json()["status"] == "PAYER_ACTION_REQUIRED"
    path = f"{ORDERS}/{answer.json()['id']}"
    too_early = post(paypal, f"{path}/capture", {})
    assert (too_early.status_code, issue(too_early)) == (422, "ORDER_NOT_APPROVED")
    page = page_of(answer)
    sent = paypal.http.get(page, allow_redirects=False)
    if asks:
        assert "your bank asks" in sent.text
        sent = paypal.http.post(page, data={"decision": "ok"}, allow_redirects=False)
    assert sent.headers["Location"].startswith(BACK["return_url"])
    order = paypal.call("GET", path).json()
    told = order["payment_source"]["card"]["authentication_result"]
    assert order["status"] == "APPROVED"
    assert (
        told["liability_shift"],
        told["three_d_secure"]["authentication_status"],
    ) == result
    assert payments(post(paypal, f"{path}/capture", {}))[0]["status"] == "COMPLETED"


def test_who_fails_at_the_bank_shifts_nothing_and_who_leaves_may_return(
    paypal: PayPalWorld,
) -> None:
    answer = post(paypal, ORDERS, card_order(method="SCA_ALWAYS"))
    page = page_of(answer)
    left = paypal.http.post(page, data={"decision": "leave"}, allow_redirects=False)
    assert left.headers["Location"].startswith(BACK["cancel_url"])
    paypal.http.post(page, data={"decision": "fail"}, allow_redirects=False)
    order = paypal.call("GET", f"{ORDERS}/{answer.json()['id']}").json()
    assert order["payment_source"]["card"]["authentication_result"]["liability_shift"] == "NO"
    assert paypal.http.get(page).status_code == 404


def test_without_a_need_the_bank_is_not_asked(paypal: PayPalWorld) -> None:
    plain = post(paypal, ORDERS, card_order(method="SCA_WHEN_REQUIRED"))
    assert plain.json()["status"] == "COMPLETED"
    needs = post(paypal, ORDERS, card_order("4868719166101368"))
    assert needs.json()["status"] == "PAYER_ACTION_REQUIRED"


def test_a_card_is_saved_and_charged_by_the_merchant(paypal: PayPalWorld) -> None:
    attributes = {"vault": {"store_in_vault": "ON_SUCCESS"}, "customer": {"id": "card-0001"}}
    first = post(paypal, ORDERS, card_order(attributes=attributes))
    vault = first.json()["payment_source"]["card"]["attributes"]["vault"]
    assert (vault["status"], vault["customer"]) == ("VAULTED", {"id": "card-0001"})
    stored = {
        "payment_initiator": "MERCHANT",
        "payment_type": "UNSCHEDULED",
        "usage": "SUBSEQUENT",
    }
    card = {"vault_id": vault["id"], "stored_credential": stored}
    body = {**order_body(), "payment_source": {"card": card}}
    assert payments(post(paypal, ORDERS, body))[0]["status"] == "COMPLETED"
    clock.set_offset(20 * 366 * 86400)
    late = post(paypal, ORDERS, body)
    assert (late.status_code, issue(late)) == (422, "CARD_EXPIRED")


def test_a_card_that_declines_later_is_saved_by_the_vault(paypal: PayPalWorld) -> None:
    card = {"number": VISA, "expiry": "2034-12", "name": "CCREJECT-IF"}
    token = post(paypal, "/v3/vault/payment-tokens", {"payment_source": {"card": card}}).json()
    body = {**order_body(), "payment_source": {"card": {"vault_id": token["id"]}}}
    [capture] = payments(post(paypal, ORDERS, body))
    assert (capture["status"], capture["processor_response"]["response_code"]) == (
        "DECLINED",
        "5120",
    )


def test_a_card_is_set_up_after_its_bank_has_agreed(paypal: PayPalWorld) -> None:
    card = {"number": VISA, "expiry": "2034-12", "experience_context": BACK}
    asked = {**card, "verification_method": "SCA_ALWAYS"}
    plain = post(paypal, "/v3/vault/setup-tokens", {"payment_source": {"card": card}}).json()
    assert plain["status"] == "APPROVED"
    setup = post(paypal, "/v3/vault/setup-tokens", {"payment_source": {"card": asked}}).json()
    assert setup["status"] == "PAYER_ACTION_REQUIRED"
    [page] = [row["href"] for row in setup["links"] if row["rel"] == "approve"]
    assert "Save this card" in paypal.http.get(page).text
    paypal.http.post(page, data={"decision": "ok"}, allow_redirects=False)
    shown = paypal.call("GET", f"/v3/vault/setup-tokens/{setup['id']}").json()
    assert shown["status"] == "APPROVED"


def test_the_fields_bring_the_card_to_an_order_that_has_none(paypal: PayPalWorld) -> None:
    body = {
        **order_body(),
        "payment_source": {"card": {"attributes": {"verification": {"method": "SCA_ALWAYS"}}}},
    }
    made = post(paypal, ORDERS, body)
    assert made.json()["status"] == "CREATED"
    path = f"{ORDERS}/{made.json()['id']}"
    card = {"number": VISA, "expiry": "2034-12", "security_code": "123"}
    confirmed = post(paypal, f"{path}/confirm-payment-source", {"payment_source": {"card": card}})
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "PAYER_ACTION_REQUIRED")
    paypal.http.post(page_of(confirmed), data={"decision": "ok"}, allow_redirects=False)
    assert payments(post(paypal, f"{path}/capture", {}))[0]["status"] == "COMPLETED"
    again = post(paypal, f"{path}/confirm-payment-source", {"payment_source": {"card": card}})
    assert (again.status_code, issue(again)) == (422, "ORDER_CANNOT_BE_CONFIRMED")


def test_capture_may_bring_the_card(paypal: PayPalWorld) -> None:
    made = paypal.order()
    card = {"number": VISA, "expiry": "2034-12"}
    path = f"{ORDERS}/{made['id']}/capture"
    answer = post(paypal, path, {"payment_source": {"card": card}})
    assert payments(answer)[0]["status"] == "COMPLETED"


MERCHANT = {"payment_initiator": "MERCHANT", "payment_type": "UNSCHEDULED"}


@pytest.mark.parametrize(
    ("number", "card", "expected"),
    [
        ("4012888888881882", {}, (400, "INVALID_PARAMETER_VALUE")),
        ("4539578763621486", {}, (422, "PAYMENT_SOURCE_CANNOT_BE_USED")),
        (VISA, {"expiry": "2020-01"}, (422, "CARD_EXPIRED")),
        (VISA, {"expiry": "12/34"}, (400, "INVALID_STRING_LENGTH")),
        (VISA, {"security_code": "1234"}, (422, "INVALID_SECURITY_CODE_LENGTH")),
        (VISA, {"attributes": {"vault": {}}}, (422, "VAULT_INSTRUCTION_REQUIRED")),
        (
            VISA,
            {"stored_credential": {**MERCHANT, "payment_type": "ONE_TIME"}},
            (422, "INCOMPATIBLE_PARAMETER_VALUE"),
        ),
        (
            VISA,
            {"stored_credential": {**MERCHANT, "usage": "FIRST"}},
            (422, "INCOMPATIBLE_PARAMETER_VALUE"),
        ),
        (
            VISA,
            {"stored_credential": MERCHANT, "security_code": "123"},
            (422, "MERCHANT_INITIATED_WITH_SECURITY_CODE"),
        ),
        (VISA, {"network_token": {}}, (400, "NOT_SUPPORTED")),
    ],
)
def test_a_bad_card_is_refused_and_its_number_is_not_repeated(
    paypal: PayPalWorld, number: str, card: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = post(paypal, ORDERS, card_order(number, **card))
    assert (answer.status_code, issue(answer)) == expected
    assert number not in answer.text


def test_no_number_is_kept(paypal: PayPalWorld) -> None:
    post(paypal, ORDERS, card_order(VISA, security_code="987"))
    for kind in ("paypal_order", "paypal_capture", "paypal_payment_token", "paypal_event"):
        kept = str(paypal.world.store.list(kind))
        assert VISA not in kept
        assert "security_code" not in kept


@needs_contracts
def test_card_answers_keep_the_contract(paypal: PayPalWorld) -> None:
    attributes = {"vault": {"store_in_vault": "ON_SUCCESS"}}
    for body in (
        card_order(attributes=attributes),
        card_order(name="CCREJECT-EC"),
        card_order(method="SCA_ALWAYS"),
    ):
        answer = post(paypal, ORDERS, body)
        conforms(ORDERS_SPEC, "post", ORDERS, 201, answer.json())
    paypal.http.post(page_of(answer), data={"decision": "ok"}, allow_redirects=False)
    shown = paypal.call("GET", f"{ORDERS}/{answer.json()['id']}").json()
    conforms(ORDERS_SPEC, "get", f"{ORDERS}/{{id}}", 200, shown)
    card = {"number": VISA, "expiry": "2034-12", "name": "Ada Marlowe"}
    token = post(paypal, "/v3/vault/payment-tokens", {"payment_source": {"card": card}})
    conforms(VAULT_SPEC, "post", "/v3/vault/payment-tokens", 201, token.json())
