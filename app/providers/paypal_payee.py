"""Whose account the money of an order comes to: ours, or not."""

from __future__ import annotations

from app.providers import paypal_words as words
from app.providers.base import Unanswered
from app.providers.paypal_client import PayPalClient
from app.providers.paypal_reading import Node, Order, read_order
from models.money import Money


class Payee:
    """Who we are to PayPal, asked for once."""

    def __init__(self, client: PayPalClient) -> None:
        self._client = client
        self._own: Node | None = None

    def is_ours(self, order: Order) -> bool:
        """Whether the order's money comes to our account.

        A buyer can make an order with our public client id that pays the same amount to themselves.
        """
        if "payment_instruction" in order.unit:
            return False  # platform fees and delayed disbursement are no part of this
        payee, ours = order.unit.get("payee"), self._ours()
        if not isinstance(payee, dict):
            return False
        name = (
            "merchant_id"
            if payee.get("merchant_id") and ours.get("merchant_id")
            else "email_address"
        )
        return bool(payee.get(name)) and payee.get(name) == ours.get(name)

    def _ours(self) -> Node:
        """The payee of an order that names none. It is made once, and nobody ever approves it."""
        if self._own is None:
            amount = words.wire(Money(100, "USD"))
            body = {"intent": "CAPTURE", "purchase_units": [{"amount": amount}]}
            answer = self._client.ask("create_order", body=body, request_id="till:own-payee")
            payee = read_order(answer.body).unit.get("payee")
            if not isinstance(payee, dict):
                raise Unanswered("PayPal does not say who is paid")
            self._own = payee
        return self._own
