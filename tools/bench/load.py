"""Send payments at times fixed beforehand, however slow the answers are, and note every answer.

Latency counts from the moment at which a request was due, so waiting for a connection, or for us, is in it: a server
that stalls cannot hide the requests that would have come meanwhile ("coordinated omission").
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import random
import sys
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

CONNECTIONS = 64  # opened before the clock starts; more are opened as they are needed
MOST_CONNECTIONS = 1500
GRACE_S = 30  # for answers that are still on their way when the last request was sent


@dataclass(frozen=True)
class Plan:
    """What to send where. `rate` per second with random (Poisson) gaps, or `in_flight` at a time as fast as it goes."""

    port: int
    api_key: str
    seconds: float
    seed: int
    rate: float = 0
    in_flight: int = 0
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Each with token, amount, currency and key."""

    def wire(self) -> list[bytes]:
        """Every request, ready to be sent."""
        return [self._request(wanted) for wanted in self.requests]

    def _request(self, wanted: dict[str, Any]) -> bytes:
        body = json.dumps({name: wanted[name] for name in ("token", "amount", "currency")})
        return (
            f"POST /v1/payments HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {self.api_key}\r\nIdempotency-Key: {wanted['key']}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def due(self) -> list[float]:
        """When each request is to be sent, in seconds from the start."""
        moments, now = [], 0.0
        chance = random.Random(self.seed)  # noqa: S311 -- arrivals, not secrets
        while (now := now + chance.expovariate(self.rate)) < self.seconds:
            moments.append(now)
        return moments[: len(self.requests)]


@dataclass
class Answer:
    """What came of one request; `status` 0 when nothing came."""

    key: str
    due_s: float
    latency_s: float
    status: int
    sha256: str = ""
    payment: dict[str, Any] = field(default_factory=dict)


class Connection(asyncio.Protocol):
    """One kept-alive connection, one request at a time."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.request: int | None = None
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def send(self, request: int) -> None:
        self.request = request
        self.transport.write(self.load.wire[request])

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if len(body) < int(length or 0):
            return
        request, self.request, self.received = self.request, None, b""
        if request is not None:
            self.load.answered(request, int(head[9:12]), body)
        self.load.free(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.load.lost(self)


class Load:
    """The generator: who is due, which connections are free, what was answered."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.wire = plan.wire()
        self.moments = plan.due() if plan.rate else []
        self.loop = asyncio.get_running_loop()
        self.idle: deque[Connection] = deque()
        self.open = 0
        self.waiting: deque[int] = deque()
        self.next = 0
        self.answers: dict[int, tuple[float, int, bytes]] = {}
        self.sent: dict[int, float] = {}
        self.done = asyncio.Event()

    async def run(self) -> None:
        """Send everything, then wait for what is outstanding."""
        await asyncio.gather(*(self._connect() for _ in range(self.plan.in_flight or CONNECTIONS)))
        gc.disable()  # a pause of ours would look like one of theirs
        self.started = self.loop.time() + (0.05 if self.plan.rate else 0)
        if self.plan.rate:
            self.loop.call_at(self.started + self.moments[0], self._send_due)
            sending = self.moments[-1]
        else:
            for _ in range(self.plan.in_flight):
                self._send_next()
            sending = self.plan.seconds
        try:
            async with asyncio.timeout(sending + GRACE_S):
                await self.done.wait()
        except TimeoutError:
            pass

    def _send_due(self) -> None:
        now = self.loop.time() - self.started
        while self.next < len(self.moments) and self.moments[self.next] <= now:
            self.sent[self.next] = self.started + self.moments[self.next]
            self._dispatch(self.next)
            self.next += 1
        if self.next < len(self.moments):
            self.loop.call_at(self.started + self.moments[self.next], self._send_due)

    def _send_next(self) -> None:
        """Without a rate: the next request as soon as a connection is free."""
        now = self.loop.time()
        if self.next < len(self.wire) and now - self.started < self.plan.seconds:
            self.sent[self.next] = now
            self._dispatch(self.next)
            self.next += 1

    def _dispatch(self, request: int) -> None:
        if self.idle:
            self.idle.popleft().send(request)  # the longest idle first: every worker gets its share
            return
        self.waiting.append(request)
        if self.open < MOST_CONNECTIONS and self.plan.rate:
            self._opening = self.loop.create_task(self._connect())

    async def _connect(self) -> None:
        self.open += 1
        try:
            _, made = await self.loop.create_connection(
                lambda: Connection(self), "127.0.0.1", self.plan.port
            )
        except OSError:
            self.open -= 1
        else:
            self.free(made)

    def free(self, connection: Connection) -> None:
        if self.waiting:
            connection.send(self.waiting.popleft())
        else:
            self.idle.append(connection)

    def answered(self, request: int, status: int, body: bytes) -> None:
        self.answers[request] = (self.loop.time(), status, body)
        if not self.plan.rate:
            self._send_next()
        is_last = self.next >= (len(self.moments) or len(self.wire))
        is_over = is_last or (
            not self.plan.rate and self.loop.time() - self.started >= self.plan.seconds
        )
        if is_over and len(self.answers) == len(self.sent):
            self.done.set()

    def lost(self, connection: Connection) -> None:
        self.open -= 1
        if connection in self.idle:
            self.idle.remove(connection)
        if connection.request is not None:
            self.answered(connection.request, 0, b"")

    def report(self) -> list[dict[str, Any]]:
        """Every request that was sent, with its answer; read only now, when nobody waits for us any more."""
        never = (self.loop.time(), 0, b"")
        return [
            asdict(self._answer(request, due, *self.answers.get(request, never)))
            for request, due in self.sent.items()
        ]

    def _answer(self, request: int, due: float, at: float, status: int, body: bytes) -> Answer:
        digest = hashlib.sha256(body).hexdigest()
        payment = json.loads(body) if body[:1] == b"{" else {}
        key = self.plan.requests[request]["key"]
        return Answer(key, due - self.started, at - due, status, digest, payment)


async def main(plan: Plan) -> list[dict[str, Any]]:
    load = Load(plan)
    await load.run()
    return load.report()


if __name__ == "__main__":
    told = Plan(**json.loads(Path(sys.argv[1]).read_text()))
    Path(sys.argv[2]).write_text(json.dumps(asyncio.run(main(told))))
