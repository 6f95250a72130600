"""The way to Stripe: the SDK's requests over a pool of our own, and its errors in our words.

The SDK as it comes costs 1.17 ms of CPU per call; two thirds of that are `requests` and the
building of objects that we would throw away. `raw_request` over urllib3 keeps the SDK's
authentication, version header, retries and errors for a third of the price.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import stripe
import urllib3
from stripe import APIConnectionError, HTTPClient, StripeClient

from app.config import Config
from app.providers import limiter
from app.providers.base import CUSTOMER_GONE, Refused, Unanswered
from app.providers.stripe_json import reading

# One try and two retries, each with the same idempotency key. StripeClient alone would make none.
RETRIES = 2
# How much of a list is read before it counts as unreadable.
PAGE = 100
MOST_PAGES = 40
# Resources that are named by two parts of their path.
_IN_TWO_PARTS = frozenset({"radar", "test_helpers"})
_PLAIN_ID = re.compile(r"[A-Za-z0-9_]{1,120}")
# Whatever is not here (408, 409, 429, 5xx, a redirect) leaves the question open.
_REFUSALS = {400, 401, 402, 403, 404, 405, 413, 414, 415, 422, 424}


class CardRefused(Refused):
    """The card was declined; `error` is Stripe's error object, with the PaymentIntent inside."""

    def __init__(self, message: str, *, code: str, error: Mapping[str, Any]) -> None:
        super().__init__(message, code=code, status=402)
        self.error = error


class PooledClient(HTTPClient):
    """The SDK's transport on one urllib3 pool: for threads and greenlets, without redirects."""

    name: ClassVar[str] = "urllib3"

    def __init__(self, url: str, *, connect_s: float, read_s: float, size: int) -> None:
        super().__init__()
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        tls = {"ca_certs": stripe.ca_bundle_path} if parts.scheme == "https" else {}
        self._pool = urllib3.connection_from_url(
            self._origin,
            maxsize=size,
            timeout=urllib3.Timeout(connect=connect_s, read=read_s),
            retries=False,
            **tls,
        )

    def request(  # type: ignore[override]  # the SDK takes bytes too: its own clients give them
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """One HTTP exchange, in its turn. Raises Throttled; APIConnectionError, which says whether to ask again."""
        path = url.removeprefix(self._origin)
        if not path.startswith("/"):
            raise _lost("the request would leave the configured host", retry=False)
        limiter.let_through("stripe", endpoint(method, path), moves=method.upper() != "GET")
        try:
            answer = self._pool.urlopen(
                method.upper(), path, body=post_data, headers=headers, redirect=False, retries=False
            )
        except (urllib3.exceptions.ReadTimeoutError, urllib3.exceptions.SSLError) as error:
            # Asked again at once, a request that hangs finds its own idempotency key still in use.
            raise _lost(type(error).__name__, retry=False) from error
        except urllib3.exceptions.HTTPError as error:
            raise _lost(type(error).__name__, retry=True) from error
        return answer.data, answer.status, answer.headers

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


def _lost(why: str, *, retry: bool) -> APIConnectionError:
    return APIConnectionError(why, should_retry=retry)  # type: ignore[no-untyped-call]


class Api:
    """Stripe's API: path and parameters in, a dictionary out."""

    def __init__(self, config: Config) -> None:
        stripe.enable_telemetry = False
        # At DEBUG the SDK logs whole answers, and a client secret is in them.
        logging.getLogger("stripe").setLevel(logging.WARNING)
        self._client = StripeClient(
            config.stripe_secret_key,
            base_addresses={"api": config.stripe_api_url},
            max_network_retries=RETRIES,
            http_client=PooledClient(
                config.stripe_api_url,
                connect_s=config.provider_connect_timeout_s,
                read_s=config.provider_timeout_s,
                size=config.provider_pool_size,
            ),
        )

    def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read. Raises Unanswered, Refused."""
        return self._call("get", path, params)

    def every(
        self, path: str, *, most_pages: int | None = None, **filters: Any
    ) -> Iterator[dict[str, Any]]:
        """Every object of a list, page by page. Raises Unanswered when there are too many to read."""
        after: dict[str, str] = {}
        most_pages = most_pages or MOST_PAGES
        for _ in range(most_pages):
            page = self.get(path, limit=PAGE, **filters, **after)
            with reading("a page of a list"):
                things, more = list(page["data"]), page["has_more"]
                after = {"starting_after": str(things[-1]["id"])} if things else {}
            yield from things
            if not more:
                return
        raise Unanswered(f"{path} has more than the {PAGE * most_pages} that were read")

    def post(self, path: str, *, key: str | None = None, **params: Any) -> dict[str, Any]:
        """Write; `key` makes repeating it harmless for 24 h. Raises Unanswered, Refused."""
        return self._call("post", path, {**params, "idempotency_key": key} if key else params)

    def _call(self, method: str, path: str, params: dict[str, Any]) -> dict[str, Any]:
        try:
            data = self._client.raw_request(method, path, **params).data
        except stripe.StripeError as error:
            _note_refusal(error, endpoint(method, path))
            # `from None`: the SDK's exception carries the whole body, and with it client secrets.
            raise _translate(error) from None
        if not isinstance(data, dict):
            raise Unanswered("Stripe's answer is not an object")
        return data


def endpoint(method: str, path: str) -> str:
    """The operation, as Stripe counts it: method and path without ids (`POST /v1/payment_intents/{id}/capture`)."""
    is_in_two = any(f"/v1/{name}/" in path for name in _IN_TWO_PARTS)
    return limiter.operation(method, path, place=4 if is_in_two else 3)


def _note_refusal(error: stripe.StripeError, asked: str) -> None:
    """Keep in mind a 429 for too many requests; another one tells of an object that somebody else is changing."""
    told = error.json_body.get("error") if isinstance(error.json_body, dict) else None
    is_lock = isinstance(told, dict) and told.get("code") == "lock_timeout"
    if not isinstance(error, stripe.RateLimitError) or is_lock:
        return
    headers = error.headers or {}
    reason = str(headers.get("Stripe-Rate-Limited-Reason", ""))
    after = str(headers.get("Retry-After", ""))
    limiter.refused("stripe", asked, retry_after=after, whole=not reason.startswith("endpoint"))


def plain(reference: str) -> str:
    """The id, fit to stand in a path. Raises Refused for anything that is not an id."""
    if not _PLAIN_ID.fullmatch(reference):
        raise Refused("not an id of Stripe's", code="resource_missing", status=404)
    return reference


def _translate(error: stripe.StripeError) -> Unanswered | Refused:
    """The SDK's exception in our words; its text stays behind, for it may quote what we sent."""
    body = error.json_body if isinstance(error.json_body, dict) else {}
    told = body.get("error")
    told = told if isinstance(told, dict) else {}
    code = str(told.get("code") or told.get("type") or "")
    status = error.http_status or 0
    where = f"param={told.get('param') or ''} request={error.request_id or ''}"
    text = f"{type(error).__name__} {status or ''} {code} {where}"
    # A key that came before with other parameters did something then: not "nothing moved".
    unsure = isinstance(error, stripe.IdempotencyError | stripe.RateLimitError)
    if unsure or status not in _REFUSALS or not told:
        return Unanswered(text)
    if isinstance(error, stripe.CardError):
        return CardRefused(text, code=code, error=told)
    if (code, told.get("param")) == ("resource_missing", "customer"):
        code = CUSTOMER_GONE
    return Refused(text, code=code, status=status)
