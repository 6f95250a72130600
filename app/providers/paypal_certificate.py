"""Whether a certificate is one that PayPal signs messages with: its name, its dates, its chain."""

from __future__ import annotations

import functools
import warnings
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from app.providers.base import BadSignature
from models import clock

SHORTEST_KEY_BITS = 2048


class Unverifiable(Exception):
    """It may be genuine, but that cannot be found out here."""


def checked_key(pem: bytes, common_name: str, may_be_self_signed: bool) -> rsa.RSAPublicKey:  # noqa: FBT001
    """The key of a certificate that may sign today. Raises BadSignature, Unverifiable."""
    try:
        leaf, *others = x509.load_pem_x509_certificates(pem)
        names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        key = leaf.public_key()
        is_root = leaf.subject == leaf.issuer
    except (ValueError, TypeError):
        raise BadSignature("not a certificate") from None
    if [name.value for name in names] != [common_name]:
        raise BadSignature("the certificate has another name")
    if not leaf.not_valid_before_utc <= clock.now() <= leaf.not_valid_after_utc:
        raise BadSignature("the certificate is not valid now")
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < SHORTEST_KEY_BITS:
        raise BadSignature("the certificate's key is too weak")
    if not may_be_self_signed:
        if is_root:
            raise BadSignature("nobody vouches for the certificate")
        _check_chain(leaf, others, common_name)
    return key


def _check_chain(leaf: x509.Certificate, others: list[x509.Certificate], common_name: str) -> None:
    """Follow the chain to a public authority. PayPal has served the leaf without it: that is for PayPal to judge."""
    policy = PolicyBuilder().store(Store(_authorities())).time(clock.now())
    try:
        policy.build_server_verifier(x509.DNSName(common_name)).verify(leaf, others)
    except VerificationError:
        raise Unverifiable("its chain does not end at a public authority") from None


@functools.cache
def _authorities() -> list[x509.Certificate]:
    """The public authorities, without the few that are themselves malformed."""
    found = []
    for block in Path(certifi.where()).read_bytes().split(b"-----BEGIN CERTIFICATE-----")[1:]:
        with warnings.catch_warnings():
            warnings.simplefilter("error", CryptographyDeprecationWarning)
            try:
                found.append(x509.load_pem_x509_certificate(b"-----BEGIN CERTIFICATE-----" + block))
            except (ValueError, CryptographyDeprecationWarning):
                continue
    return found
