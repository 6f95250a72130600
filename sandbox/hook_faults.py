"""What trouble does to an outgoing message: more of it, later, never, or signed so that nobody may believe it."""

import secrets
from collections.abc import Callable

from sandbox import clock
from sandbox.faults import NAME, Fault
from sandbox.store import Document

Sign = Callable[[bytes, Document], dict[str, str]]

WAITS_S = 60.0
STALE_S = 30 * 86_400.0


def spoil(delivery: Document, fault: Fault | None) -> list[Document]:
    """Give what is queued instead of this one message."""
    if fault is None:
        return [delivery]
    delivery["fault"] = fault.kind
    if fault.kind == "duplicate":
        return [delivery, delivery | {"id": new_id()}]
    if fault.kind == "other_account":
        return [delivery | {"fault": None}, _of_somebody_else(delivery)]
    if fault.kind == "drop_webhook":
        delivery["state"] = "dropped"
    elif fault.kind in ("delay", "reorder"):
        delivery["next_at"] += fault.seconds or WAITS_S
    else:
        delivery["spoiled"] = fault.kind
        delivery["age_s"] = fault.seconds or STALE_S
    return [delivery]


def new_id() -> str:
    """Make the id of a delivery."""
    return "dlv_" + secrets.token_hex(8)


def is_waiting_for_another(delivery: Document) -> bool:
    """Say whether a message is held back only until the next one was sent."""
    return delivery.get("fault") == "reorder" and not delivery["attempts"]


def signed(sign: Sign, body: bytes, delivery: Document) -> dict[str, str]:
    """Sign a message as its provider does, or as it must not."""
    spoiled = delivery.get("spoiled")
    if spoiled == "stale":
        with clock.past(delivery["age_s"]):
            return sign(body, delivery)
    return sign(body + b" " if spoiled == "wrong_signature" else body, delivery)


def _of_somebody_else(delivery: Document) -> Document:
    """The same message with every id turned around: well formed, and nobody's here."""

    def other(name: str) -> str:
        head, mark, tail = name.rpartition("_" if "_" in name else "-")
        return head + mark + tail[::-1]

    body = NAME.sub(lambda found: other(found.group()), delivery["body"])
    return delivery | {
        "id": new_id(),
        "event_id": other(delivery["event_id"]),
        "body": body,
    }
