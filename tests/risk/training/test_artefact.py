"""a model file that was tampered with is never opened."""

import io
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import joblib
import pytest

from risk import features
from risk.training import artefact
from risk.training.artefact import Tampered, digest, load_joblib, sign, verify

KEY = b"a key of this installation only"
FLAT = digest(b"{}")


def test_a_page_may_import_training_without_loading_the_libraries():
    """Drift, comparisons and cards are shown by web processes; only a fit, an export and a load need the libraries."""
    code = (
        "import sys, risk.training.train, risk.training.shap, risk.training.first, risk.training.drift;"
        "print([m for m in ('numpy', 'sklearn', 'joblib', 'pickle') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


class Evil:
    """Unpickling this writes a file: what an attacker's model would do, and worse."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def dumped(value):
    buffer = io.BytesIO()
    joblib.dump(value, buffer)
    return buffer.getvalue()


GOOD = dumped({"features": list(features.NAMES), "slope": 1.0})


def test_what_was_signed_is_loaded():
    bundle = load_joblib(
        GOOD,
        sha256=digest(GOOD),
        flat_sha256=FLAT,
        signature=sign(digest(GOOD), FLAT, KEY),
        key=KEY,
    )
    assert bundle["slope"] == 1.0


@pytest.mark.parametrize(
    "changed",
    [
        {"sha256": digest(GOOD)},  # the registry still has the good file's hash
        {},  # the registry was changed as well; the key was not there to sign it
        {"signature": ""},
        {"signature": "é" * 64},
        {"signature": "0" * 64},
        {"signature": sign(digest(GOOD), FLAT, b"another key")},
    ],
)
@pytest.mark.parametrize("writer", [dumped, pickle.dumps], ids=["joblib", "pickle"])
def test_a_tampered_file_never_reaches_the_unpickler(tmp_path, writer, changed):
    marker = tmp_path / "it ran"
    evil = writer(Evil(marker))
    known = {
        "sha256": digest(evil),
        "flat_sha256": FLAT,
        "signature": sign(digest(GOOD), FLAT, KEY),
    }
    with pytest.raises(Tampered):
        load_joblib(evil, **(known | changed), key=KEY)
    assert not marker.exists()
    joblib.load(io.BytesIO(evil))  # and it would have run
    assert marker.exists()


def test_the_joblib_and_the_flat_file_are_signed_together():
    signature = sign(digest(GOOD), FLAT, KEY)
    assert verify(digest(GOOD), FLAT, signature, KEY)
    assert not verify(digest(GOOD), digest(b"another"), signature, KEY)
    assert not verify(FLAT, digest(GOOD), signature, KEY)
    with pytest.raises(ValueError, match="empty key"):
        sign(digest(GOOD), FLAT, b"")


class Warns:
    def __reduce__(self):
        return warnings.warn, ("trained with another scikit-learn", UserWarning)


def test_a_model_of_another_scikit_learn_is_refused():
    other = dumped(Warns())
    signature = sign(digest(other), FLAT, KEY)
    with pytest.raises(artefact.OtherVersion, match="another scikit-learn"):
        load_joblib(other, sha256=digest(other), flat_sha256=FLAT, signature=signature, key=KEY)


def test_a_model_of_other_features_is_refused():
    other = dumped({"features": ["amount"]})
    signature = sign(digest(other), FLAT, KEY)
    with pytest.raises(artefact.OtherVersion):
        load_joblib(other, sha256=digest(other), flat_sha256=FLAT, signature=signature, key=KEY)
