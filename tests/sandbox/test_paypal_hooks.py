import base64
import json
import zlib
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sandbox import clock
from tests.sandbox.paypal_client import WEBHOOK_ID, PayPalWorld, issue, paypal_world

VERIFY = "/v1/notifications/verify-webhook-signature"


@pytest.fixture(autouse=True)
def present_time() -> Iterator[None]:
    yield
    clock.set_offset(0)


@pytest.fixture(scope="module")
def world() -> Iterator[PayPalWorld]:
    with paypal_world(":memory:") as made:
        yield made


@pytest.fixture
def paypal(world: PayPalWorld) -> PayPalWorld:
    world.delivered()
    world.box.came.clear()
    return world


def verify(paypal: PayPalWorld, headers: dict[str, str], body: bytes, webhook_id: str) -> None:
    pem = paypal.http.get(headers["Paypal-Cert-Url"]).content
    certificate = x509.load_pem_x509_certificate(pem)
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert [n.value for n in names] == ["messageverificationcerts.sandbox.paypal.com"]
    transmission, time = headers["Paypal-Transmission-Id"], headers["Paypal-Transmission-Time"]
    text = f"{transmission}|{time}|{webhook_id}|{zlib.crc32(body)}"
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    signature = base64.b64decode(headers["Paypal-Transmission-Sig"])
    key.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())


def asked(headers: dict[str, str], body: bytes, **change: str) -> str:
    fields = {
        "auth_algo": headers["Paypal-Auth-Algo"],
        "cert_url": headers["Paypal-Cert-Url"],
        "transmission_id": headers["Paypal-Transmission-Id"],
        "transmission_sig": headers["Paypal-Transmission-Sig"],
        "transmission_time": headers["Paypal-Transmission-Time"],
        "webhook_id": WEBHOOK_ID,
    } | change
    return json.dumps(fields)[:-1] + ', "webhook_event": ' + body.decode() + "}"


def say(paypal: PayPalWorld, request: str) -> str:
    headers = {"Authorization": f"Bearer {paypal.token()}", "Content-Type": "application/json"}
    answer = paypal.http.post(f"{paypal.url}/paypal{VERIFY}", data=request, headers=headers)
    return str(answer.json()["verification_status"])


def test_a_paid_order_is_told_and_signed(paypal: PayPalWorld) -> None:
    capture = paypal.paid(custom_id="att_9")
    assert paypal.delivered() == [
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.COMPLETED",
    ]
    for headers, body in paypal.box.came:
        verify(paypal, headers, body, WEBHOOK_ID)
        with pytest.raises(InvalidSignature):
            verify(paypal, headers, body, "ANOTHER")
        with pytest.raises(InvalidSignature):
            verify(paypal, headers, body + b" ", WEBHOOK_ID)
    event = json.loads(paypal.box.came[1][1])
    assert (event["resource_type"], event["resource"]["id"]) == ("capture", capture["id"])
    assert event["resource"]["custom_id"] == "att_9"
    assert "_sandbox" not in str(event)
    read = paypal.call("GET", f"/v1/notifications/webhooks-events/{event['id']}")
    assert read.json() == event
    path = "/v1/notifications/webhooks-events?page_size=1"
    one = paypal.call("GET", f"{path}&event_type=PAYMENT.CAPTURE.COMPLETED").json()
    assert (one["events"], one["count"]) == ([event], 1)
    newest = paypal.call("GET", path).json()
    following = next(link["href"] for link in newest["links"] if link["rel"] == "next")
    assert urlsplit(following).path.endswith("/v1/notifications/webhooks-events")
    assert paypal.call("GET", f"{path}&start_time=yesterday").status_code == 400


@pytest.mark.parametrize(
    ("funding", "told"),
    [("refused", "PAYMENT.CAPTURE.DECLINED"), ("review", "PAYMENT.CAPTURE.PENDING")],
)
def test_what_is_not_paid_is_told_too(paypal: PayPalWorld, funding: str, told: str) -> None:
    paypal.paid(funding=funding)
    assert told in paypal.delivered()


def test_a_review_is_told_when_it_ends(paypal: PayPalWorld) -> None:
    capture = paypal.paid(funding="review")
    paypal.call("POST", f"/sandbox/captures/{capture['id']}/review", {"accepted": True})
    assert paypal.delivered()[-1] == "PAYMENT.CAPTURE.COMPLETED"


def test_holds_and_refunds_are_told(paypal: PayPalWorld) -> None:
    held = paypal.held()
    paypal.call("POST", f"/v2/payments/authorizations/{held['id']}/void")
    capture = paypal.paid()
    paypal.call("POST", f"/v2/payments/captures/{capture['id']}/refund")
    told = paypal.delivered()
    assert "PAYMENT.AUTHORIZATION.CREATED" in told
    assert "PAYMENT.AUTHORIZATION.VOIDED" in told
    assert told[-1] == "PAYMENT.CAPTURE.REFUNDED"
    refund = json.loads(paypal.box.came[-1][1])["resource"]
    assert [link["rel"] for link in refund["links"]] == ["self", "up"]


def test_a_declined_instrument_is_not_told(paypal: PayPalWorld) -> None:
    order_id = paypal.order()["id"]
    paypal.approve(order_id, "declined")
    paypal.call("POST", f"/v2/checkout/orders/{order_id}/capture")
    assert paypal.delivered() == ["CHECKOUT.ORDER.APPROVED"]


def test_the_verify_api_knows_its_own_and_only_those(paypal: PayPalWorld) -> None:
    paypal.paid()
    paypal.delivered()
    headers, body = paypal.box.came[1]
    assert say(paypal, asked(headers, body)) == "SUCCESS"
    rewritten = json.dumps(json.loads(body)).encode()
    assert say(paypal, asked(headers, rewritten)) == "FAILURE"
    assert say(paypal, asked(headers, body, webhook_id="ANOTHER")) == "FAILURE"
    assert say(paypal, asked(headers, body, transmission_sig="AAAA")) == "FAILURE"
    assert say(paypal, asked(headers, body, auth_algo="SHA1withRSA")) == "FAILURE"
    other = asked(headers, body, cert_url="https://evil.example/cert.pem")
    assert say(paypal, other) == "FAILURE"


def test_the_verify_api_wants_all_seven_fields(paypal: PayPalWorld) -> None:
    answer = paypal.call("POST", VERIFY, {"webhook_id": WEBHOOK_ID})
    assert (answer.status_code, issue(answer)) == (400, "MISSING_REQUIRED_PARAMETER")
    assert len(answer.json()["details"]) == 6


def test_an_answer_that_is_no_2xx_is_tried_again_with_a_fresh_signature(
    paypal: PayPalWorld,
) -> None:
    paypal.approve(paypal.order()["id"])
    paypal.box.answer = 500
    paypal.delivered()
    paypal.box.answer = 200
    paypal.delivered()
    paypal.delivered()
    assert len(paypal.box.came) == 2
    (first, body), (second, same) = paypal.box.came
    assert body == same
    assert first["Paypal-Transmission-Id"] != second["Paypal-Transmission-Id"]
    verify(paypal, second, same, WEBHOOK_ID)


def test_a_hold_ends_by_itself_and_tells(paypal: PayPalWorld) -> None:
    paypal.held()
    paypal.delivered()
    clock.set_offset(29 * 86400 + 60)
    paypal.world.timers.run_due()
    assert paypal.delivered()[-1] == "PAYMENT.AUTHORIZATION.VOIDED"


def test_a_hold_under_review_is_told_when_it_stands(paypal: PayPalWorld) -> None:
    held = paypal.held(funding="review")
    url = f"{paypal.url}/paypal/sandbox/authorizations/{held['id']}/review"
    assert paypal.http.post(url, json={"accepted": True}).json()["status"] == "CREATED"
    assert paypal.delivered()[-1] == "PAYMENT.AUTHORIZATION.CREATED"
    assert paypal.http.post(url, json={}).status_code == 422
