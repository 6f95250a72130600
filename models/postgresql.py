"""PostgreSQL: the pool of connections, and how one waits for an answer."""

from __future__ import annotations

from collections.abc import Generator
from contextvars import ContextVar
from typing import Any

import psycopg
from gevent import get_hub, monkey
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import Engine, QueuePool, create_engine, event

# How long one waits for a connection to decide, and how long to write down what a provider did. In a rush those who
# have asked for nothing yet give up first: a charge must not be left without its answer because the line was too long.
DECIDES_WITHIN_S, RECORDS_WITHIN_S = 5.0, 60.0
has_asked: ContextVar[bool] = ContextVar("has_asked", default=False)


class Pool(QueuePool):
    """A pool in which those who have asked a provider wait for longer than those who have not."""

    @property
    def _timeout(self) -> float:
        return RECORDS_WITHIN_S if has_asked.get() else DECIDES_WITHIN_S

    @_timeout.setter
    def _timeout(self, _seconds: float) -> None:
        """SQLAlchemy sets one for everybody."""


def open_pool(uri: str, *, size: int, **options: Any) -> Engine:
    """Connections for this process, at most `size`; opened when they are first needed.

    There is no overflow: a connection that is opened in a rush and thrown away costs PostgreSQL more than the payment
    (3 ms of CPU per payment became 6.5). Who comes too late waits.

    `pool_pre_ping` is left off: it costs a round trip per checkout. A connection that the server closed fails its
    request once; the pool then renews itself, and the same idempotency key retries safely.
    """
    engine = create_engine(
        uri, poolclass=Pool, pool_size=size, max_overflow=0, pool_use_lifo=True, **options
    )
    event.listen(engine, "connect", _one_size_of_integers)
    if monkey.is_module_patched("select"):
        event.listen(engine, "do_connect", _green)
    return engine


def _one_size_of_integers(connection: Any, _record: object) -> None:
    # By default an integer travels in the smallest type that holds it, and a statement is prepared once per mix.
    connection.adapters.register_dumper(int, Int8Dumper)


def _green(_dialect: object, _record: object, words: Any, options: Any) -> psycopg.Connection[Any]:
    return GreenConnection.connect(*words, **options)


class GreenConnection(psycopg.Connection[Any]):
    """Under gevent: sleep on the hub until the socket is ready, 19 µs of CPU a round trip.

    By itself psycopg makes a poll object for each, and gevent watchers for that: 33 µs.
    """

    def wait(
        self, gen: Generator[Any, Any, Any], interval: float = 0.0, timeout: float | None = None
    ) -> Any:
        """Run psycopg's generator. It yields what it waits for: 1 to read, 2 to write, as gevent's loop has them."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        hub = get_hub()
        try:
            wanted = next(gen)
            while True:
                watcher = hub.loop.io(self.pgconn.socket, wanted)
                try:
                    hub.wait(watcher)
                finally:
                    watcher.close()
                wanted = gen.send(wanted)
        except StopIteration as done:
            return done.value
