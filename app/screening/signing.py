"""This installation's signature under a risk model: nobody else's model is read, let alone loaded."""

from __future__ import annotations

import hmac
from hashlib import sha256

from risk.training import artefact

_key = b""


def configure(secret_key: str) -> None:
    """Sign with a key derived from this installation's secret."""
    global _key  # noqa: PLW0603 -- one per process, like the database
    _key = hmac.new(secret_key.encode(), b"till risk model signing key", sha256).digest()


def key() -> bytes:
    """The signing key of this process, for `risk.training.artefact`."""
    return _key


def sign(digest: str, flat_digest: str) -> str:
    """The signature under the SHA-256 of the joblib file and of the flat export."""
    return artefact.sign(digest, flat_digest, _key)


def verify(digest: str, flat_digest: str, signature: str) -> bool:
    """Whether the signature is ours."""
    return artefact.verify(digest, flat_digest, signature, _key)
