"""PayPal's transaction reports: whether a charge arrived whose answer never did.

Reporting v1 cannot be asked for a custom id, so the lines of the charge's hours are read one page after the other. They
may be three hours late; the answer says up to when they are complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from app.providers.base import Charge, Unanswered
from app.providers.paypal_buyer import Node
from app.providers.paypal_client import PayPalClient, Refusal
from app.providers.paypal_reading import nodes, text
from models import clock

PAGE, MOST_PAGES = 500, 20
# Clocks differ, and a request that was sent last may be carried out a little later.
MARGIN = timedelta(minutes=30)


def order_of(charge: Charge, client: PayPalClient, since: datetime, until: datetime) -> str:
    """The order that took or held the charge's money between two moments; empty if there is none, for certain.

    Raises Refused (the app may not read reports), Unanswered (they are not up to date, or too long).
    """
    start, end = since - MARGIN, until + MARGIN
    query = {
        "start_date": _wire(start),
        "end_date": _wire(min(end, clock.now())),
        "transaction_currency": charge.amount.currency,
        "balance_affecting_records_only": "N",
        "page_size": str(PAGE),
    }
    is_mentioned = False
    for page in range(1, MOST_PAGES + 1):
        told = client.ask("list_transactions", query={**query, "page": str(page)}).body
        for transaction_id in _about(charge, told):
            is_mentioned = True
            if order_id := _order_of(transaction_id, client):
                return order_id
        pages = told.get("total_pages")
        if not isinstance(pages, int):
            raise Unanswered("PayPal's report does not say how long it is")
        if page >= pages:
            _check_complete(told, end)
            if is_mentioned:
                raise Unanswered("PayPal does not say which order the charge belongs to")
            return ""
    raise Unanswered("PayPal's report is too long to be read")


def _about(charge: Charge, told: Node) -> Iterator[str]:
    for row in nodes(told, "transaction_details"):
        info = row.get("transaction_info")
        if isinstance(info, dict) and info.get("custom_field") == charge.attempt_id:
            yield text(info, "transaction_id")


def _check_complete(told: Node, end: datetime) -> None:
    try:
        known = datetime.fromisoformat(text(told, "last_refreshed_datetime"))
    except ValueError:
        raise Unanswered("PayPal's report has no date") from None
    if known.tzinfo is None or known < end:
        raise Unanswered("PayPal's report is not up to date")


def _order_of(transaction_id: str, client: PayPalClient) -> str:
    """The order of a capture or an authorization; empty for anything else (a refund, say)."""
    for name in ("show_capture", "show_authorization"):
        try:
            related = client.ask(name, transaction_id).body.get("supplementary_data")
        except Refusal as refusal:
            if refusal.status != 404:
                raise
            continue
        ids = related.get("related_ids") if isinstance(related, dict) else None
        if isinstance(ids, dict):
            return text(ids, "order_id")
    return ""


def _wire(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
