"""A provider that costs next to nothing: Stripe's wire form for one kind of charge, with books of its own.

Takes `POST /v1/payment_intents` for a card that always pays, tells of it at `GET /v1/payment_intents[/id]`, and knows
a repeated idempotency key. It imports nothing of ours, so that its books are a second opinion.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

FEE_PERCENT, FEE_FIXED = 29, 30  # 2.9 % and 30 minor units, as Stripe's list price has it
IN_USE = "There is currently another in-progress request using this Idempotent Key."
OTHER_BODY = "Keys for idempotent requests can only be used with the same parameters."

_PLAIN = (Path(__file__).parent / "intent.json").read_text()
# `"%(amount)d"` keeps the file valid JSON; on the wire it is a number.
TEMPLATE = re.sub(r'"(%\(\w+\)d)"', r"\1", _PLAIN).encode()


class Intent(NamedTuple):
    """One charge in the stub's books."""

    number: int
    key: bytes
    asked: bytes
    amount: int
    currency: bytes
    fee: int
    attempt_id: bytes
    payment_id: bytes
    created: int
    ready_at: float

    @property
    def id(self) -> str:
        return f"pi_bench{self.number:016d}"

    def body(self) -> bytes:
        """The PaymentIntent as Stripe writes it, with its charge and balance transaction expanded."""
        return TEMPLATE % {
            b"n": b"bench%016d" % self.number,
            b"amount": self.amount,
            b"currency": self.currency,
            b"fee": self.fee,
            b"net": self.amount - self.fee,
            b"created": self.created,
            b"available": self.created + 172_800,
            b"attempt_id": self.attempt_id,
            b"payment_id": self.payment_id,
        }

    def line(self) -> dict[str, object]:
        """The charge as the audit reads it."""
        return {
            "id": self.id,
            "attempt_id": self.attempt_id.decode(),
            "payment_id": self.payment_id.decode(),
            "amount": self.amount,
            "currency": self.currency.decode().upper(),
            "fee": self.fee,
        }


class Books:
    """Every charge that was ever taken, and the time an answer takes."""

    def __init__(self) -> None:
        self.intents: list[Intent] = []
        self.by_key: dict[bytes, Intent] = {}
        self.latency_s = 0.0

    def charge(self, key: bytes, asked: bytes, now: float) -> tuple[int, bytes]:
        """Take the money, once per key."""
        known = self.by_key.get(key)
        if known is not None:
            if known.asked != asked:
                return 400, _error("idempotency_error", OTHER_BODY)
            if known.ready_at > now:
                return 409, _error("idempotency_error", IN_USE, "idempotency_key_in_use")
            return 200, known.body()
        fields = dict(pair.partition(b"=")[::2] for pair in asked.split(b"&"))
        intent = self._made(key, asked, fields, now)
        if intent is None:
            return 400, _error("invalid_request_error", "This stub takes plain card charges only.")
        self.intents.append(intent)
        self.by_key[key] = intent
        return 200, intent.body()

    def _made(
        self, key: bytes, asked: bytes, fields: dict[bytes, bytes], now: float
    ) -> Intent | None:
        amount = fields.get(b"amount", b"")
        plain = fields.get(b"confirm") == b"true" and fields.get(b"capture_method") == b"automatic"
        if not (key and plain and amount.isdigit() and b"payment_method" in fields):
            return None
        return Intent(
            number=len(self.intents) + 1,
            key=key,
            asked=asked,
            amount=int(amount),
            currency=fields[b"currency"],
            fee=int(amount) * FEE_PERCENT // 1000 + FEE_FIXED,
            attempt_id=_metadata(fields, b"attempt_id"),
            payment_id=_metadata(fields, b"payment_id"),
            created=int(time.time()),
            ready_at=now + self.latency_s,
        )

    def read(self, path: str, query: dict[str, str]) -> tuple[int, bytes]:
        """One intent, or a page of them, the newest first."""
        name = path.removeprefix("/v1/payment_intents").strip("/")
        if not name:
            return 200, self._page(query)
        number = name.removeprefix("pi_bench")
        if not number.isdigit() or not 0 < int(number) <= len(self.intents):
            told = f"No such payment_intent: '{name}'"
            return 404, _error("invalid_request_error", told, "resource_missing")
        return 200, self.intents[int(number) - 1].body()

    def _page(self, query: dict[str, str]) -> bytes:
        before = query.get("starting_after", "").removeprefix("pi_bench")
        older = self.intents[: int(before) - 1] if before else self.intents
        since = int(query.get("created[gte]", 0))
        until = int(query.get("created[lte]", 2**62))
        limit = int(query.get("limit", 10))
        found = [i for i in reversed(older) if since <= i.created <= until]
        data = b",".join(intent.body() for intent in found[:limit])
        more = b"true" if len(found) > limit else b"false"
        return b'{"object": "list", "data": [' + data + b'], "has_more": ' + more + b"}"

    def dump(self) -> bytes:
        """All charges, one JSON object per line."""
        return "\n".join(json.dumps(intent.line()) for intent in self.intents).encode()


def _metadata(fields: dict[bytes, bytes], name: bytes) -> bytes:
    return fields.get(b"metadata[%s]" % name) or fields.get(b"metadata%%5B%s%%5D" % name, b"")


def _error(kind: str, message: str, code: str | None = None) -> bytes:
    told = {"type": kind, "message": message, **({"code": code} if code else {})}
    return json.dumps({"error": told}).encode()


class Connection(asyncio.Protocol):
    """Just enough HTTP/1.1 for a client that sends one request at a time and keeps the connection."""

    def __init__(self, books: Books, call_later: Callable[..., object]) -> None:
        self.books = books
        self.call_later = call_later
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(_header(head, b"content-length") or 0)
        if len(body) < length:
            return
        self.received = b""
        self._answer(head, body[:length])

    def _answer(self, head: bytes, body: bytes) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].split(b" ")
        if method == b"POST" and target == b"/v1/payment_intents":
            now = time.monotonic()
            status, answer = self.books.charge(_header(head, b"idempotency-key"), body, now)
            if self.books.latency_s:
                self.call_later(self.books.latency_s, self._send, status, answer)
                return
        else:
            status, answer = self._other(method, target.decode())
        self._send(status, answer)

    def _other(self, method: bytes, target: str) -> tuple[int, bytes]:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        if parts.path == "/healthz":
            return 200, b'{"status": "ok"}'
        if parts.path == "/books":
            return 200, self.books.dump()
        if parts.path == "/latency":
            self.books.latency_s = int(query["ms"]) / 1000
            return 200, b"{}"
        if method == b"GET" and parts.path.startswith("/v1/payment_intents"):
            return self.books.read(parts.path, query)
        return 404, _error("invalid_request_error", "Unrecognized request URL.")

    def _send(self, status: int, answer: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 %d Answer\r\nContent-Type: application/json\r\nRequest-Id: req_bench\r\n"
            b"Content-Length: %d\r\n\r\n%b" % (status, len(answer), answer)
        )


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name + b":")
    return head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip() if at >= 0 else b""


async def serve(port: int) -> None:
    books, loop = Books(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(books, loop.call_later), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
