"""PayPal's REST API over one pooled session: its SDK client with timeouts, retries and a guarded token.

The package `paypalcheckoutsdk` (1.0.3, deprecated upstream) gives the request and token forms and the authorization
string, and nothing else imports it. Its own `execute` opens a connection per call, waits for ever and never retries.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

import certifi
import urllib3
from paypalcheckoutsdk.core import AccessTokenRequest, PayPalEnvironment, PayPalHttpClient

from app.config import Config
from app.providers import limiter
from app.providers.base import Refused, Unanswered

# What we ask → method and path. The only place that knows PayPal's paths.
REQUESTS = {
    "create_order": ("POST", "/v2/checkout/orders"),
    "show_order": ("GET", "/v2/checkout/orders/{}"),
    "patch_order": ("PATCH", "/v2/checkout/orders/{}"),
    "capture_order": ("POST", "/v2/checkout/orders/{}/capture"),
    "authorize_order": ("POST", "/v2/checkout/orders/{}/authorize"),
    "show_authorization": ("GET", "/v2/payments/authorizations/{}"),
    "capture_authorization": ("POST", "/v2/payments/authorizations/{}/capture"),
    "reauthorize": ("POST", "/v2/payments/authorizations/{}/reauthorize"),
    "void_authorization": ("POST", "/v2/payments/authorizations/{}/void"),
    "show_capture": ("GET", "/v2/payments/captures/{}"),
    "refund_capture": ("POST", "/v2/payments/captures/{}/refund"),
    "show_refund": ("GET", "/v2/payments/refunds/{}"),
    "create_setup": ("POST", "/v3/vault/setup-tokens"),
    "show_setup": ("GET", "/v3/vault/setup-tokens/{}"),
    "keep_setup": ("POST", "/v3/vault/payment-tokens"),
    "list_kept": ("GET", "/v3/vault/payment-tokens"),
    "show_kept": ("GET", "/v3/vault/payment-tokens/{}"),
    "delete_kept": ("DELETE", "/v3/vault/payment-tokens/{}"),
    "list_transactions": ("GET", "/v1/reporting/transactions"),
    "list_disputes": ("GET", "/v1/customer/disputes"),
    "show_dispute": ("GET", "/v1/customer/disputes/{}"),
    "verify_webhook": ("POST", "/v1/notifications/verify-webhook-signature"),
    "list_events": ("GET", "/v1/notifications/webhooks-events"),
}

TRIES = 3
# A try that begins later than this would answer a shopper who has left; the sweeper asks then.
RETRY_FOR_S = 20.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 2.0
# A token lives nine hours; in its last tenth it is renewed, so that none expires on the way.
RENEW_AT = 0.9
LARGEST_ANSWER = 1_000_000

_log = logging.getLogger("till.provider.paypal")


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx, its body read strictly."""

    status: int
    body: dict[str, Any]
    debug_id: str


@dataclass(slots=True)
class _Call:
    """A request in the SDK's form (whatever has the first four can be executed), and its line of `REQUESTS`."""

    verb: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: object = None
    name: str = "token"


class Refusal(Refused):
    """PayPal's 4xx with its issue, the links it gives and its debug id."""

    def __init__(self, code: str, status: int, *, debug_id: str, links: object = None) -> None:
        super().__init__(
            f"{code} (status {status}, debug id {debug_id or 'none'})", code=code, status=status
        )
        self.debug_id, self.links = debug_id, links


class _Lost(Unanswered):
    """Worth another try with the same PayPal-Request-Id."""


@dataclass(slots=True)
class _Token:
    header: str
    renew_at: float


class PayPalClient(PayPalHttpClient):  # type: ignore[misc]  # it has no types
    """One per process, made after the fork; shared by its threads or greenlets."""

    def __init__(self, config: Config) -> None:
        api_url = config.paypal_api_url.rstrip("/")
        super().__init__(
            PayPalEnvironment(
                config.paypal_client_id, config.paypal_client_secret, api_url, web_url(api_url)
            )
        )
        self.authorities = certifi.where()
        self._pool = urllib3.PoolManager(
            num_pools=4,
            maxsize=config.provider_pool_size,
            retries=False,
            timeout=urllib3.Timeout(
                connect=config.provider_connect_timeout_s, read=config.provider_timeout_s
            ),
            ca_certs=self.authorities,
        )
        self._token: _Token | None = None
        self._token_lock = threading.Lock()

    def ask(
        self,
        name: str,
        subject: str = "",
        *,
        body: object = None,
        request_id: str = "",
        query: Mapping[str, str] = MappingProxyType({}),
    ) -> Answer:
        """Ask one line of `REQUESTS` about `subject`. `body` is JSON, or bytes that are JSON already.

        Raises Refusal, Unanswered.
        """
        verb, path = REQUESTS[name]
        headers = {"Prefer": "return=representation"}
        if request_id:
            headers["PayPal-Request-Id"] = request_id
        if verb != "GET":
            headers["Content-Type"] = "application/json"
        path = path.format(quote(subject, safe="")) + (f"?{urlencode(query)}" if query else "")
        return self.execute(_Call(verb, path, headers, body, name))

    def execute(self, request: Any) -> Answer:
        """Send a request of the SDK's form; the same request, id included, again where that can help.

        Raises Refusal, Unanswered.
        """
        is_token = isinstance(request, AccessTokenRequest)
        give_up_at = time.monotonic() + RETRY_FOR_S
        tries, renewed = 1, False
        while True:
            authorization = request.headers["Authorization"] if is_token else self._authorization()
            try:
                return self._once(request, authorization)
            except Refusal as refusal:
                if refusal.status == 401 and not is_token and not renewed:
                    self._forget(authorization)
                    renewed = True
                    continue
                if refusal.status in {401, 403} and tries > 1:
                    # The lost try may have been let in, so this says nothing about the money.
                    raise Unanswered(str(refusal)) from refusal
                raise
            except _Lost:
                if tries >= TRIES or time.monotonic() > give_up_at:
                    raise
            pause_s = min(FIRST_PAUSE_S * 2 ** (tries - 1), LONGEST_PAUSE_S)
            time.sleep(pause_s * (0.5 + random.random() / 2))  # noqa: S311 -- jitter, not a secret
            tries += 1

    def _authorization(self) -> str:
        token = self._token
        if token is None or time.monotonic() >= token.renew_at:
            with self._token_lock:
                token = self._token
                if token is None or time.monotonic() >= token.renew_at:
                    token = self._token = self._new_token()
        return token.header

    def _new_token(self) -> _Token:
        asked_at = time.monotonic()
        body = self.execute(AccessTokenRequest(self.environment)).body
        access, lives_s = body.get("access_token"), body.get("expires_in")
        if not isinstance(access, str) or not access or type(lives_s) is not int or lives_s <= 0:
            raise Unanswered("PayPal's token answer makes no sense")
        return _Token(f"Bearer {access}", asked_at + lives_s * RENEW_AT)

    def _forget(self, authorization: str) -> None:
        with self._token_lock:
            if self._token is not None and self._token.header == authorization:
                self._token = None

    def _once(self, request: Any, authorization: str) -> Answer:
        headers = {**request.headers, "Authorization": authorization, "Accept": "application/json"}
        headers["User-Agent"] = self.get_user_agent()
        name = getattr(request, "name", "token")
        # A token is asked for every eight hours, with its lock held: it does not wait.
        if name != "token":
            limiter.let_through("paypal", name, moves=request.verb != "GET")
        try:
            response = self._pool.request(
                request.verb,
                self.environment.base_url + request.path,
                headers=headers,
                body=_encode(request),
                redirect=False,
                preload_content=False,
            )
            data = response.read(LARGEST_ANSWER + 1)
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            # Its text may quote the request; its type says enough.
            _log.warning("paypal %s %s lost=%s", request.verb, request.path, type(error).__name__)
            raise _Lost(f"no answer from PayPal: {type(error).__name__}") from None
        if response.status == 429:
            limiter.refused("paypal", name, retry_after=response.headers.get("Retry-After", ""))
        debug_id = response.headers.get("Paypal-Debug-Id", "")[:64]
        return _read(request, response.status, data, debug_id)


def web_url(api_url: str) -> str:
    """Where buyers approve: PayPal's site for its API hosts, the sandbox itself for the sandbox."""
    for api, web in (
        ("api-m.paypal.com", "www.paypal.com"),
        ("api.paypal.com", "www.paypal.com"),
        ("api-m.sandbox.paypal.com", "www.sandbox.paypal.com"),
        ("api.sandbox.paypal.com", "www.sandbox.paypal.com"),
    ):
        if api_url == f"https://{api}":
            return f"https://{web}"
    return api_url


def _encode(request: Any) -> bytes | None:
    if isinstance(request, AccessTokenRequest):
        return urlencode(request.body).encode()
    if request.body is None or isinstance(request.body, bytes):
        return request.body
    return json.dumps(request.body, separators=(",", ":"), allow_nan=False).encode()


def _read(request: Any, status: int, data: bytes, debug_id: str) -> Answer:
    """Turn status and body into an answer. Raises Refusal, Unanswered."""
    body = _json_object(data)
    code = "" if status < 400 or body is None else _issue(body)
    if status >= 400:
        _log.warning(
            "paypal %s %s status=%s issue=%s debug_id=%s",
            request.verb,
            request.path,
            status,
            code,
            debug_id,
        )
    if status in {408, 409, 429} or status >= 500:
        raise _Lost(f"PayPal answered {status} {code} (debug id {debug_id or 'none'})")
    if body is None or not (200 <= status < 300 or 400 <= status < 500):
        raise Unanswered(
            f"PayPal's answer makes no sense (status {status}, debug id {debug_id or 'none'})"
        )
    if status >= 400:
        raise Refusal(code, status, debug_id=debug_id, links=body.get("links"))
    return Answer(status, body, debug_id)


def _json_object(data: bytes) -> dict[str, Any] | None:
    if not data:
        return {}
    if len(data) > LARGEST_ANSWER:
        return None
    try:
        found = json.loads(data, parse_constant=_not_json)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _not_json(word: str) -> None:
    raise ValueError(word)


def _issue(body: dict[str, Any]) -> str:
    """The most precise word of an error body: the first issue, else its name (OAuth: `error`)."""
    details = body.get("details")
    if isinstance(details, list) and details and isinstance(details[0], dict):
        issue = details[0].get("issue")
        if isinstance(issue, str) and issue:
            return issue[:80]
    for name in ("name", "error"):
        if isinstance(body.get(name), str):
            return str(body[name])[:80]
    return "UNKNOWN"
