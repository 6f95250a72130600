"""A wire between us and a provider, which can be cut, or go dead: what is sent arrives nowhere, and nobody says so."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading

DEAD_FOR_LONGEST_S = 120


class Wire:
    """Listens on a loopback port and carries every connection to another one, until it is told not to."""

    def __init__(self, to_port: int) -> None:
        self._to = ("127.0.0.1", to_port)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listening.getsockname()[1]
        self._alive = threading.Event()
        self._alive.set()
        self._closed = threading.Event()
        threading.Thread(target=self._listen, name="wire", daemon=True).start()

    def die(self) -> None:
        """From now on connections are taken, and nothing comes through."""
        self._alive.clear()

    def live(self) -> None:
        self._alive.set()

    def close(self) -> None:
        self._closed.set()
        self._alive.set()
        self._listening.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while not self._closed.is_set():
                taken, _address = self._listening.accept()
                threading.Thread(target=self._carry, args=(taken,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, contextlib.suppress(OSError), contextlib.ExitStack() as ending:
            self._alive.wait(DEAD_FOR_LONGEST_S)
            far = ending.enter_context(socket.create_connection(self._to, timeout=10))
            other = {near: far, far: near}
            ready = ending.enter_context(selectors.DefaultSelector())
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while not self._closed.is_set():
                for key, _events in ready.select(1):
                    end = key.fileobj
                    assert isinstance(end, socket.socket)
                    data = end.recv(65536)
                    self._alive.wait(DEAD_FOR_LONGEST_S)
                    if not data:
                        return
                    other[end].sendall(data)
