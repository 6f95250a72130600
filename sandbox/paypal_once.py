"""PayPal-Request-Id: a repeated request does nothing again and is shown the latest state."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sandbox import clock
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_world import moment_of, sandbox, wire_now
from sandbox.store import Document

SEEN = "paypal_request"
ORDERS_REMEMBERED_FOR = timedelta(hours=6)
PAYMENTS_REMEMBERED_FOR = timedelta(days=45)
LONGEST_ID = 108

_running: set[str] = set()
_running_lock = threading.Lock()


def once(
    path: str,
    request_id: str,
    *,
    remembered_for: timedelta,
    act: Callable[[], Document],
    latest: Callable[[str], Document],
) -> tuple[Document, bool]:
    """Act in one transaction, or read what an earlier such request made; say which.

    A refused request is not remembered: with the same id it is tried again.
    """
    if len(request_id) > LONGEST_ID:
        field = "PayPal-Request-Id"
        raise PayPalError("INVALID_STRING_LENGTH", field=field, location="header")
    store, key = sandbox().store, f"{path} {request_id}"
    if not request_id:
        with store.transaction():
            return act(), False
    with _alone(f"{id(store)} {key}"), store.transaction():
        seen: dict[str, Any] | None = store.get(SEEN, key)
        if seen and clock.now() - moment_of(seen["at"]) < remembered_for:
            return latest(seen["made"]), True
        made = act()
        store.put(SEEN, key, {"made": made["id"], "at": wire_now()})
        return made, False


@contextmanager
def _alone(key: str) -> Iterator[None]:
    with _running_lock:
        if key in _running:
            raise PayPalError("PREVIOUS_REQUEST_IN_PROGRESS")
        _running.add(key)
    try:
        yield
    finally:
        with _running_lock:
            _running.discard(key)
