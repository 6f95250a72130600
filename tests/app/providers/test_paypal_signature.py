"""Forged, stale and misdirected webhooks: refused, and nothing is fetched from anywhere but PayPal."""

import json
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.providers import paypal_certificate
from app.providers.base import BadSignature, Unanswered
from app.providers.paypal import PayPal
from sandbox.paypal_hooks import CERTIFICATE_PATH
from tests.app.providers.paypal_driver import PayPalDriver
from tests.app.providers.paypal_forger import (
    BODY,
    CA_KEY,
    CERT_URL,
    KEY,
    LIVE,
    NAME,
    OTHER_KEY,
    TEST,
    WEAK_KEY,
    Outside,
    certificate,
    headers,
    pem,
    real_config,
    same_checksum,
)

Made = tuple[PayPal, Outside]


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Made]:
    """The adapter as it is against the real PayPal, with the ways out watched."""
    authority = certificate("Test Authority", key=CA_KEY)
    monkeypatch.setattr(paypal_certificate, "_authorities", lambda: [authority])

    def make(api_url: str = LIVE, **changes: str) -> Made:
        provider, outside = PayPal(real_config(api_url, **changes)), Outside()
        outside.served = pem(certificate())
        monkeypatch.setattr(provider._signatures, "_fetch", outside.fetch)
        monkeypatch.setattr(provider._client, "ask", outside.ask)
        return provider, outside

    return make


def refuse(provider: PayPal, body: bytes, given: dict[str, str], match: str | None = None) -> None:
    with pytest.raises(BadSignature, match=match):
        provider.read_event(body, given)


def test_a_genuine_message_is_read_and_its_certificate_kept(real: Callable[..., Made]) -> None:
    provider, outside = real()
    for _ in range(3):
        news = provider.read_event(BODY, headers())
    assert (news.event_id, news.charge_refs, news.attempt_id) == ("WH-1", ("5O190127TN",), None)
    assert outside.fetched == [CERT_URL]
    assert outside.asked == []


ELSEWHERE = [
    "http://api.paypal.com/v1/notifications/certs/C",
    "https://api.paypal.com.evil.example/v1/notifications/certs/C",
    "https://paypal.com.evil/v1/notifications/certs/C",
    "https://evilpaypal.com/v1/notifications/certs/C",
    "https://paypal.com/v1/notifications/certs/C",
    "https://evil.example/api.paypal.com/v1/notifications/certs/C",
    "https://api.paypal.com@evil.example/v1/notifications/certs/C",
    "https://evil.example@api.paypal.com/v1/notifications/certs/C",
    "https://user:pass@api.paypal.com/v1/notifications/certs/C",
    "https://api.paypal.com:8443/v1/notifications/certs/C",
    "https://api.paypal.com:99999/v1/notifications/certs/C",
    "https://api.paypal.com:x/v1/notifications/certs/C",
    "https://api.paypal.com/v1/oauth2/token",
    "https://api.paypal.com/",
    "https://api.paypal.com",
    "https://www.paypal.com/v1/notifications/cert/C",
    "https://api.paypal.com/v1/notifications/certs/C?next=//evil.example",
    "https://api.paypal.com/v1/notifications/certs/C#@evil.example",
    "https://evil.example#.paypal.com/v1/notifications/certs/C",
    "https://evil.example?.paypal.com/v1/notifications/certs/C",
    "https://evil.example\\.paypal.com/v1/notifications/certs/C",
    "https://api.paypal.com\\@evil.example/v1/notifications/certs/C",
    "https://api%2epaypal.com/v1/notifications/certs/C",
    "https://evil.example%23.paypal.com/v1/notifications/certs/C",
    "https://api.sandbox.paypal.com/v1/notifications/certs/C",
    "https://api.paypal.com./v1/notifications/certs/C",
    "https://[::1].paypal.com/v1/notifications/certs/C",
    "https://[::1]/v1/notifications/certs/C",
    "https://127.0.0.1/v1/notifications/certs/C",
    "https://169.254.169.254/v1/notifications/certs/C",
    "https://2130706433/v1/notifications/certs/C",
    "https://api.paypal.com /v1/notifications/certs/C",
    "https://api.paypal.com\n/v1/notifications/certs/C",
    "https://аpi.paypal.com/v1/notifications/certs/C",
    "https:api.paypal.com/v1/notifications/certs/C",
    "//api.paypal.com/v1/notifications/certs/C",
    "ftp://api.paypal.com/v1/notifications/certs/C",
    "file:///etc/passwd",
    "data:application/x-pem-file,x",
    "javascript:alert(1)",
    "https://",
    "x" * 600,
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_nothing_is_fetched_from_elsewhere(real: Callable[..., Made], url: str) -> None:
    provider, outside = real()
    refuse(provider, BODY, headers(**{"Paypal-Cert-Url": url}))
    assert (outside.fetched, outside.asked) == ([], [])


def test_paypals_test_system_has_its_own_certificates(real: Callable[..., Made]) -> None:
    provider, outside = real(TEST)
    outside.served = pem(certificate("messageverificationcerts.sandbox.paypal.com"))
    url = CERT_URL.replace("api.", "api.sandbox.")
    assert provider.read_event(BODY, headers(**{"Paypal-Cert-Url": url})).event_id == "WH-1"
    refuse(provider, BODY, headers())
    assert outside.fetched == [url]


@pytest.mark.parametrize(
    ("why", "served"),
    [
        ("another name", pem(certificate("messageverificationcerts.paypal.com.evil.example"))),
        ("another name", pem(certificate("evil.example"))),
        ("not valid", pem(certificate(from_days=-9, to_days=-1))),
        ("not valid", pem(certificate(from_days=1))),
        ("nobody vouches", pem(certificate(NAME, issuer=NAME, issuer_key=KEY))),
        ("too weak", pem(certificate(key=WEAK_KEY))),
        ("too weak", pem(certificate(key=ec.generate_private_key(ec.SECP256R1())))),
        ("does not fit", pem(certificate(key=OTHER_KEY))),
        ("not a certificate", b""),
        ("not a certificate", b"<html>"),
        ("not a certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ],
)  # fmt: skip
def test_a_bad_certificate_is_refused_by_itself(
    real: Callable[..., Made], why: str, served: bytes
) -> None:
    provider, outside = real()
    outside.served, outside.says = served, "SUCCESS"
    refuse(provider, BODY, headers(), why)
    assert outside.asked == []


@pytest.mark.parametrize("served", [None, pem(certificate(issuer="Other", issuer_key=KEY))])
def test_what_cannot_be_checked_here_is_asked(
    real: Callable[..., Made], served: bytes | None
) -> None:
    provider, outside = real()
    outside.served = served
    body = b' {"id": "WH-1",\n "event_type": "X",  "resource": {"n": 1.0}} '
    refuse(provider, body, headers(body), "does not know")
    outside.says = "SUCCESS"
    assert provider.read_event(body, headers(body)).event_id == "WH-1"
    assert body in outside.asked[-1]
    question = json.loads(outside.asked[-1])
    assert question["webhook_id"] == "WH-LIVE"
    assert question["cert_url"] == CERT_URL
    assert outside.fetched == [CERT_URL]
    outside.says = Unanswered("down")
    refuse(provider, body, headers(body), "nobody can")


@pytest.mark.parametrize(
    "odd", [b"", b"{}}", b'{"a": 1}, "webhook_id": "WH-OTHER"', b"[]", b"\xff", b"[" * 100_000]
)
def test_only_an_event_is_passed_on(real: Callable[..., Made], odd: bytes) -> None:
    provider, outside = real()
    outside.served, outside.says = None, "SUCCESS"
    refuse(provider, odd, headers(odd))
    assert outside.asked == []


def test_a_body_of_the_same_checksum_only_names_ids(real: Callable[..., Made]) -> None:
    """The signature covers a CRC32, so another body can be made to fit: it gets nothing but a look."""
    provider, _ = real()
    forged = (
        b'{"id": "WH-2", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": {"id": "X"}, "n": "'
    )
    forged = same_checksum(forged, b'"}', zlib.crc32(BODY))
    news = provider.read_event(forged, headers())
    assert (news.event_id, news.charge_refs, news.attempt_id) == ("WH-2", (), None)


@pytest.mark.parametrize("webhook_id", ["", "  "])
def test_without_a_webhook_id_everything_is_refused(
    real: Callable[..., Made], webhook_id: str
) -> None:
    provider, outside = real(PAYPAL_WEBHOOK_ID=webhook_id)
    refuse(provider, BODY, headers(webhook_id=webhook_id), "no webhook id")
    assert outside.fetched == []


@pytest.mark.parametrize(
    "time",
    ["2026-11-21T10:00:00", "yesterday", "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00",
     "2026-13-41T10:00:00Z", "1789000000"],
)  # fmt: skip
def test_odd_times_are_refused(real: Callable[..., Made], time: str) -> None:
    provider, outside = real()
    refuse(provider, BODY, headers(**{"Paypal-Transmission-Time": time}))
    assert outside.fetched == []


def test_a_retry_after_three_days_is_still_read(paypal: PayPalDriver) -> None:
    body = paypal.event("CHECKOUT.ORDER.APPROVED", id="5O190127TN")
    late = paypal.signed(body, ago=timedelta(days=3, hours=12))
    assert paypal.provider.read_event(body, late).charge_refs == ("5O190127TN",)


def test_the_sandboxs_certificate_is_fetched_once(paypal: PayPalDriver) -> None:
    body = paypal.event("CHECKOUT.ORDER.APPROVED", id="5O190127TN")
    count = paypal.world.gate.count(f"GET /paypal{CERTIFICATE_PATH}")
    for _ in range(3):
        paypal.provider.read_event(body, paypal.signed(body))
    assert paypal.world.gate.count(f"GET /paypal{CERTIFICATE_PATH}") - count == 1


@pytest.mark.parametrize("how", ["302", "500", "garbage", "cut", "drop"])
def test_a_certificate_that_does_not_come_is_no_reason_to_believe(
    paypal: PayPalDriver, how: str
) -> None:
    body = paypal.event("CHECKOUT.ORDER.APPROVED", id="5O190127TN")
    forged = paypal.signed(body, key=KEY)
    with paypal.world.gate.spoil("GET /paypal/certs/.*", how):
        refuse(paypal.provider, body, forged)


def test_where_the_sandbox_plays_paypal_paypal_is_elsewhere(paypal: PayPalDriver) -> None:
    body = paypal.event("CHECKOUT.ORDER.APPROVED", id="5O190127TN")
    for url in (CERT_URL, CERT_URL.replace("api.", "api.sandbox.")):
        refuse(paypal.provider, body, {**paypal.signed(body), "PAYPAL-CERT-URL": url}, "sandbox")


def test_a_sandbox_beside_the_real_paypal_is_not_believed(real: Callable[..., Made]) -> None:
    provider, outside = real(TEST, SANDBOX_URL="http://127.0.0.1:8001")
    url = "http://127.0.0.1:8001/paypal/certs/sandbox.pem"
    refuse(provider, BODY, headers(**{"Paypal-Cert-Url": url}))
    assert outside.fetched == []


@pytest.mark.parametrize(
    "resource",
    [
        None, [], "x", 5, {}, {"id": 5}, {"id": "../../x"}, {"custom_id": 5}, {"custom_id": "att_1"},
        {"supplementary_data": [], "purchase_units": [1], "links": "x", "disputed_transactions": 1},
        {"supplementary_data": {"related_ids": {"order_id": ["x"]}}, "links": [{"rel": "up", "href": 5}]},
    ],
)  # fmt: skip
def test_an_event_with_an_odd_resource_names_nothing(
    paypal: PayPalDriver, resource: object
) -> None:
    event = {"id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": resource}
    body = json.dumps(event).encode()
    news = paypal.provider.read_event(body, paypal.signed(body))
    assert (news.charge_refs, news.attempt_id) == ((), None)


def test_a_dispute_names_its_attempt_or_its_order(paypal: PayPalDriver) -> None:
    charge = paypal.charge("pays")
    outcome = paypal.provider.charge(charge)
    for transaction in (
        {"custom": charge.attempt_id, "seller_transaction_id": outcome.capture_ref},
        {"seller_transaction_id": outcome.capture_ref},
    ):
        body = paypal.event("CUSTOMER.DISPUTE.CREATED", disputed_transactions=[transaction])
        news = paypal.provider.read_event(body, paypal.signed(body))
        assert news.attempt_id == charge.attempt_id or news.charge_refs == (outcome.reference,)
        assert news.disputed


NAMES = [*headers(), "X-Other"]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.binary(max_size=80),
    given=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=60), max_size=6),
    genuine=st.sets(st.sampled_from(NAMES[:5])),
)
def test_whatever_comes_is_refused_and_nothing_else(
    real: Callable[..., Made], body: bytes, given: dict[str, str], genuine: set[str]
) -> None:
    provider, _ = real()
    good = headers()
    refuse(provider, body, {**given, **{name: good[name] for name in genuine}})
