"""All a shop needs of Till: open a checkout, send the shopper there, ask how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

CONNECT_WITHIN_S, ANSWER_WITHIN_S = 3, 15
TRIES = 3


class TillAway(Exception):
    """Till did not answer, or has trouble of its own. Nothing is known; asking again is safe."""


class TillRefused(Exception):
    """Till understood the request and said no: wrong key, or an order that cannot be sold."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


@dataclass(frozen=True)
class Checkout:
    """One visit of one shopper to Till's payment page."""

    id: str
    url: str
    status: str  # of the payment: pending, captured, authorized, processing, failed, expired, …
    number: str  # the confirmation number, which a person can read out
    total: int  # in minor units: 1999 is 19.99 EUR
    currency: str


@dataclass(frozen=True)
class Till:
    """A connection to Till. The key belongs on the server; a browser must never see it."""

    url: str
    key: str

    def open_checkout(self, order: Mapping[str, Any], *, once: str) -> Checkout:
        """Open a checkout for an order.

        `once` names this order. Repeating the call with it, after a double click or a lost
        answer, gives the same checkout again and never a second one.
        """
        return _read(self._ask("POST", "/v1/checkout_sessions", order, {"Idempotency-Key": once}))

    def checkout(self, checkout_id: str) -> Checkout:
        """Ask how a checkout stands. This, and not the browser's address bar, is the truth."""
        return _read(self._ask("GET", f"/v1/checkout_sessions/{checkout_id}"))

    def make_link(self, link: Mapping[str, Any], *, once: str) -> str:
        """Make a payment link; its id."""
        told = self._ask("POST", "/v1/payment_links", link, {"Idempotency-Key": once})
        return str(told["id"])

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        for _ in range(TRIES):
            try:
                answer = requests.request(
                    method,
                    self.url + path,
                    json=body,
                    headers={"Authorization": f"Bearer {self.key}", **(headers or {})},
                    timeout=(CONNECT_WITHIN_S, ANSWER_WITHIN_S),
                )
            except requests.Timeout as error:
                raise TillAway from error
            except requests.ConnectionError:
                continue
            if answer.status_code != 409 and answer.status_code < 500:
                return _told(answer)
        raise TillAway


def _told(answer: requests.Response) -> dict[str, Any]:
    try:
        told: dict[str, Any] = answer.json()
    except requests.JSONDecodeError as error:
        raise TillAway from error
    if not answer.ok:
        raise TillRefused(told["error"]["code"], told["error"]["message"])
    return told


def _read(told: Mapping[str, Any]) -> Checkout:
    return Checkout(
        id=told["id"],
        url=told["url"],
        status=told["payment_status"],
        number=told["order"]["number"],
        total=told["amount"],
        currency=told["currency"],
    )
