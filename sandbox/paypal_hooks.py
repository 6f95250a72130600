"""PayPal's webhooks: events, the RSA signature over id, time, webhook and CRC32, its checking."""

import base64
import json
import secrets
import uuid
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from sandbox import Sandbox, paypal_rules
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_rules import Anything, Text, Thing
from sandbox.paypal_world import base_url, sandbox, wire_now
from sandbox.store import Document, Store

EVENT = "paypal_event"
CERTIFICATE = "paypal_certificate"
COMMON_NAME = "messageverificationcerts.sandbox.paypal.com"
ALGORITHM = "SHA256withRSA"
CERTIFICATE_PATH = "/certs/sandbox.pem"

# type → resource type, resource version, summary
# fmt: off
EVENTS = {
    "CHECKOUT.ORDER.APPROVED":       ("checkout-order", "2.0", "An order has been approved by buyer"),
    "CHECKOUT.ORDER.COMPLETED":      ("checkout-order", "2.0", "Checkout Order Completed"),
    "PAYMENT.AUTHORIZATION.CREATED": ("authorization", "2.0", "A payment authorization was created"),
    "PAYMENT.AUTHORIZATION.VOIDED":  ("authorization", "2.0", "A payment authorization was voided"),
    "PAYMENT.CAPTURE.COMPLETED":     ("capture", "2.0", "Payment completed"),
    "PAYMENT.CAPTURE.DECLINED":      ("capture", "2.0", "A payment capture was declined"),
    "PAYMENT.CAPTURE.PENDING":       ("capture", "2.0", "Payment pending"),
    "PAYMENT.CAPTURE.REFUNDED":      ("refund", "2.0", "A payment was refunded"),
    "CUSTOMER.DISPUTE.CREATED":      ("dispute", "", "A new dispute opened with Case #"),
    "CUSTOMER.DISPUTE.UPDATED":      ("dispute", "", "A dispute was updated with Case #"),
    "CUSTOMER.DISPUTE.RESOLVED":     ("dispute", "", "A dispute was resolved with Case #"),
    "VAULT.PAYMENT-TOKEN.CREATED":   ("payment_token", "3.0", "A payment token has been created."),
    "VAULT.PAYMENT-TOKEN.DELETED":   ("payment_token", "3.0", "A payment token has been deleted."),
    "VAULT.PAYMENT-TOKEN.DELETION-INITIATED": (
        "payment_token", "3.0", "A request to delete a payment token has been submitted."
    ),
}
# fmt: on

VERIFICATION = Thing(
    {
        "auth_algo": Text(100),
        "cert_url": Text(500, form=r"https?://[^\s]+"),
        "transmission_id": Text(50),
        "transmission_sig": Text(500),
        "transmission_time": Text(100),
        "webhook_id": Text(50),
        "webhook_event": Anything(),
    },
    (
        "auth_algo",
        "cert_url",
        "transmission_id",
        "transmission_sig",
        "transmission_time",
        "webhook_id",
        "webhook_event",
    ),
)


def emit(event_type: str, resource: dict[str, Any]) -> None:
    """Write an event and queue its delivery, in the transaction of what happened."""
    event_id = f"WH-{secrets.token_hex(9).upper()[:17]}-{secrets.token_hex(9).upper()[:17]}"
    resource_type, version, summary = EVENTS[event_type]
    event = {
        "id": event_id,
        "event_version": "1.0",
        "create_time": wire_now(),
        "resource_type": resource_type,
        **({"resource_version": version} if version else {}),
        "event_type": event_type,
        "summary": f"{summary} {resource['dispute_id']}" if "dispute_id" in resource else summary,
        "resource": resource,
        "links": [
            {
                "href": f"{base_url()}/v1/notifications/webhooks-events/{event_id}",
                "rel": "self",
                "method": "GET",
            }
        ],
    }
    world = sandbox()
    world.store.put(EVENT, event_id, event)
    if world.config.paypal_webhook_url:
        world.hooks.send(
            "paypal",
            event_id=event_id,
            url=world.config.paypal_webhook_url,
            body=json.dumps(event, separators=(",", ":")),
            key=world.config.paypal_webhook_id,
            label=event_type,
        )


def register(world: Sandbox) -> None:
    """Tell the sender of webhooks how PayPal signs."""
    certificate_url = f"{world.config.url}/paypal{CERTIFICATE_PATH}"

    def sign(body: bytes, delivery: Document) -> dict[str, str]:
        transmission_id, time = str(uuid.uuid4()), wire_now()
        message = signed_text(transmission_id, time, delivery["key"], body)
        signature = private_key(world.store).sign(message, padding.PKCS1v15(), hashes.SHA256())
        return {
            "PAYPAL-TRANSMISSION-ID": transmission_id,
            "PAYPAL-TRANSMISSION-TIME": time,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
            "PAYPAL-CERT-URL": certificate_url,
            "PAYPAL-AUTH-ALGO": ALGORITHM,
        }

    world.hooks.register("paypal", sign)


def signed_text(transmission_id: str, time: str, webhook_id: str, body: bytes) -> bytes:
    """Put together the text that PayPal signs: of the body only its CRC32."""
    return f"{transmission_id}|{time}|{webhook_id}|{zlib.crc32(body)}".encode()


def verify(request_body: bytes) -> bool:
    """Answer verify-webhook-signature; the event's own text counts, not a rewriting of it."""
    try:
        text = request_body.decode()
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PayPalError("MALFORMED_REQUEST_JSON", field="/") from error
    paypal_rules.check(VERIFICATION, body)
    if body["auth_algo"] != ALGORITHM or not body["cert_url"].endswith(CERTIFICATE_PATH):
        return False
    message = signed_text(
        body["transmission_id"],
        body["transmission_time"],
        body["webhook_id"],
        _raw_field(text, "webhook_event").encode(),
    )
    try:
        signature = base64.b64decode(body["transmission_sig"], validate=True)
        key = private_key(sandbox().store).public_key()
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except (ValueError, InvalidSignature):  # the first: no base64
        return False
    return bool(body["webhook_id"] == sandbox().config.paypal_webhook_id)


def _raw_field(text: str, name: str) -> str:
    """Cut one top-level field's value out of a JSON object, byte for byte."""
    decoder = json.JSONDecoder()
    position = text.index("{") + 1
    while True:
        while text[position] in " \t\r\n,":
            position += 1
        key, position = decoder.raw_decode(text, position)
        position = text.index(":", position) + 1
        while text[position] in " \t\r\n":
            position += 1
        _, end = decoder.raw_decode(text, position)
        if key == name:
            return text[position:end]
        position = end


def private_key(store: Store) -> rsa.RSAPrivateKey:
    """Read the signing key, made on first use and kept."""
    key = serialization.load_pem_private_key(_certificate(store)["key"].encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):  # pragma: no cover  (we wrote it)
        raise TypeError(type(key).__name__)
    return key


def certificate_pem(store: Store) -> str:
    """Read the certificate that belongs to the signing key."""
    return str(_certificate(store)["certificate"])


def _certificate(store: Store) -> Document:
    with store.transaction():
        kept = store.get(CERTIFICATE, "sandbox")
        if kept is None:
            kept = _make_certificate()
            store.put(CERTIFICATE, "sandbox", kept)
    return kept


def _make_certificate() -> Document:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, COMMON_NAME)])
    # Real time on purpose: whoever checks the certificate does not live by the sandbox's clock.
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(COMMON_NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return {
        "id": "sandbox",
        "key": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
    }
