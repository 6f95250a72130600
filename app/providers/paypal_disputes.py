"""Disputes at PayPal. Neither an order nor its captures tell of them, so they are asked about by themselves.

Asking with every look at a payment would be one more request for each, nearly always for nothing. So a payment's
disputes are asked for when a webhook has named one (PayPal sends one for every step), and once a night the list of all
that changed in the last days is read, in case a webhook was lost: a request for a hundred payments, not one for each.
The keys need PayPal's permission "Customer disputes".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import unquote

from app.providers import paypal_words as words
from app.providers.absent import Absent
from app.providers.base import Charge, OperationNews, Outcome, ProviderNews, Step, Unanswered
from app.providers.paypal_client import PayPalClient, Refusal
from app.providers.paypal_news import dispute_news
from app.providers.paypal_reading import Node, link, nodes, text
from models.money import Money

PAGE_SIZE, MOST_PAGES = 50, 20
_TOKEN = re.compile(r"[?&]next_page_token=([A-Za-z0-9+/=%]{1,400})(?:&|$)")

# dispute_outcome.outcome_code → how it ended. What is not here (a payout that may be PayPal's own, a claim that was
# "accepted" or "denied", without saying whose) is decided by the money that was taken from the seller.
ENDED = {
    "RESOLVED_BUYER_FAVOUR": Step.LOSE,
    "RESOLVED_SELLER_FAVOUR": Step.WIN,
    "CANCELED_BY_BUYER": Step.WIN,
}
# While buyer and seller only talk, no money moves, as in an inquiry at Stripe.
TALK = "INQUIRY"
FRAUD = "UNAUTHORISED"


class Disputes(Absent):
    """The half of the adapter that reads disputes."""

    _client: PayPalClient

    def disputes_of(self, charge: Charge, outcome: Outcome) -> tuple[OperationNews, ...]:  # noqa: ARG002 -- the protocol's
        """Every dispute of a charge in which money moved, oldest first."""
        if not outcome.capture_ref or outcome.captured is None:
            return ()
        query = {"disputed_transaction_id": outcome.capture_ref, "page_size": str(PAGE_SIZE)}
        found = list(self._listed(query))
        told = [self._client.ask("show_dispute", dispute_id).body for dispute_id in reversed(found)]
        return tuple(news for body in told for news in read_dispute(body, outcome.captured))

    def disputed_since(self, moment: datetime) -> tuple[ProviderNews, ...]:
        """Which charges have a dispute that changed since a moment."""
        after = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        query = {"update_time_after": after, "page_size": str(PAGE_SIZE)}
        return tuple(self._named(dispute_id) for dispute_id in self._listed(query))

    def _named(self, dispute_id: str) -> ProviderNews:
        body = self._client.ask("show_dispute", dispute_id).body
        return dispute_news(body, self._client, event_id=dispute_id)

    def _listed(self, query: dict[str, str]) -> Iterator[str]:
        """The ids of disputes, newest first; one that PayPal does not know has none."""
        for _ in range(MOST_PAGES):
            try:
                body = self._client.ask("list_disputes", query=query).body
            except Refusal as refusal:
                if refusal.status == 404:
                    return
                raise
            yield from (text(row, "dispute_id") for row in nodes(body, "items"))
            following = _TOKEN.search(link(body.get("links"), "next"))
            if following is None:
                return
            query = {**query, "next_page_token": unquote(following[1])}
        raise Unanswered("PayPal's list of disputes has no end")


def read_dispute(body: Node, captured: Money) -> Iterator[OperationNews]:
    """How a dispute stands, as the steps that led there. Raises Unanswered where it makes no sense.

    It is told in the charge's currency: what the buyer claims in another one is all that was taken.
    """
    claimed = words.money(body.get("dispute_amount"))
    amount = min(captured, claimed) if claimed.currency == captured.currency else captured
    reason = text(body, "reason")
    for step in _steps(body):
        yield OperationNews(
            kind="dispute",
            reference=text(body, "dispute_id"),
            amount=amount,
            step=step,
            reason="fraudulent" if reason == FRAUD else reason[:40],
        )


def _steps(body: Node) -> tuple[Step, ...]:
    if text(body, "status") != "RESOLVED":
        return () if body.get("dispute_life_cycle_stage") == TALK else (Step.OPEN,)
    ended = _ended(body)
    if ended is Step.LOSE:
        return Step.OPEN, Step.LOSE
    if body.get("dispute_life_cycle_stage") == TALK:
        return ()
    return (Step.OPEN,) if ended is None else (Step.OPEN, ended)


def _ended(body: Node) -> Step | None:
    """Who has the money. None: neither the outcome nor a movement says so."""
    outcome = body.get("dispute_outcome")
    code = outcome.get("outcome_code") if isinstance(outcome, dict) else None
    if code in ENDED:
        return ENDED[code]
    moved = [row for row in nodes(body, "money_movements") if row.get("affected_party") == "SELLER"]
    signs = {"DEBIT": -1, "CREDIT": 1}
    known = [row for row in moved if row.get("type") in signs and row.get("amount")]
    if not known:
        return None
    left = sum(signs[row["type"]] * words.money(row["amount"]).minor for row in known)
    return Step.LOSE if left < 0 else Step.WIN
