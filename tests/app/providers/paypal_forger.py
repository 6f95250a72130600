"""Certificates, signatures and bodies for webhooks that are nearly genuine."""

import base64
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app import config
from app.providers.paypal_client import Answer

LIVE, TEST = "https://api-m.paypal.com", "https://api-m.sandbox.paypal.com"
NAME = "messageverificationcerts.paypal.com"
CERT_URL = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77"
BODY = b'{"id": "WH-1", "event_type": "CHECKOUT.ORDER.APPROVED", "resource": {"id": "5O190127TN"}}'
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 -- the point
CA_KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(
    name: str = NAME,
    *,
    key: Any = KEY,
    issuer: str = "Test Authority",
    issuer_key: Any = CA_KEY,
    from_days: int = -1,
    to_days: int = 90,
) -> x509.Certificate:
    """A certificate for signing messages, or, where name and issuer are one, an authority."""
    now, is_ca = datetime.now(UTC), name == issuer
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, issuer)]
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=is_ca, crl_sign=is_ca, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=from_days))
        .not_valid_after(now + timedelta(days=to_days))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(issuer_id, critical=False)
    )
    if not is_ca:
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
        builder = builder.add_extension(server, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)


def headers(
    body: bytes = BODY, *, webhook_id: str = "WH-LIVE", key: Any = KEY, **more: str
) -> dict[str, str]:
    sent_at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    message = f"id-1|{sent_at}|{webhook_id}|{zlib.crc32(body)}".encode()
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return {
        "Paypal-Transmission-Id": "id-1",
        "Paypal-Transmission-Time": sent_at,
        "Paypal-Transmission-Sig": base64.b64encode(signature).decode(),
        "Paypal-Cert-Url": CERT_URL,
        "Paypal-Auth-Algo": "SHA256withRSA",
        **more,
    }


class Outside:
    """What would have left the machine."""

    def __init__(self) -> None:
        self.fetched: list[str] = []
        self.asked: list[bytes] = []
        self.served: bytes | None = None
        self.says: Any = "FAILURE"

    def fetch(self, url: str) -> bytes | None:
        self.fetched.append(url)
        return self.served

    def ask(self, name: str, _subject: str = "", *, body: Any = None, **_: Any) -> Answer:
        assert name == "verify_webhook"
        self.asked.append(body)
        if isinstance(self.says, Exception):
            raise self.says
        return Answer(200, {"verification_status": self.says}, "d")


def same_checksum(start: bytes, end: bytes, wanted: int) -> bytes:
    """Fill up with hexadecimal digits: 32 of them give more than the 32 bits that must be met (linear algebra)."""
    width = 40

    def crc(bits: int) -> int:
        filler = bytes(0x30 + (bits >> n & 1) for n in range(width))
        return zlib.crc32(start + filler + end)

    base = crc(0)
    rows: dict[int, tuple[int, int]] = {}
    for n in range(width):
        value, combo = crc(1 << n) ^ base, 1 << n
        while value and (top := value.bit_length()) in rows:
            value, combo = value ^ rows[top][0], combo ^ rows[top][1]
        if value:
            rows[value.bit_length()] = (value, combo)
    left, chosen = base ^ wanted, 0
    while left:
        value, combo = rows[left.bit_length()]
        left, chosen = left ^ value, chosen ^ combo
    filler = bytes(0x30 + (chosen >> n & 1) for n in range(width))
    return start + filler + end


def real_config(api_url: str, **changes: str) -> config.Config:
    named = {
        "BASE_URL": "https://pay.example",
        "SECRET_KEY": "x" * 32,
        "PAYPAL_CLIENT_ID": "client",
        "PAYPAL_CLIENT_SECRET": "secret",
        "PAYPAL_WEBHOOK_ID": "WH-LIVE",
        "PAYPAL_API_URL": api_url,
        **changes,
    }
    return config.load(named)
