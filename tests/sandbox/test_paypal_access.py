import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from paypalcheckoutsdk.orders import OrdersGetRequest
from paypalhttp import HttpError

from sandbox import clock, paypal_hooks
from tests.sandbox.paypal_client import (
    ALL,
    CLIENT_ID,
    PayPalWorld,
    issue,
    order_body,
    paypal_world,
)

ORDERS = "/v2/checkout/orders"
TOKEN = "/v1/oauth2/token"


@pytest.fixture(scope="module")
def paypal() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as world:
        yield world


@pytest.fixture(autouse=True)
def present_time() -> Iterator[None]:
    yield
    clock.set_offset(0)


def test_a_token_lives_nine_hours(paypal: PayPalWorld) -> None:
    token = paypal.token()
    bearer = f"Bearer {token}"
    order_id = paypal.order()["id"]
    paypal.approve(order_id)
    path = f"{ORDERS}/{order_id}"
    assert paypal.call("GET", path, Authorization=bearer).status_code == 200
    clock.set_offset(9 * 3600 + 1)
    answer = paypal.call("GET", path, Authorization=bearer)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert paypal.call("GET", path).status_code == 200


def test_a_revoked_token_is_refused_and_a_new_one_works(paypal: PayPalWorld) -> None:
    order_id = paypal.order()["id"]
    client = paypal.client()
    client.execute(OrdersGetRequest(order_id))
    assert paypal.http.post(f"{paypal.url}/paypal/sandbox/tokens/revoke").status_code == 204
    with pytest.raises(HttpError) as caught:
        client.execute(OrdersGetRequest(order_id))
    assert caught.value.status_code == 401
    assert paypal.client().execute(OrdersGetRequest(order_id)).status_code == 200


@pytest.mark.parametrize(
    ("auth", "form", "status", "error"),
    [
        (("wrong", "pair"), {"grant_type": "client_credentials"}, 401, "invalid_client"),
        (None, {"grant_type": "client_credentials"}, 401, "invalid_client"),
        ((CLIENT_ID, "secret-under-test"), {}, 400, "invalid_request"),
        ((CLIENT_ID, "secret-under-test"), {"grant_type": "x"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_request_for_a_token_is_refused_in_oauths_words(
    paypal: PayPalWorld, auth: Any, form: dict[str, str], status: int, error: str
) -> None:
    answer = paypal.http.post(f"{paypal.url}/paypal{TOKEN}", auth=auth, data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "error_description" in answer.json()


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer A21AA.", "Bearer A21AAx.ü"])
def test_without_a_good_token_nothing_is_shown(paypal: PayPalWorld, header: str) -> None:
    answer = paypal.call("GET", f"{ORDERS}/X", Authorization=header.encode())
    assert answer.status_code == 401
    assert answer.headers["Paypal-Debug-Id"]


def test_what_does_not_exist_is_said_in_paypals_words(paypal: PayPalWorld) -> None:
    answer = paypal.call("GET", "/v2/payments/refunds/NOPE")
    assert (answer.status_code, issue(answer)) == (404, "INVALID_RESOURCE_ID")
    for method, path in [("DELETE", f"{ORDERS}/X"), ("GET", "/v1/billing/plans")]:
        assert paypal.call(method, path).json()["name"] == "RESOURCE_NOT_FOUND"


def test_a_repeated_request_id_makes_nothing_new_and_shows_the_latest_state(
    paypal: PayPalWorld,
) -> None:
    first = paypal.call("POST", ORDERS, order_body(), PayPal_Request_Id="once-1")
    order_id = first.json()["id"]
    paypal.approve(order_id)
    again = paypal.call("POST", ORDERS, order_body("99.00"), PayPal_Request_Id="once-1")
    assert (first.status_code, first.json()["status"]) == (201, "CREATED")
    assert (again.status_code, again.json()["status"]) == (200, "APPROVED")
    assert again.json()["id"] == order_id

    path = f"{ORDERS}/{order_id}/capture"
    captured = paypal.call("POST", path, PayPal_Request_Id="once-2", Prefer=ALL)
    replayed = paypal.call("POST", path, PayPal_Request_Id="once-2", Prefer=ALL)
    assert (captured.status_code, replayed.status_code) == (201, 200)
    assert replayed.json()["purchase_units"] == captured.json()["purchase_units"]


def test_a_repeated_refund_is_one_refund(paypal: PayPalWorld) -> None:
    path = f"/v2/payments/captures/{paypal.paid('25.00')['id']}/refund"
    body = {"amount": {"currency_code": "EUR", "value": "10.00"}}
    answers = [paypal.call("POST", path, body, PayPal_Request_Id="ref-1") for _ in range(3)]
    assert [a.status_code for a in answers] == [201, 200, 200]
    assert len({a.json()["id"] for a in answers}) == 1
    clock.set_offset(46 * 86_400)
    later = paypal.call("POST", path, body, PayPal_Request_Id="ref-1")
    assert (later.status_code, later.json()["id"] == answers[0].json()["id"]) == (201, False)


def test_an_orders_request_id_is_forgotten_after_six_hours(paypal: PayPalWorld) -> None:
    first = paypal.call("POST", ORDERS, order_body(), PayPal_Request_Id="six")
    clock.set_offset(6 * 3600 + 1)
    later = paypal.call("POST", ORDERS, order_body(), PayPal_Request_Id="six")
    assert (later.status_code, later.json()["id"] == first.json()["id"]) == (201, False)


def test_a_request_beside_its_own_twin_is_in_progress(
    paypal: PayPalWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, go_on = threading.Event(), threading.Event()
    answers: list[int] = []
    emit = paypal_hooks.emit
    path = f"/v2/payments/captures/{paypal.paid()['id']}/refund"
    token = f"Bearer {paypal.token()}"

    def slow(*args: Any) -> None:
        entered.set()
        go_on.wait(60)
        emit(*args)

    def call() -> Any:
        return paypal.call("POST", path, PayPal_Request_Id="twin", Authorization=token)

    monkeypatch.setattr("sandbox.paypal_documents.emit", slow)
    thread = threading.Thread(target=lambda: answers.append(call().status_code))
    thread.start()
    assert entered.wait(60)
    twin = call()
    go_on.set()
    thread.join()
    assert (twin.status_code, issue(twin)) == (409, "PREVIOUS_REQUEST_IN_PROGRESS")
    assert answers == [201]
    assert call().status_code == 200


def test_twenty_refunds_at_once_give_back_no_more_than_came(paypal: PayPalWorld) -> None:
    path = f"/v2/payments/captures/{paypal.paid('25.00')['id']}/refund"
    body = {"amount": {"currency_code": "EUR", "value": "10.00"}}
    token = f"Bearer {paypal.token()}"
    codes: list[int] = []

    def refund() -> None:
        codes.append(paypal.call("POST", path, body, Authorization=token).status_code)

    threads = [threading.Thread(target=refund) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201] * 2 + [422] * 18


def test_the_books_survive_a_restart(tmp_path: Path) -> None:
    path = str(tmp_path / "sandbox.db")
    with paypal_world(path) as before:
        capture = before.paid()
        token = f"Bearer {before.token()}"
    with paypal_world(path) as after:
        read = after.call("GET", f"/v2/payments/captures/{capture['id']}", Authorization=token)
        assert (read.status_code, read.json()["id"]) == (200, capture["id"])
