"""Idempotency as Stripe does it: the first executed answer is kept for 24 h and replayed."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sandbox import clock
from sandbox.store import Store
from sandbox.stripe_errors import InvalidRequest, KeyInUse, KeyReused

KIND = "stripe.idempotency"
KEPT_S = 24 * 3600
LONGEST_KEY = 255
SECRET_SCOPE = "sk:"


@dataclass(frozen=True)
class Answer:
    """An answer that can be given again: status and body, byte for byte."""

    status: int
    body: str


def fingerprint(method: str, path: str, params: dict[str, Any]) -> str:
    """Name a request by what it asks, so that another one with its key is noticed."""
    asked = json.dumps([method, path, params], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()


def begin(store: Store, key: str, mark: str, *, scope: str) -> Answer | None:
    """Claim the key; give the stored answer when this request was answered before."""
    if len(key) > LONGEST_KEY:
        raise InvalidRequest("Idempotency keys can have up to 255 characters.")
    with store.transaction():
        row = store.get(KIND, scope + key)
        if row and row["at"] + KEPT_S <= clock.timestamp():
            row = None
        if row is None:
            claim = {"id": scope + key, "at": clock.timestamp(), "mark": mark, "status": None}
            store.put(KIND, scope + key, claim)
            return None
    if row["mark"] != mark:
        raise KeyReused(
            "Keys for idempotent requests can only be used with the same parameters they were"
            f" first used with. Try using a key other than '{key}' if you meant to execute a"
            " different request."
        )
    if row["status"] is None:
        raise KeyInUse(
            "There is currently another in-progress request using this Stripe-Idempotency-Key"
            f" ({key}) (that probably means you submitted twice, and the other request is still"
            " going through). Please try again later.",
            code="idempotency_key_in_use",
        )
    return Answer(row["status"], row["body"])


def finish(store: Store, key: str, answer: Answer, *, scope: str) -> None:
    """Keep the answer; called in the transaction that did the work."""
    row = store.get(KIND, scope + key) or {}
    store.put(KIND, scope + key, row | {"status": answer.status, "body": answer.body})


def replace(store: Store, key: str, answer: Answer) -> None:
    """Keep another answer than was meant: what was done stays done, and repeating it says this for a day."""
    with store.transaction():
        row = store.get(KIND, SECRET_SCOPE + key)
        if row and row["status"]:
            finish(store, key, answer, scope=SECRET_SCOPE)


def forget(store: Store, key: str, *, scope: str) -> None:
    """Give the key back: the request never began to execute."""
    store.delete(KIND, scope + key)


def forget_interrupted(store: Store) -> None:
    """Give back the keys of requests that a stopped process left running."""
    with store.transaction():
        for row in store.list(KIND, status=None):
            store.delete(KIND, row["id"])
