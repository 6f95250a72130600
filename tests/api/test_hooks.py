"""Webhooks in: genuine ones are stored once, everything else is refused without a trace."""

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from app import payments, providers
from app.api import hooks
from models import ProviderEvent, db
from tests.api.conftest import Api, code
from tests.app.providers.paypal_driver import PayPalDriver
from tests.app.providers.world import KEYS
from tests.limits import no_more

Signed = tuple[bytes, dict[str, str]]


def receive(api: Api, provider: str, signed: Signed) -> TestResponse:
    body, headers = signed
    return api.client().post(f"/webhooks/{provider}", data=body, headers=headers)


def stored() -> list[ProviderEvent]:
    found = list(db.session().scalars(select(ProviderEvent).order_by(ProviderEvent.id)))
    db.release()
    return found


def stripe_signature(
    body: bytes, *, secret: str = KEYS["stripe_webhook_secret"], at: float | None = None
) -> str:
    stamp = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), b"%d." % stamp + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"


@pytest.fixture
def event(api: Api) -> Signed:
    """What Stripe wants to send after a payment."""
    api.pay()
    return api.till.world.sign(api.till.world.deliveries("stripe")[-1])


def test_a_genuine_webhook_is_stored_and_worked_on(api: Api, event: Signed) -> None:
    answer = receive(api, "stripe", event)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["X-Request-Id"].startswith("req_")
    [row] = stored()
    told = json.loads(event[0])
    assert (row.provider, row.provider_event_id, row.type) == ("stripe", told["id"], told["type"])
    assert set(row.refs) == {"charge_refs", "attempt_id"}
    api.till.settle()
    [row] = stored()
    assert row.done_at is not None
    assert row.error is None


def test_news_of_a_lost_answer_comes_by_webhook(api: Api) -> None:
    body = api.payment_body()
    with api.till.world.gate.spoil("POST /stripe/v1/payment_intents", "drop"):
        payment = api.post("/v1/payments", body).json
    assert payment["status"] == "processing"
    for delivery in api.till.world.deliveries("stripe"):
        assert receive(api, "stripe", api.till.world.sign(delivery)).status_code == 204
    api.till.settle()
    assert api.get(f"/v1/payments/{payment['id']}").json["status"] == "captured"


def test_duplicates_are_one_row_and_all_acknowledged(api: Api, event: Signed) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: receive(api, "stripe", event), range(60)))
    assert {a.status_code for a in answers} == {204}
    assert len(stored()) == 1


def test_the_bell_rings_after_the_commit_and_only_for_news(
    api: Api, event: Signed, bell: list[int]
) -> None:
    receive(api, "stripe", event)
    receive(api, "stripe", event)
    assert bell == [1]


@pytest.fixture
def bell() -> Iterator[list[int]]:
    """What the ring saw: how many rows were there for everybody at that moment."""
    seen: list[int] = []
    before = list(hooks._ring)
    hooks.on_stored(lambda: seen.append(len(stored())))
    yield seen
    hooks._ring[:] = before


def test_nothing_is_acknowledged_that_is_not_durable(
    api: Api, event: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_row: object) -> bool:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(db, "insert_unless_there", fails)
        assert code(receive(api, "stripe", event)) == "500 internal"
    assert stored() == []
    assert receive(api, "stripe", event).status_code == 204


def forgeries(body: bytes) -> dict[str, dict[str, str]]:
    good = stripe_signature(body)
    now = time.time()
    return {
        "none": {},
        "blank": {"Stripe-Signature": ""},
        "other secret": {"Stripe-Signature": stripe_signature(body, secret="whsec_other")},
        "blank secret": {"Stripe-Signature": stripe_signature(body, secret="")},
        "old scheme": {"Stripe-Signature": good.replace("v1=", "v0=")},
        "stale": {"Stripe-Signature": stripe_signature(body, at=now - 301)},
        "future": {"Stripe-Signature": stripe_signature(body, at=now + 360)},
        "no stamp": {"Stripe-Signature": good.partition(",")[2]},
        "words": {"Stripe-Signature": "t=now,v1=yes"},
        "commas": {"Stripe-Signature": ",,,,=,="},
        "other header": {"Paypal-Transmission-Sig": good},
    }


def test_forged_and_stale_webhooks_leave_no_trace(
    api: Api, event: Signed, caplog: pytest.LogCaptureFixture
) -> None:
    body = event[0].replace(b'"payment_intent', b'"canary_in_the_body')
    caplog.set_level(logging.DEBUG)
    for name, headers in forgeries(body).items():
        answer = receive(api, "stripe", (body, headers))
        assert code(answer) == "400 signature_invalid", name
        assert set(answer.json["error"]) == {"code", "message"}
    assert stored() == []
    assert "canary_in_the_body" not in caplog.text


def test_a_changed_body_or_another_mode_is_refused(api: Api, event: Signed) -> None:
    body, headers = event
    assert (
        code(receive(api, "stripe", (body.replace(b"1999", b"1"), headers)))
        == "400 signature_invalid"
    )
    live = json.dumps({**json.loads(body), "livemode": True}).encode()
    signed = (live, {"Stripe-Signature": stripe_signature(live)})
    assert code(receive(api, "stripe", signed)) == "400 signature_invalid"
    assert code(receive(api, "paypal", event)) == "400 signature_invalid"
    assert stored() == []


def test_two_secrets_are_good_while_one_replaces_the_other(api: Api, event: Signed) -> None:
    providers.configure(replace(api.till.config, stripe_webhook_secret="whsec_new,whsec_contract"))
    assert receive(api, "stripe", event).status_code == 204
    new = (event[0], {"Stripe-Signature": stripe_signature(event[0], secret="whsec_new")})
    assert receive(api, "stripe", new).status_code == 204


def test_without_a_secret_everything_is_refused(api: Api, event: Signed) -> None:
    providers.configure(replace(api.till.config, stripe_webhook_secret="", paypal_webhook_id=""))
    assert code(receive(api, "stripe", event)) == "400 signature_invalid"
    blank = (event[0], {"Stripe-Signature": stripe_signature(event[0], secret="")})
    assert code(receive(api, "stripe", blank)) == "400 signature_invalid"
    assert code(receive(api, "paypal", event)) == "400 signature_invalid"
    providers.configure(replace(api.till.config, stripe_secret_key="", stripe_publishable_key=""))
    assert code(receive(api, "stripe", event)) == "404 not_found"
    assert stored() == []


def test_ten_megabytes(api: Api) -> None:
    body = b"x" * 10_000_000
    signed = (body, {"Stripe-Signature": stripe_signature(body)})
    assert code(receive(api, "stripe", signed)) == "413 payload_too_large"
    assert code(receive(api, "paypal", signed)) == "413 payload_too_large"


def test_a_signed_body_that_is_no_event(api: Api) -> None:
    for body in (b"", b"null", b"[]", b"{}", b"7", b"\xff", b'{"id": 1}', b"[" * 100_000):
        signed = (body, {"Stripe-Signature": stripe_signature(body)})
        assert code(receive(api, "stripe", signed)) == "400 signature_invalid", body[:20]
    assert stored() == []


TEXT = st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=60)


HEADERS = [
    "Stripe-Signature", "Paypal-Transmission-Id", "Paypal-Transmission-Time", "Paypal-Transmission-Sig",
    "Paypal-Cert-Url", "Paypal-Auth-Algo", "Content-Type",
]  # fmt: skip
VALUES = ["t=1,v1=0", f"t={2**70},v1=é", "SHA256withRSA", "https://api.paypal.com.evil.example/x"]
BODIES = [b'{"id": "evt_1", "id": 2}', b"{}", b"\xed\xa0\x80"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    provider=st.sampled_from(["stripe", "paypal"]),
    body=st.binary(max_size=80) | st.sampled_from(BODIES),
    headers=st.dictionaries(st.sampled_from(HEADERS), TEXT | st.sampled_from(VALUES)),
)
def test_any_bytes_with_any_headers(
    api: Api, provider: str, body: bytes, headers: dict[str, str]
) -> None:
    assert code(receive(api, provider, (body, headers))) == "400 signature_invalid"


def test_a_paypal_approval_is_found_out_by_webhook(api: Api) -> None:
    session = api.till.session()
    api.till.approve_at_paypal(api.till.paypal(session))
    news = [api.till.world.sign(delivery) for delivery in api.till.world.deliveries("paypal")]
    assert news
    for body, headers in news:
        tampered = body.replace(b"APPROVED", b"VOIDED!!")
        assert code(receive(api, "paypal", (tampered, headers))) == "400 signature_invalid"
        assert receive(api, "paypal", (body, headers)).status_code == 204
    api.till.settle()
    told = api.get(f"/v1/checkout_sessions/{session.id}").json
    assert (told["payment_status"], told["order"]["status"]) == ("captured", "paid")


def test_a_webhook_for_which_paypal_must_be_asked_is_left_to_it_while_it_cannot_be(
    api: Api,
) -> None:
    session = api.till.session()
    action = api.till.paypal(session)
    api.till.approve_at_paypal(action)
    payments.approve(session.id, action["order"])
    [attempt] = api.till.attempts(session.payment_id)
    driver = PayPalDriver(api.till.world)
    driver.call("POST", f"/v2/payments/captures/{attempt.capture_ref}/refund", {})
    refund = api.till.world.sign(api.till.world.deliveries("paypal")[-1])
    with no_more("paypal"):
        assert code(receive(api, "paypal", refund)) == "503 provider_unavailable"
    assert stored() == []
    assert receive(api, "paypal", refund).status_code == 204
    api.till.settle()
    assert api.till.payment(session.payment_id).refunded_minor == 1999
