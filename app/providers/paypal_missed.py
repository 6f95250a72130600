"""What PayPal's webhooks told of while nobody listened: its list of events, which goes back thirty days.

Only kinds that nobody would ask about else; disputes are read from their own list (`paypal_disputes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from app.providers.absent import Absent
from app.providers.base import BadSignature, ProviderNews, Unanswered
from app.providers.paypal_client import PayPalClient
from app.providers.paypal_news import news_of
from app.providers.paypal_reading import Node, link, nodes
from models import clock

UNASKED = (
    "PAYMENT.AUTHORIZATION.VOIDED",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "VAULT.PAYMENT-TOKEN.DELETED",
)
# The largest page is not published, and an answer may be shorter than what was asked for.
PAGE_SIZE, MOST_PAGES = 100, 1000


class Missed(Absent):
    """The part of the adapter that reads events which were told already."""

    _client: PayPalClient

    def told_since(self, moment: datetime) -> tuple[ProviderNews, ...]:
        """Every event of these kinds from a moment on."""
        found = []
        for kind in UNASKED:
            for event in self._events(kind, moment):
                # One that makes no sense is none; it must not stand in the way of the others.
                with suppress(BadSignature):
                    found.append(news_of(event, self._client))
        return tuple(found)

    def _events(self, kind: str, moment: datetime) -> Iterator[Node]:
        query = {
            "event_type": kind,
            "start_time": _wire(moment),
            "end_time": _wire(clock.now() + timedelta(minutes=5)),
            "page_size": str(PAGE_SIZE),
        }
        for _ in range(MOST_PAGES):
            body = self._client.ask("list_events", query=query).body
            yield from nodes(body, "events")
            query = dict(parse_qsl(urlsplit(link(body.get("links"), "next")).query))
            if not query:
                return
        raise Unanswered("PayPal's list of events has no end")


def _wire(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
