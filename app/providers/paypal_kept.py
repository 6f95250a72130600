"""PayPal's vault: a buyer's account kept for later payments, with a payment or without one.

PayPal makes its own customer with the first method that is kept, so there is none to make before. Its request ids are
remembered for three hours here; a setup asked for again later is another one, which nobody has approved.
"""

from __future__ import annotations

from dataclasses import replace

from app.providers import paypal_words as words
from app.providers.absent import Absent
from app.providers.base import (
    Charge,
    Decline,
    Kept,
    NextAction,
    Outcome,
    Setup,
    SetupNews,
    Unanswered,
    Verb,
)
from app.providers.paypal_buyer import Node, kept
from app.providers.paypal_client import PayPalClient, Refusal
from app.providers.paypal_orders import KEPT_FOR
from app.providers.paypal_reading import link, nodes, text

_GONE = 404


class Keeping(Absent):
    """The part of the adapter that is about later payments."""

    _client: PayPalClient
    _account: str

    def account(self) -> str:
        """The app that the keys belong to; PayPal keeps methods for it."""
        return self._account

    def set_up(self, setup: Setup) -> SetupNews:
        """Ask the buyer to let us keep their account; they approve it at PayPal."""
        context = {
            "shipping_preference": "NO_SHIPPING",
            "return_url": setup.return_url,
            "cancel_url": setup.cancel_url,
        }
        body: Node = {"payment_source": {"paypal": {**KEPT_FOR, "experience_context": context}}}
        if setup.customer_ref:
            body["customer"] = {"id": setup.customer_ref}
        answer = self._client.ask("create_setup", body=body, request_id=setup.setup_id)
        return self._setup(answer.body, setup, text(answer.body, "id"))

    def fetch_setup(self, setup: Setup, reference: str | None) -> SetupNews:
        """How a setup stands; what was approved is kept now. After three days PayPal has forgotten it."""
        if not reference:
            return SetupNews(None, "", found=False)
        try:
            told = self._client.ask("show_setup", reference).body
        except Refusal as refusal:
            if refusal.status != _GONE:
                raise
            return SetupNews("declined", reference, decline=Decline("abandoned", refusal.code))
        return self._setup(told, setup, reference)

    def fetch_kept(self, credential: str) -> Kept | None:
        """A kept account as it is now; None once PayPal keeps it no more."""
        try:
            told = self._client.ask("show_kept", credential).body
        except Refusal as refusal:
            if refusal.status != _GONE:
                raise
            return None
        return _same(told, credential)

    def let_go(self, credential: str) -> None:
        """Have PayPal forget a kept account."""
        try:
            self._client.ask("delete_kept", credential)
        except Refusal as refusal:
            if refusal.status != _GONE:
                raise

    def _setup(self, told: Node, setup: Setup, reference: str) -> SetupNews:
        if text(told, "id") != reference:
            raise Unanswered("PayPal told of another setup")
        status = words.SETUP.get(text(told, "status"))
        if status == "approved":
            return self._finish(told, setup, reference)
        if status != "challenged":
            return SetupNews(None, reference)
        url = link(told.get("links"), "approve", "payer-action")
        if not url:
            raise Unanswered("PayPal does not say where to approve")
        return SetupNews("challenged", reference, action=NextAction("redirect", url=url))

    def _finish(self, told: Node, setup: Setup, reference: str) -> SetupNews:
        """Turn an approved setup into a payment token. The same request id on every try."""
        body = {"payment_source": {"token": {"id": reference, "type": "SETUP_TOKEN"}}}
        try:
            token = self._client.ask("keep_setup", body=body, request_id=f"{setup.setup_id}:keep")
            return SetupNews("succeeded", reference, kept=kept(token.body))
        except Refusal as refusal:
            if told["status"] != "VAULTED" or refusal.status in {401, 403}:
                raise
            found = self._only_one(told)
            return SetupNews("succeeded" if found else None, reference, kept=found)

    def _only_one(self, told: Node) -> Kept | None:
        """What was kept long ago, the answer lost: known for certain where the customer has no other method."""
        customer = told.get("customer")
        query = {"customer_id": text(customer, "id") if isinstance(customer, dict) else ""}
        rows = nodes(self._client.ask("list_kept", query=query).body, "payment_tokens")
        return kept(rows[0]) if len(rows) == 1 else None


def nobody_there(told: Outcome) -> Outcome:
    """A charge while the buyer is away, which waits for them: declined, and no money can come of it."""
    if told.verb is not Verb.CHALLENGE or told.ready:
        return told
    decline = told.decline or Decline("authentication_required", "PAYER_ACTION_REQUIRED")
    return replace(told, verb=Verb.DECLINE, decline=decline, action=None)


def saved_refused(charge: Charge, refusal: Refusal) -> Outcome:
    """What a refusal of an order with a kept method means: a decline, where it is about the method."""
    if refusal.code == "PAYER_ACTION_REQUIRED":
        decline: Decline | None = Decline("authentication_required", refusal.code)
    elif refusal.code in words.DECLINES:
        decline = Decline(words.DECLINES[refusal.code], refusal.code)
    else:
        decline = words.ASK_BUYER.get(refusal.code)
    if decline is None:
        raise refusal
    return Outcome(Verb.DECLINE, "", charge.amount, decline=decline)


def _same(told: Node, credential: str) -> Kept:
    found = kept(told)
    if found.credential != credential:
        raise Unanswered("PayPal told of another payment token")
    return found
