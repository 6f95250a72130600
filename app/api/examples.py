"""One request body for each endpoint, shown in the documentation; the tests check that they are valid."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "sessions.create": {
        "currency": "EUR",
        "line_items": [{"name": "Espresso beans, 1 kg", "quantity": 2, "unit_amount": 1899}],
        "shipping_options": [{"id": "parcel", "label": "Parcel, 2 days", "amount": 490}],
        "tax_rates": [{"name": "VAT", "rate_bps": 1900, "inclusive": True}],
        "success_url": "https://shop.example/thanks",
        "cancel_url": "https://shop.example/cart",
        "reference": "order-1042",
    },
    "sessions.expire": {},
    "links.create": {
        "title": "Coffee tasting for two",
        "currency": "EUR",
        "amount": 4900,
        "max_uses": 20,
    },
    "links.update": {
        "active": False,
        "inactive_message": "The tasting is over. See you next year!",
    },
    "tokens.create": {
        "provider": "stripe",
        "payment_method": "pm_card_visa",
        "amount": 1999,
        "currency": "EUR",
    },
    "customers.create": {
        "email": "ada@example.com",
        "name": "Ada Marlowe",
        "reference": "user-77",
    },
    "customers.update": {"name": "Ada Marlowe-Lind"},
    "customers.save": {
        "provider": "stripe",
        "payment_method": "pm_card_visa",
        "return_url": "https://shop.example/account",
        "consent": {
            "text": "I allow Alma Coffee to charge this card for my subscription.",
            "off_session": True,
            "language": "en",
        },
    },
    "payments.create": {
        "token": "tok_01kb4…",
        "amount": 1999,
        "currency": "EUR",
        "capture": "manual",
        "description": "Order 1042",
        "metadata": {"cart": "a81f"},
    },
    "payments.capture": {"amount": 1500},
    "payments.cancel": {},
    "payments.refund": {"amount": 500, "reason": "requested_by_customer"},
}
