"""Razorpay: orders that the shopper pays by UPI, net banking or wallet, and whose money only we take.

An order is made to be captured by hand, always: what comes late for a try that was given up is never taken, and
Razorpay gives it back. An order cannot be cancelled there, and costs nothing. `razorpay_words` has the dictionaries,
`razorpay_read` the way from its objects to ours, `razorpay_operations` what is done to money that is held or taken,
`razorpay_news` the signatures, `razorpay_http` the connection. docs/razorpay.md says what could not be checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.config import Config
from app.providers import razorpay_news
from app.providers.base import (
    Charge,
    Credential,
    NextAction,
    Outcome,
    ProviderNews,
    Refused,
    Unanswered,
    Verb,
)
from app.providers.razorpay_http import client, items
from app.providers.razorpay_operations import Operations, reading
from app.providers.razorpay_read import HOLD_MIN, Standing, note, outcome, standing, waiting
from app.providers.razorpay_words import CAN

# Of orders that carry the same receipt, the one that went furthest is the charge's.
_FURTHEST = ("paid", "attempted", "created")


class Razorpay(Operations):
    """The adapter: the official client, the keys, and where its checkout is."""

    name = "razorpay"
    can = CAN

    def __init__(self, config: Config) -> None:
        self._client = client(config)
        self._key = config.razorpay_key_id
        self._secret = config.razorpay_key_secret
        self._secrets = config.razorpay_webhook_secrets
        self._form_url = f"{config.razorpay_api_url.rstrip('/')}/v1/checkout/embedded"

    def account(self) -> str:
        """The key's name: nothing is kept here that would have to outlive it."""
        return self._key

    def charge(self, charge: Charge) -> Outcome:
        """Make the order that the shopper is to pay; the one that was made before, where there is one.

        Making an order is not idempotent at Razorpay, so it is looked for first. Should two be made for one attempt
        all the same (its list may lag), the shopper is sent to one, and nobody ever sees the other.
        """
        if charge.credential_kind:
            raise Refused("Razorpay takes no credential", code="credential_kind")
        if charge.amount.currency not in CAN.currencies:
            raise Refused("Razorpay does not take this currency", code="currency_not_supported")
        known = self._find(charge)
        if known:
            return self.fetch(charge, known)
        return self._outcome(standing(self._client.order.create(_new_order(charge)), ()), charge)

    def complete(self, charge: Charge, reference: str) -> Outcome:
        """Take what the shopper has paid. Refused, it is read back; while it is held, a refusal is no answer.

        The shopper's bank has paid by then: "declined, no money was taken" would be untrue.
        """
        found = self.look(reference)
        before = self._outcome(found, charge)
        held = found.best
        if not before.ready or held is None:
            return before
        try:
            taken = self._client.payment.capture(
                held["id"], charge.amount.minor, {"currency": charge.amount.currency}
            )
        except Refused as refusal:
            after = self.fetch(charge, reference)
            if after.ready:
                raise Unanswered(str(refusal)) from refusal
            return after
        if taken.get("id") != held["id"]:
            raise Unanswered(f"Razorpay told of another payment when asked to take {held['id']}")
        return self._outcome(standing(found.order, (taken,)), charge)

    def fetch(self, charge: Charge, reference: str | None) -> Outcome:
        """How the charge stands, with its refunds; without a reference the order is looked for."""
        known = reference or self._find(charge)
        if not known:
            return Outcome(None, "", charge.amount, found=False)
        found = self.look(known)
        before = self._outcome(found, charge)
        if before.verb is not Verb.CAPTURE or found.best is None:
            return before
        return replace(before, operations=tuple(self.refunds(found.best)))

    def abandon(self, charge: Charge, reference: str) -> Outcome:
        """Money is taken by our own call only, which is not made after this. What was paid by now counts."""
        found = self.fetch(charge, reference)
        if found.verb is not Verb.CHALLENGE or found.ready:
            return found
        return replace(found, verb=Verb.VOID, action=None, decline=None, promised=True)

    def inspect(self, kind: str, credential: str) -> Credential:
        """Nothing is collected on a merchant's page: there are no tokens."""
        del kind, credential
        raise Refused("Razorpay has no tokens", code="credential_kind", status=404)

    def read_return(self, fields: Mapping[str, str]) -> str:
        """The order that a browser came back from. Its signature proves who sent it, not how the payment stands."""
        return razorpay_news.read_return(fields, secret=self._secret)

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> ProviderNews:
        """Verify a webhook and say what it is about. Raises BadSignature."""
        return razorpay_news.read_event(
            body, headers, secrets=self._secrets, order_of=self.order_of
        )

    def _find(self, charge: Charge) -> str:
        query = {"receipt": charge.attempt_id, "count": 100}
        rows = items(reading(self._client.order.all, query))
        ours = [row for row in rows if note(row, "attempt_id") == charge.attempt_id]
        known = [row for row in ours if row.get("status") in _FURTHEST]
        first = min(known, key=_how_far, default=None)
        return str(first["id"]) if first else ""

    def _outcome(self, found: Standing, charge: Charge) -> Outcome:
        return outcome(found, charge, self._action(found, charge))

    def _action(self, found: Standing, charge: Charge) -> NextAction:
        """What opens Razorpay's checkout, by its script or, posted as a form to `url`, without."""
        shown = {
            "key": self._key,
            "amount": charge.amount.minor,
            "currency": charge.amount.currency,
            "name": charge.merchant_name,
            "description": " · ".join(filter(None, (charge.order_number, charge.description))),
            "method": charge.method,
            "methods": list(charge.methods),
            "attempt": charge.attempt_id,
            "callback_url": charge.return_url,
            "cancel_url": charge.cancel_url,
        }
        waits = waiting(found.best)
        data = {name: value for name, value in shown.items() if value}
        return NextAction(
            "razorpay",
            url=self._form_url,
            order=found.id,
            data={**data, **waits.data} if waits else data,
            expires_at=waits.expires_at if waits else "",
        )


def _new_order(charge: Charge) -> dict[str, Any]:
    known = {"attempt_id": charge.attempt_id, "payment_id": charge.payment_id}
    options = {"manual_expiry_period": HOLD_MIN[charge.capture], "refund_speed": "normal"}
    return {
        "amount": charge.amount.minor,
        "currency": charge.amount.currency,
        "receipt": charge.attempt_id,
        "notes": known,
        "payment": {"capture": "manual", "capture_options": options},
    }


def _how_far(order: dict[str, Any]) -> tuple[int, str]:
    return _FURTHEST.index(order["status"]), str(order["id"])
