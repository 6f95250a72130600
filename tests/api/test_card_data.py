"""A card number in any field is refused, and found in no log, no table and no queue."""

import json
import logging
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis
from sqlalchemy import text

from app import events
from app.api import hooks
from app.api.examples import EXAMPLES
from app.api.routes import ENDPOINTS
from models import Base, db
from tasks import doorbell
from tests.api.conftest import Api, code
from tests.api.test_bad_input import NOBODY

PAN = "4000056655665556"
WRITTEN = [
    PAN,
    "4000 0566 5566 5556",
    "4000-0566-5566-5556",
    f"card {PAN}.",
    f"https://x.example/{PAN}",
    f"a@b.example?{PAN}",
]
REFUSED = "422 raw_card_data_not_accepted"
POSTS = [point for point in ENDPOINTS if point.command is not None]


@pytest.fixture
def queue(api: Api, redis_url: str) -> Iterator[Any]:
    """The queue that the application rings."""
    before = list(events._ring), list(hooks._ring)
    doorbell.hang(replace(api.till.config, redis_url=redis_url))
    connection = redis.Redis.from_url(redis_url)
    yield connection
    doorbell.hang(api.till.config)
    events._ring[:], hooks._ring[:] = before
    connection.flushdb()
    connection.close()


def everything_stored() -> str:
    """Every cell of every table."""
    found = []
    for name in Base.metadata.tables:
        found += [repr(tuple(row)) for row in db.session().execute(text(f"SELECT * FROM {name}"))]
    db.release()
    return "\n".join(found)


def everything_queued(connection: Any) -> str:
    """Every value of every key, unpacked where RQ packs it."""
    found = []
    for key in connection.scan_iter():
        kind = connection.type(key)
        read = {
            b"hash": lambda k: [x for pair in connection.hgetall(k).items() for x in pair],
            b"list": lambda k: connection.lrange(k, 0, -1),
            b"set": connection.smembers,
            b"zset": lambda k: connection.zrange(k, 0, -1),
            b"string": lambda k: [connection.get(k)],
        }[kind]
        for value in read(key):
            found.append(repr(value))
            try:
                found.append(repr(zlib.decompress(value)))
            except zlib.error:
                continue
    return "\n".join(found)


def with_card(value: Any, card: str) -> Iterator[Any]:
    """The value with the card in each place where a text or a number could be, one at a time."""
    if isinstance(value, dict):
        for name, inner in value.items():
            for changed in with_card(inner, card):
                yield {**value, name: changed}
        yield {**value, card: "x"}
        yield {**value, "extra": [{"deep": card}]}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            for changed in with_card(inner, card):
                yield [*value[:place], changed, *value[place + 1 :]]
    else:
        yield card


def test_no_field_takes_a_card_and_nothing_keeps_it(
    api: Api, queue: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for point in POSTS:
        path = "/v1" + point.path.format(**NOBODY)
        for written in WRITTEN:
            for body in with_card(EXAMPLES[point.name], written):
                answer = api.call(point.method, path, json=body)
                assert code(answer) == REFUSED, body
                assert PAN not in answer.text
        for raw in (
            f'{{"amount": {PAN}}}',
            f'{{"amount": {PAN}.0}}',
            f'{{"a": [[{PAN}]]}}',
            '{"cvc": 123}',
            '{"card": {}}',
        ):
            answer = api.call(point.method, path, data=raw, content_type="application/json")
            assert code(answer) == REFUSED, raw
    good = {"currency": "EUR", "amount": 1999}
    assert code(api.post("/v1/checkout_sessions", good, once=PAN)) == REFUSED
    assert code(api.post(f"/v1/checkout_sessions?note={PAN}", good)) == REFUSED
    assert code(api.get(f"/v1/payments?cursor={PAN}")) == REFUSED
    assert code(api.get(f"/v1/payments/{PAN}")) == "404 not_found"
    api.raw("/v1/checkout_sessions", f'{{"number": "{PAN}"'.encode())  # broken as well
    api.call("POST", "/v1/tokens", data=PAN, content_type="text/plain")
    api.call("GET", "/v1/payments", headers={"Authorization": f"Bearer {PAN}", "User-Agent": PAN})
    api.client().post(
        "/webhooks/stripe", data=json.dumps({"id": PAN}), headers={"Stripe-Signature": PAN}
    )
    api.pay()  # something must have been written, rung and logged
    assert queue.dbsize()
    for place in (caplog.text, everything_stored(), everything_queued(queue)):
        assert len(place) > 100
        for written in WRITTEN:
            assert written not in place


def test_what_only_looks_like_a_card_passes(api: Api) -> None:
    metadata = {
        "phone": "+4915112345678",
        "at": "2026112110060416",
        "id": "ref_4000056655665556",
        "sum": "4000056655665557",
    }
    assert api.session(metadata=metadata)["metadata"] == metadata


def test_an_unexpected_failure_is_logged_without_what_was_sent(
    api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr("app.payments.open_session", fails)
    answer = api.post(
        "/v1/checkout_sessions", {"currency": "EUR", "amount": 100, "description": "canary-text"}
    )
    assert code(answer) == "500 internal"
    assert "surprise" not in answer.text
    assert answer.json["request_id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "canary-text" not in caplog.text
    assert api.key not in caplog.text
