"""The bell: a hint that must never make a shopper wait."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app import events
from app.api import hooks
from app.config import Config
from tasks import doorbell


@pytest.fixture
def hang() -> Iterator[Any]:
    before = list(events._ring), list(hooks._ring)
    yield lambda url: doorbell.hang(cast("Config", SimpleNamespace(redis_url=url)))
    doorbell.hang(cast("Config", SimpleNamespace(redis_url="")))
    events._ring[:], hooks._ring[:] = before


def waiting(listener: socket.socket) -> int:
    """How many have connected."""
    listener.setblocking(False)
    found = []
    try:
        while True:
            found.append(listener.accept()[0])
    except BlockingIOError:
        return len(found)
    finally:
        for connection in found:
            connection.close()


def test_a_redis_that_hangs_is_tried_once_and_then_left_alone(hang: Any) -> None:
    """Each payment waited 30 s for it, three times over, before the provider was asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hang(f"redis://127.0.0.1:{listener.getsockname()[1]}/0")
        assert not doorbell.ring("money")
        assert not doorbell.ring("money")
        assert waiting(listener) == 1


def test_without_redis_nothing_rings(hang: Any) -> None:
    hang("")
    assert not doorbell.ring("money")
