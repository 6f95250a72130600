"""Attacks through HTTP: odd addresses, odd values, odd moments."""

import io
from typing import NoReturn

import pytest

from tests.api.conftest import Api, code

ODD = ["%00", "a%00b", "%ff", "%ed%a0%80", "%2e%2e", "%F0%9F%98%80", "'--", "x" * 5000]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12])
def test_an_odd_address_of_a_page_is_no_page(api: Api, odd: str) -> None:
    """PostgreSQL refuses a NUL in a text: the page failed with a 500."""
    client = api.client()
    for path in (f"/c/{odd}", f"/c/{odd}/status", f"/c/{odd}/return", f"/l/{odd}"):
        assert client.get(path).status_code == 404, path
    for action in ("update", "pay/stripe", "pay/paypal", "pay/paypal/approve", "pay/paypal/cancel"):
        assert client.post(f"/c/{odd}/{action}", json={}).status_code == 404, action


@pytest.mark.parametrize(
    "url",
    ["https://a.example/\n", "ht\ttps://a.example/", " https://a.example", "https://a b.example/", "https://a.example/\u202e",
     "https://a.example/\u2028", "https://:pw@a.example/", "https://@a.example/", "https://a.example:99999/", "https://a.example:b/",
     "https://[::1", "java\nscript:alert(1)", "javascript://a.example/%0aalert(1)", "//a.example", "https:a.example", "https:\\\\a.example"],
)  # fmt: skip
def test_an_address_that_a_browser_reads_in_another_way(api: Api, url: str) -> None:
    for name in ("success_url", "cancel_url"):
        answer = api.post("/v1/checkout_sessions", {"currency": "EUR", "amount": 1999, name: url})
        assert code(answer) == "422 invalid_value"
        assert answer.json["error"]["field"] == name


class BrokenOff(io.RawIOBase):
    """A body that is cut into no chunks: gunicorn raises an OSError while it is read."""

    def read(self, _size: int = -1) -> NoReturn:
        raise OSError("invalid chunk size")

    readinto = readline = read  # type: ignore[assignment]


@pytest.mark.parametrize("path", ["/v1/payments", "/webhooks/stripe", "/webhooks/paypal"])
def test_a_body_that_breaks_off_is_no_mistake_of_ours(api: Api, path: str) -> None:
    sent = {"wsgi.input": BrokenOff(), "CONTENT_LENGTH": "9"}
    answer = api.call("POST", path, content_type="application/json", environ_overrides=sent)
    assert code(answer) == "400 malformed_request"
