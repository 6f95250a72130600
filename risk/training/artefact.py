"""The artefact of record: signed when it is made, and never unpickled before its hash and signature have matched.

joblib is pickle, and unpickling runs what the file says. Only a worker that trains, compares or explains loads it.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import warnings
from dataclasses import dataclass
from typing import Any

from risk import features

# What is signed begins with what it is, so that no signature of ours for something else could stand here.
_DOMAIN = b"till/risk-model/1"


class Tampered(RuntimeError):
    """The file is not the one that was registered. It has not been opened."""


class OtherVersion(RuntimeError):
    """The file was made with other libraries or features than run here: it would be guessed at, so it is not used."""


@dataclass(frozen=True, slots=True)
class Artefact:
    """All that a training hands over."""

    joblib_bytes: bytes
    flat_text: str
    card: str
    metrics: dict[str, Any]

    @property
    def sha256(self) -> str:
        return digest(self.joblib_bytes)

    @property
    def flat_sha256(self) -> str:
        return digest(self.flat_text.encode())


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sign(sha256: str, flat_sha256: str, key: bytes) -> str:
    """This installation's word (HMAC-SHA256) that the two files belong together and were made here."""
    if not key:
        raise ValueError("An empty key signs nothing.")
    message = b"\n".join((_DOMAIN, sha256.encode(), flat_sha256.encode()))
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def verify(sha256: str, flat_sha256: str, signature: str, key: bytes) -> bool:
    return hmac.compare_digest(sign(sha256, flat_sha256, key).encode(), signature.encode())


def check(data: bytes, *, sha256: str, flat_sha256: str, signature: str, key: bytes) -> None:
    """Tampered unless the bytes are the registered ones and the registration is signed."""
    if not hmac.compare_digest(digest(data).encode(), sha256.encode()):
        raise Tampered("The model file does not have the registered SHA-256.")
    if not verify(sha256, flat_sha256, signature, key):
        raise Tampered("The signature of the model does not match.")


def load_joblib(
    data: bytes, *, sha256: str, flat_sha256: str, signature: str, key: bytes
) -> dict[str, Any]:
    """The trained model and its calibration. Nothing is unpickled before hash and signature have matched."""
    check(data, sha256=sha256, flat_sha256=flat_sha256, signature=signature, key=key)
    import joblib

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # scikit-learn only warns of another version's trees
        try:
            bundle: dict[str, Any] = joblib.load(io.BytesIO(data))
        except Warning as warning:
            raise OtherVersion(str(warning)) from None
    if bundle["features"] != list(features.NAMES):
        raise OtherVersion("The model was trained on other features.")
    return bundle
