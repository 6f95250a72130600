"""PayPal: orders that the buyer approves at PayPal, and that only we turn into money.

The money's own status decides, never the order's: an order can be COMPLETED while its capture was declined.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from app.config import Config
from app.providers import paypal_cards
from app.providers import paypal_reading as reading
from app.providers import paypal_words as words
from app.providers.base import (
    Charge,
    Credential,
    Decline,
    NextAction,
    Outcome,
    ProviderNews,
    Refused,
    Unanswered,
    Verb,
)
from app.providers.paypal_buyer import facts, wallet
from app.providers.paypal_client import PayPalClient, Refusal, web_url
from app.providers.paypal_disputes import Disputes
from app.providers.paypal_kept import Keeping, nobody_there, saved_refused
from app.providers.paypal_missed import Missed
from app.providers.paypal_news import read_news
from app.providers.paypal_operations import Operations
from app.providers.paypal_orders import forgotten, is_anothers, new_order, taken_by_another
from app.providers.paypal_payee import Payee
from app.providers.paypal_reading import Node, Order, outcome, read_order
from app.providers.paypal_reports import order_of
from app.providers.paypal_signature import Signatures
from models.ids import is_id

_REFERENCE = re.compile(r"[A-Za-z0-9-]{1,36}")
_UNIT_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
# PayPal remembers a request for an order for six hours (orders v2); an hour is left for one that was slow to arrive.
SAVED_REPEATABLE = timedelta(hours=5)


class PayPal(Keeping, Operations, Disputes, Missed):
    """The adapter. It holds a pooled client with its token, certificates, and whose account our money goes to."""

    name = "paypal"
    can = words.CAN

    def __init__(self, config: Config) -> None:
        cards = (paypal_cards.RULE,) if config.paypal_card_fields else ()
        self.can = replace(words.CAN, methods=(*words.CAN.methods, *cards))
        self._client = PayPalClient(config)
        self._signatures = Signatures(config, self._client)
        self._web_url = web_url(config.paypal_api_url.rstrip("/"))
        self._payee = Payee(self._client)
        self._account = hashlib.sha256(config.paypal_client_id.encode()).hexdigest()[:32]

    def charge(self, charge: Charge) -> Outcome:
        """Create the order that the buyer is to approve, or take the one that they approved on a merchant's page.

        PayPal remembers the request for six hours. After that a repeated request makes another order, which nobody
        has seen and nobody can approve: no second charge comes of it. An order with a kept method is paid at once, and
        must not be made again then: see `repeatable`.
        """
        if charge.credential_kind == "order":
            return self._take_theirs(charge)
        if charge.credential_kind == "saved":
            return self._charge_saved(charge)
        answer = self._client.ask(
            "create_order", body=new_order(charge), request_id=charge.attempt_id
        )
        return self._outcome(self._whole(answer.body), charge)

    def complete(self, charge: Charge, reference: str) -> Outcome:
        """Take the money of an approved order.

        The order is read first: whatever a browser may have done to it, we only take what we asked for.
        """
        try:
            order = self._show(reference)
            if order is None:
                return forgotten(charge, reference)
            found = self._outcome(order, charge)
            return self._take(charge, order) if found.ready else found
        except Refused as refusal:
            if refusal.status not in {401, 403}:
                raise
            # It is about our keys. An earlier try may have taken the money, so this is no answer.
            raise Unanswered(str(refusal)) from refusal

    def fetch(self, charge: Charge, reference: str | None) -> Outcome:
        """How the charge stands, every capture and authorization read afresh.

        An order that PayPal does not know (any more) was never approved: no money can come of it.
        """
        known = reference or (charge.credential if charge.credential_kind == "order" else "")
        if not known:
            return Outcome(None, "", charge.amount, found=False)
        order = self._show(known)
        if order is None:
            return forgotten(charge, known)
        if not reference and order.untouched and order.custom_id != charge.attempt_id:
            return Outcome(
                None, "", charge.amount, found=False
            )  # a merchant's order, not asked for yet
        if is_anothers(order, charge):
            return taken_by_another(charge, order)
        return self._outcome(self._afresh(order), charge)

    def repeatable(self, charge: Charge) -> timedelta:
        """A kept method pays its order at once, and PayPal remembers the request for six hours."""
        return SAVED_REPEATABLE if charge.credential_kind == "saved" else super().repeatable(charge)

    def look_for(self, charge: Charge, since: datetime) -> Outcome:
        """Whether a kept method was charged after all, by PayPal's reports; Unanswered until they are complete."""
        if charge.credential_kind != "saved":
            return super().look_for(charge, since)
        order_id = order_of(charge, self._client, since, since + SAVED_REPEATABLE)
        order = self._show(order_id) if order_id else None
        if order is None:
            return Outcome(None, "", charge.amount, found=False)
        return self._outcome(self._afresh(order), charge)

    def abandon(self, charge: Charge, reference: str) -> Outcome:
        """An order turns into money by our own call only, which is not made after this; PayPal needs no call for it."""
        found = self.fetch(charge, reference)
        if found.verb is not Verb.CHALLENGE:
            return found
        return replace(found, verb=Verb.VOID, ready=False, action=None, promised=True)

    def inspect(self, kind: str, credential: str) -> Credential:
        """What PayPal knows of an order that a merchant's page made. Raises Refused when it knows none."""
        if kind != "order" or not _REFERENCE.fullmatch(credential):
            raise Refused("not an order", code="RESOURCE_NOT_FOUND", status=404)
        order = self._show(credential)
        if order is None:
            raise Refused("no such order", code="RESOURCE_NOT_FOUND", status=404)
        usable = (
            order.status == "APPROVED" and order.untouched and not is_id(order.custom_id, "att")
        )
        return Credential(
            kind="order",
            reference=order.id,
            usable=usable and self._payee.is_ours(order),
            method=wallet(order.whole),
            facts={**facts(order.whole, ()), "intent": order.intent},
            amount=order.amount,
        )

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderNews:
        """Verify a webhook. Only ids are believed: the signature covers no more than a CRC32 of the body."""
        self._signatures.verify(body, headers)
        return read_news(body, self._client)

    def _charge_saved(self, charge: Charge) -> Outcome:
        """An order that a kept method pays: complete at once, or refused before there is an order."""
        try:
            answer = self._client.ask(
                "create_order", body=new_order(charge), request_id=charge.attempt_id
            )
        except Refusal as refusal:
            return saved_refused(charge, refusal)
        order = self._whole(answer.body)
        found = self._outcome(order, charge)
        return self._take(charge, order) if found.ready else found

    def _outcome(self, order: Order, charge: Charge) -> Outcome:
        told = outcome(order, charge, self._approve_url(order.id))
        return nobody_there(told) if charge.off_session else told

    def _approve_url(self, order_id: str) -> str:
        return f"{self._web_url}/checkoutnow?token={order_id}"

    def _whole(self, body: Node, reference: str = "") -> Order:
        """The order of an answer; asked for, where PayPal left out what we had asked to be told with it."""
        units = body.get("purchase_units")
        if isinstance(body.get("id"), str) and reference in {"", body["id"]}:
            unit = units[0] if isinstance(units, list) and units else {}
            if isinstance(unit, dict) and "amount" not in unit:
                body = self._client.ask("show_order", body["id"]).body
        return read_order(body, reference)

    def _show(self, reference: str) -> Order | None:
        try:
            answer = self._client.ask("show_order", reference)
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise
        return read_order(answer.body, reference)

    def _afresh(self, order: Order) -> Order:
        """The order with its payments' own latest word."""
        return replace(
            order,
            captures=tuple(self._latest("show_capture", row) for row in order.captures),
            authorizations=tuple(
                self._latest("show_authorization", row) for row in order.authorizations
            ),
        )

    def _latest(self, name: str, row: Node) -> Node:
        payment_id = reading.text(row, "id")
        try:
            body = self._client.ask(name, payment_id).body
        except Refusal as refusal:
            if refusal.status == 404:
                return row
            raise
        if body.get("id") != payment_id:
            raise Unanswered(f"PayPal told of another payment when asked about {payment_id[:40]}")
        return body

    def _take(self, charge: Charge, order: Order) -> Outcome:
        """Ask for the money of an approved order. The same request id on every try, for ever."""
        if charge.credential_kind == "order":
            self._bind(charge, order)
        name = "authorize_order" if charge.capture == "manual" else "capture_order"
        try:
            answer = self._client.ask(
                name, order.id, body={}, request_id=f"{charge.attempt_id}:take"
            )
        except Refusal as refusal:
            return self._not_taken(charge, order, refusal)
        return self._outcome(self._whole(answer.body, order.id), charge)

    def _not_taken(self, charge: Charge, order: Order, refusal: Refusal) -> Outcome:
        if refusal.code in words.READ_BACK:
            found = self.fetch(charge, order.id)
            if found.ready:
                raise Unanswered(
                    f"PayPal refuses with {refusal.code}, but nothing was taken"
                ) from refusal
            return found
        if refusal.code in words.ASK_BUYER:
            url = reading.link(refusal.links, "payer-action", "redirect", "approve")
            url = url or self._approve_url(order.id)
            asked = Outcome(
                Verb.CHALLENGE,
                order.id,
                charge.amount,
                decline=words.ASK_BUYER[refusal.code],
                action=NextAction("paypal_approve", url=url, order=order.id),
            )
            return nobody_there(asked) if charge.off_session else asked
        if refusal.code in words.DECLINES:
            decline = Decline(words.DECLINES[refusal.code], refusal.code)
            return Outcome(Verb.DECLINE, order.id, charge.amount, decline=decline)
        raise refusal

    def _take_theirs(self, charge: Charge) -> Outcome:
        """Take an order that a merchant's own page made: only if it is exactly what is to be paid, and paid to us."""
        order = self._show(charge.credential)
        if order is None:
            raise Refused("no such order", code="RESOURCE_NOT_FOUND", status=404)
        if is_anothers(order, charge):
            return taken_by_another(charge, order)
        if order.amount != charge.amount:
            raise Refused(f"the order is over {order.amount}", code="AMOUNT_MISMATCH", status=422)
        if order.intent != ("AUTHORIZE" if charge.capture == "manual" else "CAPTURE"):
            raise Refused(
                f"the order is to {order.intent}", code="ACTION_DOES_NOT_MATCH_INTENT", status=422
            )
        if not order.untouched:
            return self._outcome(order, charge)
        if order.status != "APPROVED":
            raise Refused("the buyer has not approved it", code="ORDER_NOT_APPROVED", status=422)
        if not self._payee.is_ours(order):
            raise Refused("the order pays somebody else", code="PAYEE_MISMATCH", status=422)
        return self._take(charge, order)

    def _bind(self, charge: Charge, order: Order) -> None:
        """Write our attempt's id on a merchant's order, so that its money is counted for this attempt only."""
        if order.custom_id == charge.attempt_id:
            return
        unit = order.unit.get("reference_id", "default")
        if not isinstance(unit, str) or not _UNIT_NAME.fullmatch(unit):
            raise Refused(
                "the order's unit has an unusable name", code="REFERENCE_ID_NOT_FOUND", status=422
            )
        change = {
            "op": "replace" if order.custom_id else "add",
            "path": f"/purchase_units/@reference_id=='{unit}'/custom_id",
            "value": charge.attempt_id,
        }
        self._client.ask("patch_order", order.id, body=[change])
