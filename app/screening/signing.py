"""This installation's signature under a risk model: nobody else's model is read, let alone loaded."""

from __future__ import annotations

import hmac
from hashlib import sha256

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
    return hmac.new(
        _key, f"till-risk-model/1\n{digest}\n{flat_digest}".encode(), sha256
    ).hexdigest()


def verify(digest: str, flat_digest: str, signature: str) -> bool:
    """Whether the signature is ours."""
    return hmac.compare_digest(sign(digest, flat_digest), signature)
