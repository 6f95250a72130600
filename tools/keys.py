"""The secrets of this installation: made once, kept in var/secrets.json, readable by its owner."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from tools import VAR

FILE = "secrets.json"

# The demo's people by the names that `flask seed` has for them → the address they sign in with.
PEOPLE = {
    "analyst": "analyst@till.example",
    "analyst2": "analyst2@till.example",
    "admin": "admin@till.example",
    "merchant": "merchant@till.example",
}


def _fresh() -> dict[str, str]:
    """New random values, in the form in which each provider writes its own."""
    return {
        "SECRET_KEY": secrets.token_hex(32),
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(24)}",
        "STRIPE_PUBLISHABLE_KEY": f"pk_test_{secrets.token_hex(24)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
        "PAYPAL_CLIENT_ID": f"sandbox-{secrets.token_hex(20)}",
        "PAYPAL_CLIENT_SECRET": secrets.token_hex(32),
        "PAYPAL_WEBHOOK_ID": secrets.token_hex(9).upper(),
        "RAZORPAY_KEY_ID": f"rzp_test_{secrets.token_hex(7)}",
        "RAZORPAY_KEY_SECRET": secrets.token_hex(12),
        "RAZORPAY_WEBHOOK_SECRET": secrets.token_hex(24),
        **{password_of(name): secrets.token_urlsafe(12) for name in PEOPLE},
    }


def password_of(name: str) -> str:
    """Under which name the password of one of the demo's people is kept."""
    return f"DEMO_{name.upper()}_PASSWORD"


def users(known: dict[str, str]) -> dict[str, dict[str, str]]:
    """The demo's people and how they sign in; nobody where there is no demo."""
    return {
        name: {"email": email, "password": known[password_of(name)]}
        for name, email in PEOPLE.items()
        if password_of(name) in known
    }


def load(folder: Path = VAR) -> dict[str, str]:
    """What was made before, completed by what a newer version of Till also needs."""
    path = folder / FILE
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    complete = {**_fresh(), **known}
    if complete != known:
        save(complete, folder)
    return complete


def save(values: dict[str, str], folder: Path = VAR) -> None:
    write_private(folder / FILE, values)


def write_private(path: Path, values: dict[str, object] | dict[str, str]) -> None:
    """Replace the file at once and whole; nobody but its owner can read it, ever."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(json.dumps(values, indent=2) + "\n")
    draft.replace(path)
