"""The official client over our own session: what it may do to the process, and what an answer is worth."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask, Response, redirect, request

from app.providers import razorpay_http
from app.providers.base import Refused, Unanswered
from app.providers.razorpay_http import Client, client, every, every_made
from tests.app.providers.world import World
from tests.sandbox.paypal_client import serving

MISTAKE = {"error": {"code": "BAD_REQUEST_ERROR", "description": "no", "reason": "NA"}}


@contextmanager
def answering(world: World, *answers: Response) -> Iterator[tuple[Client, list[str]]]:
    """A client whose Razorpay gives these answers in turn; and the requests that came."""
    app, came, left = Flask("razorpay"), [], list(answers)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path: str) -> Response:
        came.append(f"{request.method} /{path}")
        return left.pop(0)

    with serving(app) as url:
        yield client(world.config(razorpay_api_url=url)), came


def said(status: int, body: object) -> Response:
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(text, status, content_type="application/json")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"error": {"code": "SERVER_ERROR"}}),
        (502, "<html>Bad Gateway</html>"),
        (400, {"error": {"code": "GATEWAY_ERROR"}}),
        (400, {"error": {"code": "SOMETHING_NEW"}}),
        (400, {"error": "no"}),
        (400, "no"),
        (403, "<html>a proxy</html>"),
        (408, MISTAKE),
        (409, MISTAKE),
        (429, MISTAKE),
        (200, MISTAKE),
        (200, "[]"),
        (200, "{}"),
        (200, ""),
        (200, "[" * 100_000),
        (204, ""),
    ],
    ids=str,
)
def test_what_leaves_it_open_is_no_answer(world: World, status: int, body: object) -> None:
    with answering(world, said(status, body)) as (asked, _), pytest.raises(Unanswered):
        asked.order.fetch("order_1")


@pytest.mark.parametrize("status", [400, 401, 404])
def test_our_mistake_is_a_refusal(world: World, status: int) -> None:
    with answering(world, said(status, MISTAKE)) as (asked, _), pytest.raises(Refused) as refused:
        asked.order.fetch("order_1")
    assert (refused.value.status, refused.value.code) == (status, "BAD_REQUEST_ERROR")


def test_a_reason_is_more_exact_than_a_code(world: World) -> None:
    told = {"error": {"code": "BAD_REQUEST_ERROR", "reason": "input_validation_failed"}}
    with answering(world, said(400, told)) as (asked, _), pytest.raises(Refused) as refused:
        asked.order.fetch("order_1")
    assert refused.value.code == "input_validation_failed"


def test_a_redirect_is_not_followed(world: World) -> None:
    away = redirect("/elsewhere", 302)
    with answering(world, away) as (asked, came), pytest.raises(Unanswered):
        asked.order.create({"amount": 100})
    assert came == ["POST /v1/orders"]


def test_an_answer_has_an_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(razorpay_http, "LARGEST_ANSWER", 1000)
    with answering(world, said(200, {"x": "y" * 2000})) as (asked, _), pytest.raises(Unanswered):
        asked.order.fetch("order_1")


def test_a_list_has_an_end(world: World) -> None:
    full = {"items": [{}] * razorpay_http.PAGE}
    with pytest.raises(Unanswered):
        list(every(lambda _query: full))


class Busy:
    """A list of what was made at these moments, newest first, or oldest; it counts how often it was asked."""

    def __init__(self, moments: list[int], *, oldest_first: bool = False) -> None:
        self.rows = [{"id": f"rfnd_{n}", "created_at": at} for n, at in enumerate(moments)]
        self.rows = self.rows if oldest_first else self.rows[::-1]
        self.asked = 0

    def __call__(self, query: dict[str, int]) -> dict[str, object]:
        self.asked += 1
        rows = [row for row in self.rows if query["from"] <= row["created_at"] <= query["to"]]
        return {"items": rows[query["skip"] :][: query["count"]]}


@pytest.mark.parametrize("oldest_first", [False, True])
def test_a_busy_week_is_read_whole(oldest_first: bool) -> None:
    """More than one list gives: most of it in one hour."""
    moments = [n // 2 for n in range(5000)] + [90_000 + n * 100 for n in range(5000)]
    busy = Busy(moments, oldest_first=oldest_first)
    told = [row["id"] for row in every_made(busy, 0, 700_000)]
    assert (len(told), len(set(told))) == (10_000, 10_000)


def test_a_quiet_week_is_one_question() -> None:
    quiet = Busy([5, 6])
    assert len(list(every_made(quiet, 0, 700_000))) == 2
    assert quiet.asked == 1


def test_what_no_window_is_small_enough_for_is_cut_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = list(every_made(Busy([500] * 2001), 0, 1000))
    assert len(told) == 2000
    assert "razorpay list cut" in caplog.text


def test_nobody_there_is_no_answer_and_nothing_is_printed(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Unanswered):
        client(world.config(razorpay_api_url="http://127.0.0.1:9")).order.fetch("order_1")
    assert capsys.readouterr() == ("", "")


def test_proxies_of_the_environment_are_not_trusted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    with answering(world, said(200, {"entity": "order"})) as (asked, _):
        assert asked.order.fetch("order_1") == {"entity": "order"}


def test_no_key_is_in_what_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with answering(world, said(401, MISTAKE)) as (asked, _), pytest.raises(Refused) as refused:
        asked.order.fetch("order_1")
    assert "contract-key-secret" not in caplog.text + str(refused.value)
