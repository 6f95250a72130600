"""The way to PayPal: one token, one pool, the same request again, and no secret in any log."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, Response, request
from paypalcheckoutsdk.orders import OrdersGetRequest
from werkzeug.serving import make_server

from app import config
from app.providers import paypal_client
from app.providers.base import Refused, Unanswered
from app.providers.paypal_client import PayPalClient, Refusal
from tests.app.providers.paypal_driver import PayPalDriver

SECRET = "a-secret-nobody-may-read"
TOKEN = "POST /paypal/v1/oauth2/token"


class Fake:
    """A PayPal that says what it is told to, request by request."""

    def __init__(self) -> None:
        self.url = ""
        self.reset()
        self.app = Flask("paypal")
        self.app.add_url_rule("/v1/oauth2/token", view_func=self.token, methods=["POST"])
        rule = "/<path:path>"
        self.app.add_url_rule(rule, view_func=self.answer, methods=["GET", "POST", "PATCH"])

    def reset(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.seen: list[dict[str, Any]] = []
        self.tokens = 0
        self.lives_s: Any = 32400

    def token(self) -> dict[str, Any]:
        self.tokens += 1
        return {"access_token": f"token-{self.tokens}", "expires_in": self.lives_s}

    def answer(self, path: str) -> Response:
        self.seen.append({"path": path, "body": request.get_data(), **dict(request.headers)})
        status, body = self.answers.pop(0) if self.answers else (200, b'{"id": "1"}')
        headers = {"Paypal-Debug-Id": "debug-1", "Location": "http://127.0.0.1:1/"}
        return Response(body, status, headers, content_type="application/json")

    def ids(self) -> list[str]:
        return [seen["Paypal-Request-Id"] for seen in self.seen]


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Fake]:
    made = Fake()
    with serving(made.app) as made.url:
        yield made


@pytest.fixture
def fake(server: Fake) -> Fake:
    server.reset()
    return server


@pytest.fixture
def client(fake: Fake) -> PayPalClient:
    return new_client(fake.url)


def new_client(url: str, **changes: str) -> PayPalClient:
    named = {
        "SECRET_KEY": "x" * 32,
        "PAYPAL_CLIENT_ID": "client",
        "PAYPAL_CLIENT_SECRET": SECRET,
        "PAYPAL_API_URL": url,
        "PROVIDER_TIMEOUT_S": "2",
        **changes,
    }
    return PayPalClient(config.load(named))


def test_a_busy_provider_gets_the_same_request_again(client: PayPalClient, fake: Fake) -> None:
    fake.answers = [(503, b"{}"), (429, b"{}")]
    answer = client.ask("create_order", body={"intent": "CAPTURE"}, request_id="att_1")
    assert (answer.status, answer.debug_id) == (200, "debug-1")
    assert fake.ids() == ["att_1"] * 3
    assert {seen["body"] for seen in fake.seen} == {b'{"intent":"CAPTURE"}'}
    assert fake.tokens == 1


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_three_tries_are_enough(client: PayPalClient, fake: Fake, status: int) -> None:
    fake.answers = [(status, b"{}")] * 9
    with pytest.raises(Unanswered, match="debug-1"):
        client.ask("show_order", "1")
    assert len(fake.seen) == 3


@pytest.mark.parametrize("status", [200, 201, 302, 304, 404, 422])
@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"a": NaN}', b"\xff", b"null", b"[" * 100_000]
)
def test_what_makes_no_sense_is_no_answer(
    client: PayPalClient, fake: Fake, status: int, body: bytes
) -> None:
    if status == 304:
        body = b""
    fake.answers = [(status, body)]
    with pytest.raises(Unanswered):
        client.ask("show_order", "1")
    assert len(fake.seen) == 1


def test_no_redirect_is_followed(client: PayPalClient, fake: Fake) -> None:
    fake.answers = [(307, b"{}")]
    with pytest.raises(Unanswered, match="307"):
        client.ask("capture_order", "1", body={}, request_id="a")
    assert len(fake.seen) == 1


def test_an_answer_that_never_ends_is_no_answer(
    client: PayPalClient, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paypal_client, "LARGEST_ANSWER", 100)
    fake.answers = [(200, b'{"a": "%s"}' % (b"x" * 1000))]
    with pytest.raises(Unanswered):
        client.ask("show_order", "1")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (
            422,
            b'{"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "PAYER_CANNOT_PAY"}]}',
            "PAYER_CANNOT_PAY",
        ),
        (400, b'{"name": "INVALID_REQUEST", "details": []}', "INVALID_REQUEST"),
        (404, b'{"name": "RESOURCE_NOT_FOUND"}', "RESOURCE_NOT_FOUND"),
        (403, b'{"error": "insufficient_scope"}', "insufficient_scope"),
        (400, b'{"details": "?"}', "UNKNOWN"),
    ],
)
def test_a_refusal_keeps_its_issue_and_debug_id(
    client: PayPalClient, fake: Fake, status: int, body: bytes, code: str
) -> None:
    fake.answers = [(status, body)]
    with pytest.raises(Refusal, match="debug-1") as refused:
        client.ask("show_order", "1")
    assert (refused.value.code, refused.value.status) == (code, status)
    assert len(fake.seen) == 1


def test_a_token_is_renewed_once_when_it_is_refused(client: PayPalClient, fake: Fake) -> None:
    fake.answers = [(401, b'{"error": "invalid_token"}')]
    client.ask("capture_order", "1", body={}, request_id="att_1:take")
    assert [seen["Authorization"] for seen in fake.seen] == ["Bearer token-1", "Bearer token-2"]
    assert fake.ids() == ["att_1:take"] * 2
    fake.answers = [(401, b'{"error": "invalid_token"}')] * 9
    with pytest.raises(Refused) as refused:
        client.ask("show_order", "1")
    assert refused.value.status == 401
    assert fake.tokens == 3


@pytest.mark.parametrize("status", [401, 403])
def test_after_a_lost_try_trouble_with_keys_is_no_answer(
    client: PayPalClient, fake: Fake, status: int
) -> None:
    fake.answers = [(500, b"{}"), (status, b"{}"), (status, b"{}")]
    with pytest.raises(Unanswered):
        client.ask("capture_order", "1", body={}, request_id="a")


def test_wrong_keys_are_refused(paypal: PayPalDriver) -> None:
    client = PayPalClient(paypal.world.config(paypal_client_secret="wrong"))
    with pytest.raises(Refused) as refused:
        client.ask("show_order", "1")
    assert (refused.value.code, refused.value.status) == ("invalid_client", 401)


def test_a_revoked_token_is_renewed(paypal: PayPalDriver) -> None:
    charge = paypal.charge("challenges")
    first = paypal.provider.charge(charge)
    paypal.call("POST", "/sandbox/tokens/revoke")
    assert paypal.provider.fetch(charge, first.reference).reference == first.reference


def test_a_token_is_renewed_before_it_ends(
    client: PayPalClient, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(paypal_client.time, "monotonic", lambda: now[0])
    for passed_s, tokens in ((0, 1), (29_000, 1), (300, 2), (100, 2)):
        now[0] += passed_s
        client.ask("show_order", "1")
        assert fake.tokens == tokens


@pytest.mark.parametrize("lives_s", [None, 0, -5, "32400", 1.5, True])
def test_a_token_answer_that_makes_no_sense_is_no_answer(
    client: PayPalClient, fake: Fake, lives_s: object
) -> None:
    fake.lives_s = lives_s
    with pytest.raises(Unanswered):
        client.ask("show_order", "1")
    assert fake.seen == []


def test_threads_share_one_token(paypal: PayPalDriver) -> None:
    before = paypal.world.gate.count(TOKEN)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with pytest.raises(Refused):
                paypal.provider._client.ask("show_order", "NOBODY")
        except BaseException as error:  # noqa: BLE001 -- told below
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert paypal.world.gate.count(TOKEN) - before == 1


def test_nobody_there_is_no_answer() -> None:
    client = new_client("http://127.0.0.1:1")
    with pytest.raises(Unanswered):
        client.ask("show_order", "1")


def test_a_late_failure_is_not_tried_again(
    client: PayPalClient, fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paypal_client, "RETRY_FOR_S", -1.0)
    fake.answers = [(503, b"{}")] * 3
    with pytest.raises(Unanswered):
        client.ask("show_order", "1")
    assert len(fake.seen) == 1


def test_no_secret_is_logged_or_shown(
    client: PayPalClient, fake: Fake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.answers = [(503, b"{}"), (422, b'{"details": [{"issue": "X"}]}')]
    with pytest.raises(Refused) as refused:
        client.ask("show_order", "1", request_id="a")
    said = caplog.text + str(refused.value) + repr(refused.value)
    assert "debug-1" in said
    for hidden in (SECRET, "token-1", "Bearer", "Basic"):
        assert hidden not in said


def test_the_packages_own_requests_can_be_executed(client: PayPalClient, fake: Fake) -> None:
    assert client.execute(OrdersGetRequest("5O190127TN364715T")).body == {"id": "1"}
    assert fake.seen[0]["path"] == "v2/checkout/orders/5O190127TN364715T"


def test_an_id_cannot_leave_its_place_in_the_path(client: PayPalClient, fake: Fake) -> None:
    client.ask("show_order", "../../v1/x?y#z")
    assert fake.seen[0]["path"] == "v2/checkout/orders/../../v1/x?y#z"


def test_amounts_never_become_floats(client: PayPalClient, fake: Fake) -> None:
    body = {"amount": {"value": "0.10", "currency_code": "EUR"}}
    client.ask("refund_capture", "1", body=body, request_id="a")
    assert fake.seen[0]["body"] == b'{"amount":{"value":"0.10","currency_code":"EUR"}}'


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api-m.paypal.com", "https://www.paypal.com"),
        ("https://api-m.sandbox.paypal.com", "https://www.sandbox.paypal.com"),
        ("http://127.0.0.1:8001/paypal", "http://127.0.0.1:8001/paypal"),
    ],
)
def test_where_buyers_approve(api: str, web: str) -> None:
    assert paypal_client.web_url(api) == web
