"""Stripe: PaymentIntents, confirmed by our server with what Stripe's script collected.

`stripe_words` has the dictionaries, `stripe_money` the amounts and methods, `stripe_request` the way from our words
to Stripe's, `stripe_read`, `stripe_method` and `stripe_operations` the way back, `stripe_kept` customers and the
methods kept for them, `stripe_http` the connection and its errors, `stripe_events` the webhooks, `stripe_warnings` the
issuers' early fraud warnings.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from app.config import Config
from app.providers import stripe_events, stripe_operations, stripe_read, stripe_request
from app.providers.base import (
    BadSignature,
    Capabilities,
    Charge,
    Credential,
    OperationNews,
    Outcome,
    ProviderNews,
    Refused,
    Step,
    Task,
    Unanswered,
)
from app.providers.stripe_http import Api, CardRefused, plain
from app.providers.stripe_json import reading
from app.providers.stripe_kept import Keeping
from app.providers.stripe_money import CAPABILITIES, to_stripe
from app.providers.stripe_request import CREDENTIALS, INTENTS
from app.providers.stripe_warnings import Warnings
from app.providers.stripe_words import REFUND_REASONS
from models import clock, ids

_EXPAND = ["latest_charge.balance_transaction", "review"]
_EXPAND_ALL = [*_EXPAND, "latest_charge.refunds"]

_EVENTS, _MOST_EVENTS = "/v1/events", 1000  # pages of a hundred

# A charge without a reference is looked for by its attempt's id. Stripe's search knows metadata but
# lags by a minute, and not every country has it: so intents of that time are paged through.
_CLOCKS_DIFFER_S = 300
_SOON_S = 600


class Stripe(Keeping, Warnings):
    """The `Provider` for Stripe. One per process; safe for threads and greenlets."""

    name = "stripe"
    can: Capabilities = CAPABILITIES

    def __init__(self, config: Config) -> None:
        self._api = Api(config)
        self._secrets = config.stripe_webhook_secrets
        self._live = config.stripe_secret_key.startswith(("sk_live_", "rk_live_"))

    # Charges

    def charge(self, charge: Charge) -> Outcome:
        """Ask for the money. Asking again with the same charge is the same request."""
        try:
            intent = self._api.post(
                INTENTS,
                key=charge.attempt_id,
                **stripe_request.charge(charge, self.can, expand=_EXPAND),
            )
        except CardRefused as refusal:
            intent = refusal.error.get("payment_intent") or {}
            if not intent:
                raise  # the card's details could not be right: nothing was made at Stripe
        return stripe_read.outcome(intent, charge, live=self._live)

    def complete(self, charge: Charge, reference: str) -> Outcome:
        """How it stands: a PaymentIntent goes on by itself when the shopper has done their part."""
        return self.fetch(charge, reference)

    def fetch(self, charge: Charge, reference: str | None) -> Outcome:
        """How the charge stands, with all done to it; without a reference it is looked for."""
        found = reference or self._find(charge)
        if found is None:
            return Outcome(verb=None, reference="", amount=charge.amount, found=False)
        intent = self._intent(found, expand=_EXPAND_ALL)
        latest = intent.get("latest_charge")
        disputes: list[dict[str, Any]] = []
        if isinstance(latest, dict):
            if (latest.get("refunds") or {}).get("has_more"):
                latest["refunds"] = {
                    "data": list(self._api.every("/v1/refunds", payment_intent=found))
                }
            if latest.get("disputed"):
                disputes = list(self._api.every("/v1/disputes", payment_intent=found))
        return stripe_read.outcome(
            intent, charge, reference=found, live=self._live, disputes=disputes
        )

    def abandon(self, charge: Charge, reference: str) -> Outcome:
        """Make sure that a charge which waits for the shopper can never take money."""
        path = f"{INTENTS}/{plain(reference)}/cancel"
        try:
            # No key: canceling twice does no harm, and a refusal must not be replayed for a day.
            intent = self._api.post(path, cancellation_reason="abandoned", expand=_EXPAND)
        except Refused as refusal:
            if refusal.code != "payment_intent_unexpected_state":
                raise
            return self.fetch(charge, reference)
        return stripe_read.outcome(intent, charge, reference=reference, live=self._live)

    def _intent(self, reference: str, *, expand: list[str]) -> dict[str, Any]:
        try:
            return self._api.get(f"{INTENTS}/{plain(reference)}", expand=expand)
        except Refused as refusal:
            if refusal.code != "resource_missing":
                raise
            # An intent never disappears: this is the wrong account or mode, not an answer.
            raise Unanswered(f"Stripe does not know {reference} any more") from None

    def _find(self, charge: Charge) -> str | None:
        asked_at = _made_at(charge.attempt_id)
        if asked_at is None:
            return self._find_between(charge, {})
        since = asked_at - _CLOCKS_DIFFER_S
        soon = self._find_between(charge, {"gte": since, "lte": asked_at + _SOON_S})
        return soon or self._find_between(charge, {"gte": since})

    def _find_between(self, charge: Charge, created: dict[str, int]) -> str | None:
        within: dict[str, Any] = {"created": created} if created else {}
        with reading("a list of PaymentIntents"):
            for intent in self._api.every(INTENTS, **within):
                if (intent["metadata"] or {}).get("attempt_id") == charge.attempt_id:
                    return str(intent["id"])
        return None

    # Operations

    def capture(self, task: Task) -> OperationNews:
        """Take authorized money, all or part; the rest is released."""
        path = f"{INTENTS}/{plain(task.attempt_ref)}/capture"
        more = {} if task.final else {"final_capture": False}
        try:
            intent = self._api.post(
                path,
                key=task.operation_id,
                amount_to_capture=to_stripe(task.amount),
                metadata={"operation_id": task.operation_id},
                **more,
            )
        except Refused as refusal:
            return self._after_refusal(task, refusal)
        return stripe_operations.capture_news(intent, task)

    def void(self, task: Task) -> OperationNews:
        """Release authorized money."""
        path = f"{INTENTS}/{plain(task.attempt_ref)}/cancel"
        try:
            intent = self._api.post(
                path, key=task.operation_id, cancellation_reason="requested_by_customer"
            )
        except Refused as refusal:
            return self._after_refusal(task, refusal)
        return stripe_operations.void_news(intent, task)

    def refund(self, task: Task) -> OperationNews:
        """Give captured money back, all or part."""
        reason = REFUND_REASONS.get(task.reason)
        try:
            refund = self._api.post(
                "/v1/refunds",
                key=task.operation_id,
                payment_intent=task.attempt_ref,
                amount=to_stripe(task.amount),
                metadata={"operation_id": task.operation_id, "attempt_id": task.attempt_id},
                **({"reason": reason} if reason else {}),
            )
        except Refused as refusal:
            return self._after_refusal(task, refusal)
        return self._our_refund(refund, task)

    def fetch_operation(self, task: Task) -> OperationNews:
        """How an operation stands; `step` None when the provider has no trace of it."""
        if task.kind == "refund":
            return self._fetch_refund(task)
        intent = self._intent(task.attempt_ref, expand=[])
        read = (
            stripe_operations.capture_news
            if task.kind == "capture"
            else stripe_operations.void_news
        )
        return read(intent, task)

    def _fetch_refund(self, task: Task) -> OperationNews:
        if task.reference:
            return self._our_refund(self._api.get(f"/v1/refunds/{plain(task.reference)}"), task)
        for refund in self._api.every("/v1/refunds", payment_intent=plain(task.attempt_ref)):
            if stripe_operations.our_operation(refund) == task.operation_id:
                return self._our_refund(refund, task)
        return stripe_operations.news(task, None)

    def _our_refund(self, refund: Mapping[str, Any], task: Task) -> OperationNews:
        news = stripe_operations.refund_news(refund, task.amount.currency)
        expected = (task.operation_id, task.amount, task.attempt_ref)
        if (news.operation_id, news.amount, refund.get("payment_intent")) != expected:
            raise Unanswered("Stripe's refund is not the one that was asked for")
        return news

    def _after_refusal(self, task: Task, refusal: Refused) -> OperationNews:
        """A refusal may mean that the operation was done already: the provider's books decide."""
        if refusal.status in (401, 403):
            raise refusal  # it says nothing about the money, and will be mended in the settings
        news = self.fetch_operation(task)
        if news.step in (Step.SUCCEED, Step.WAIT):
            return news
        return stripe_operations.news(
            task, Step.FAIL, reference=news.reference, failure=refusal.code or "provider_refused"
        )

    # Tokens and webhooks

    def inspect(self, kind: str, credential: str) -> Credential:
        """What Stripe knows of a client-side token. Raises Refused when it is unknown.

        `reference` is the id to charge: a test name (`pm_card_visa`) is a new method at each use.
        """
        if kind not in CREDENTIALS:
            raise Refused("Stripe has no such kind of token", code="credential_kind")
        path, inner = CREDENTIALS[kind]
        answer = self._api.get(f"{path}/{plain(credential)}")
        return stripe_read.credential(answer, kind, inside=inner, at=clock.unix())

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderNews:
        """Verify a webhook and say what it is about. Raises BadSignature."""
        return stripe_events.read_event(body, headers, secrets=self._secrets, live=self._live)

    def told_since(self, moment: datetime) -> tuple[ProviderNews, ...]:
        """Every event from a moment on, oldest first, that tells of what nobody would ask about else."""
        since, kinds = {"gte": int(moment.timestamp())}, list(stripe_events.UNASKED)
        told = self._api.every(_EVENTS, most_pages=_MOST_EVENTS, created=since, types=kinds)
        found = []
        for event in told:
            # One that makes no sense is none; it must not stand in the way of the others.
            with suppress(BadSignature, *stripe_events.MALFORMED):
                found.append(stripe_events.news_of(event, live=self._live))
        return tuple(reversed(found))


def _made_at(attempt_id: str) -> int | None:
    """When the attempt was made, in seconds since 1970: its id begins with the moment."""
    return ids.made_at(attempt_id) if ids.is_id(attempt_id, "att") else None
