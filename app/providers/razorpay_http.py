"""The way to Razorpay: the official client over a session of our own, and its errors in our words.

The package (`razorpay` 2.0.1) gives addresses, authentication and bodies. By itself it waits for ever, follows
redirects, trusts proxies of the environment, prints to standard output, trusts authorities of its own, reads its
version from disk at each request (2.5 ms), and keeps of a refusal a sentence only. So the session judges every answer
before the package sees it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import certifi
import razorpay
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from app.config import Config
from app.providers import limiter
from app.providers.base import Refused, Unanswered

Node = dict[str, Any]

LARGEST_ANSWER = 1_000_000
# How much of a list is read before it counts as unreadable. 100 is the most that Razorpay gives at once.
PAGE, MOST_PAGES = 100, 20
LONGEST = PAGE * MOST_PAGES
# "About Errors": what was asked wrongly. The other codes, GATEWAY_ERROR and SERVER_ERROR, leave it open what was done.
OUR_MISTAKE = "BAD_REQUEST_ERROR"
# A refund that is "still being processed" is 409; limits are 429. Neither says that nothing moved.
UNSURE = frozenset({408, 409, 425, 429})

_log = logging.getLogger("till.provider.razorpay")


class Session(requests.Session):
    """What the client sends with: pooled, patient for so long and no longer, and deaf to the environment."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.trust_env = False
        self._timeout = (config.provider_connect_timeout_s, config.provider_timeout_s)
        # Only what was never sent is sent again: a connection that could not be made.
        again = Retry(total=1, connect=1, read=0, redirect=0, status=0, other=0)
        for scheme in ("https://", "http://"):
            self.mount(
                scheme, HTTPAdapter(pool_maxsize=config.provider_pool_size, max_retries=again)
            )

    def request(  # type: ignore[override]  # the client asks by these three only
        self, method: str | bytes, url: str | bytes, **options: Any
    ) -> requests.Response:
        """One exchange whose answer is a JSON object, in its turn. Raises Throttled, Unanswered, Refused: no more."""
        options |= {"timeout": self._timeout, "allow_redirects": False, "stream": True}
        path = urlsplit(str(url)).path
        about = f"{str(method).upper()} {path}"
        operation = limiter.operation(str(method), path)
        limiter.let_through("razorpay", operation, moves=not about.startswith("GET "))
        try:
            with super().request(method, url, **options) as answer:
                data = b""
                for chunk in answer.iter_content(65_536):
                    data += chunk
                    if len(data) > LARGEST_ANSWER:
                        raise Unanswered(f"{about}: the answer is too long")
        except requests.RequestException as error:
            # Its text may quote the request; its type says enough.
            raise Unanswered(f"{about}: {type(error).__name__}") from None
        if answer.status_code == 429:
            after = answer.headers.get("Retry-After", "")
            limiter.refused("razorpay", operation, retry_after=after)
        _judge(about, answer.status_code, data)
        answer._content = data  # noqa: SLF001 -- read as a stream, for its length; the client wants it whole
        return answer


class Client(razorpay.Client):  # type: ignore[misc]  # it has no types
    """The official client with its version read once."""

    VERSION: str = razorpay.Client()._get_version()  # noqa: SLF001

    def _get_version(self) -> str:
        return self.VERSION


def client(config: Config) -> Client:
    """A client for one process; shared by its threads or greenlets."""
    made = Client(
        session=Session(config),
        auth=(config.razorpay_key_id, config.razorpay_key_secret),
        base_url=config.razorpay_api_url.rstrip("/"),
    )
    made.cert_path = certifi.where()
    return made


def every(page: Callable[[Node], Any], **filters: Any) -> Iterator[Node]:
    """Every object of a list, page by page, newest first. Raises Unanswered when there are too many to read."""
    for number in range(MOST_PAGES):
        rows = items(page({**filters, "count": PAGE, "skip": number * PAGE}))
        yield from rows
        if len(rows) < PAGE:
            return
    raise Unanswered(f"a list has more than the {LONGEST} that were read")


def every_made(page: Callable[[Node], Any], since: int, until: int) -> Iterator[Node]:
    """Every object made between two moments (seconds since 1970), each once, whatever order a list has.

    A time with more than one list is read of is taken in halves. They share a second, so that nothing depends on
    whether Razorpay counts the ends of what it is asked for.
    """
    seen: set[Any] = set()
    windows = [(since, until)]
    while windows:
        start, end = windows.pop()
        within = {"from": start, "to": end}
        rows = items(page({**within, "count": PAGE, "skip": 0}))
        if len(rows) == PAGE:
            has_more = items(page({**within, "count": 1, "skip": LONGEST}))
            if has_more and end - start > 1:
                middle = (start + end) // 2
                windows += [(start, middle), (middle, end)]
                continue
            if has_more:
                _log.error("razorpay list cut: more than %s within %s", LONGEST, within)
            rows = list(islice(every(page, **within), LONGEST))
        for row in rows:
            if row.get("id") not in seen:
                seen.add(row.get("id"))
                yield row


def items(collection: Any) -> list[Node]:
    """The objects of a collection. Raises Unanswered where it is none."""
    rows = collection.get("items") if isinstance(collection, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unanswered("Razorpay's list makes no sense")
    return rows


def _judge(about: str, status: int, data: bytes) -> None:
    """Let a 2xx with a JSON object pass. Raises Unanswered, Refused."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    told = error if isinstance(error, dict) else {}
    if 200 <= status < 300 and isinstance(body, dict) and body and not told:
        return
    code, reason = (str(told.get(name) or "")[:80] for name in ("code", "reason"))
    text = f"{about}: status {status} {code} {reason} {str(told.get('field') or '')[:60]}".rstrip()
    _log.warning("razorpay %s", text)
    if 400 <= status < 500 and status not in UNSURE and code == OUR_MISTAKE:
        raise Refused(text, code=code if reason in {"", "NA"} else reason, status=status)
    raise Unanswered(text)
