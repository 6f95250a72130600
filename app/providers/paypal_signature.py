"""Whether a webhook is PayPal's: RSA over id, time, webhook and CRC32, with the certificate's source pinned.

The certificate's address comes with the message, so a forger chooses it: nothing is fetched but from PayPal's own
hosts over https, or, where Till's sandbox plays PayPal, from exactly the sandbox's origin.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn
from urllib.parse import urlsplit

import urllib3
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from app.config import Config
from app.providers.base import BadSignature, ProviderError
from app.providers.paypal_certificate import Unverifiable, checked_key
from app.providers.paypal_client import PayPalClient
from models import clock

ALGORITHM = "SHA256withRSA"
# PayPal tries 25 times over three days, and its documents do not say that a retry carries a fresh time.
OLDEST = timedelta(days=4)
NEWEST = timedelta(minutes=5)
HEADERS = {
    "id": ("paypal-transmission-id", re.compile(r"[!-{}~]{1,100}")),
    "time": ("paypal-transmission-time", re.compile(r"[0-9T:.+Z-]{1,40}")),
    "signature": ("paypal-transmission-sig", re.compile(r"[A-Za-z0-9+/=]{1,1000}")),
    "certificate": ("paypal-cert-url", re.compile(r"[!-\[\]-~]{1,500}")),
    "algorithm": ("paypal-auth-algo", re.compile(r"[A-Za-z0-9]{1,40}")),
}
LARGEST_CERTIFICATE = 64_000
FETCH_WITHIN_S = 10.0
# Certificates live for a year or more under an address of their own; a day's memory lets a withdrawn one go.
REMEMBER_S, REMEMBER_FAILURE_S = 86_400.0, 60.0
MOST_REMEMBERED = 16

_log = logging.getLogger("till.provider.paypal")


@dataclass(frozen=True, slots=True)
class _Signed:
    """The five headers, each of its form."""

    id: str
    time: str
    signature: str
    certificate: str
    algorithm: str


class Signatures:
    """Verifies messages and remembers certificates; shared by threads."""

    def __init__(self, config: Config, client: PayPalClient) -> None:
        self._client = client
        self._webhook_id = config.paypal_webhook_id.strip()
        self._api_url = config.paypal_api_url.rstrip("/")
        sandbox = origin(config.sandbox_url) if config.sandbox_url else None
        self._sandbox = sandbox if sandbox == origin(self._api_url) else None
        self._pool = urllib3.PoolManager(
            num_pools=2,
            maxsize=2,
            retries=False,
            timeout=urllib3.Timeout(connect=config.provider_connect_timeout_s, read=FETCH_WITHIN_S),
            ca_certs=client.authorities,
        )
        self._lock = threading.Lock()
        self._remembered: dict[str, tuple[float, bytes | None]] = {}

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Return if the message is PayPal's and recent. Raises BadSignature."""
        if not self._webhook_id:
            raise BadSignature("no webhook id is configured")
        signed = _signed(headers)
        if signed.algorithm != ALGORITHM:
            raise BadSignature("another algorithm")
        _check_time(signed.time)
        self._check_address(signed.certificate)
        try:
            key = checked_key(
                self._certificate(signed.certificate),
                self._common_name(),
                self._sandbox is not None,
            )
        except Unverifiable as reason:
            _log.warning("paypal certificate cannot be checked here (%s): asking PayPal", reason)
            self._ask_paypal(signed, body)
            return
        self._check_signature(signed, body, key)

    def _check_address(self, url: str) -> None:
        """Refuse any address that is not PayPal's, before anything is fetched."""
        found = origin(url)
        if found is None:
            raise BadSignature("the certificate's address is malformed")
        if self._sandbox is not None:
            if found != self._sandbox:
                raise BadSignature("the certificate is not at the sandbox")
            return
        scheme, host, port = found
        is_test = host.endswith(".sandbox.paypal.com")
        if scheme != "https" or port != 443 or not host.endswith(".paypal.com"):
            raise BadSignature("the certificate is not at PayPal")
        if is_test != self._is_test() or not urlsplit(url).path.startswith(
            "/v1/notifications/certs/"
        ):
            raise BadSignature("the certificate is not among PayPal's")

    def _is_test(self) -> bool:
        return ".sandbox." in self._api_url

    def _common_name(self) -> str:
        is_test = self._sandbox is not None or self._is_test()
        return f"messageverificationcerts{'.sandbox' if is_test else ''}.paypal.com"

    def _certificate(self, url: str) -> bytes:
        """The certificate's PEM, remembered. Raises Unverifiable."""
        with self._lock:
            until, pem = self._remembered.get(url, (0.0, None))
        if time.monotonic() >= until:
            pem = self._fetch(url)
            lives_s = REMEMBER_FAILURE_S if pem is None else REMEMBER_S
            with self._lock:
                while len(self._remembered) >= MOST_REMEMBERED:
                    self._remembered.pop(next(iter(self._remembered)))
                self._remembered[url] = (time.monotonic() + lives_s, pem)
        if pem is None:
            raise Unverifiable("it cannot be fetched")
        return pem

    def _fetch(self, url: str) -> bytes | None:
        give_up_at = time.monotonic() + FETCH_WITHIN_S
        data = b""
        try:
            response = self._pool.request("GET", url, redirect=False, preload_content=False)
            if response.status != 200:
                response.close()
                return None
            while chunk := response.read1(16_384):
                data += chunk
                if len(data) > LARGEST_CERTIFICATE or time.monotonic() > give_up_at:
                    response.close()
                    return None
            response.release_conn()
        except urllib3.exceptions.HTTPError:
            return None
        return data

    def _check_signature(self, signed: _Signed, body: bytes, key: rsa.RSAPublicKey) -> None:
        message = f"{signed.id}|{signed.time}|{self._webhook_id}|{zlib.crc32(body)}".encode()
        try:
            signature = base64.b64decode(signed.signature, validate=True)
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        except (binascii.Error, ValueError, InvalidSignature):
            raise BadSignature("the signature does not fit") from None

    def _ask_paypal(self, signed: _Signed, body: bytes) -> None:
        """Let PayPal's own API judge. The event goes there as it came: written anew, it would not fit any more."""
        question = {
            "auth_algo": signed.algorithm,
            "cert_url": signed.certificate,
            "transmission_id": signed.id,
            "transmission_sig": signed.signature,
            "transmission_time": signed.time,
            "webhook_id": self._webhook_id,
        }
        try:
            if not isinstance(json.loads(body.decode()), dict):
                _refuse_body()
        except (ValueError, RecursionError):
            _refuse_body()
        text = json.dumps(question)[:-1].encode() + b', "webhook_event": ' + body + b"}"
        try:
            answer = self._client.ask("verify_webhook", body=text)
        except ProviderError as error:
            raise BadSignature("nobody can check it now") from error
        if answer.body.get("verification_status") != "SUCCESS":
            raise BadSignature("PayPal does not know it")


def origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an absolute URL without user, query or fragment; None for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    ports = {"https": 443, "http": 80}
    if (
        parts.scheme not in ports
        or not parts.hostname
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        return None
    if not re.fullmatch(r"[a-z0-9.-]+", parts.hostname):
        return None
    return parts.scheme, parts.hostname, ports[parts.scheme] if port is None else port


def _signed(headers: Mapping[str, str]) -> _Signed:
    given = {str(name).lower(): value for name, value in headers.items()}
    values = {}
    for field, (name, form) in HEADERS.items():
        value = given.get(name)
        if not isinstance(value, str) or not form.fullmatch(value):
            raise BadSignature(f"{name} is missing or malformed")
        values[field] = value
    return _Signed(**values)


def _check_time(text: str) -> None:
    try:
        sent_at = datetime.fromisoformat(text)
    except ValueError:
        raise BadSignature("the time is malformed") from None
    if sent_at.tzinfo is None:
        raise BadSignature("the time has no zone")
    age = clock.now() - sent_at
    if not -NEWEST <= age <= OLDEST:
        raise BadSignature("too old, or from the future")


def _refuse_body() -> NoReturn:
    raise BadSignature("not an event") from None
