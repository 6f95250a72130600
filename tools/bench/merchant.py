"""A merchant with an API key, and payment tokens to pay with, written as the API would have written them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Table

from app import keys
from models import Merchant, PaymentToken, RiskPolicy, clock, db
from models.ids import new_id
from risk.policy import NEVER, Policy

# Two decimals and none; the amounts differ, so that a payment booked under another's name shows.
CURRENCIES = ("EUR", "USD", "JPY")
METHOD = {
    "type": "card", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030,
    "funding": "credit", "country": "US",
}  # fmt: skip
FACTS = {**METHOD, "checks": {"cvc": "pass"}}
# Different cards, as different shoppers have; each comes back now and then.
CARDS = 5_000


def open_account() -> str:
    """Make the merchant; its API key."""
    with db.transaction():
        merchant = Merchant(id=new_id("mer"), name="Bench & Sons")
        db.insert(merchant, _watching(merchant.id))
        return keys.new(merchant.id, name="bench", live=False)


def _watching(merchant_id: str) -> RiskPolicy:
    """Everything is scored and nothing stopped: what is measured are payments, each with the whole of its screening."""
    settings = Policy(
        mode="thresholds", challenge_at=NEVER, hold_at=NEVER, block_at=NEVER, limits={}
    ).to_json()
    return RiskPolicy(id=new_id("pol"), merchant_id=merchant_id, settings=settings, author="bench")


def requests(count: int, *, run: str) -> list[dict[str, Any]]:
    """`count` payments to ask for, each with a fresh token and an Idempotency-Key of its own."""
    with db.transaction() as session:
        merchant_id = session.connection().exec_driver_sql("SELECT id FROM merchants").scalar_one()
        wanted = [_token(str(merchant_id), number) for number in range(count)]
        table = PaymentToken.__table__
        assert isinstance(table, Table)
        session.connection().execute(table.insert(), wanted)
    return [
        {
            "token": token["id"],
            "amount": token["amount_minor"],
            "currency": token["currency"],
            "key": f"{run}-{number}",
        }
        for number, token in enumerate(wanted)
    ]


def _token(merchant_id: str, number: int) -> dict[str, Any]:
    now = clock.now()
    return {
        "id": new_id("tok"),
        "merchant_id": merchant_id,
        "provider": "stripe",
        "kind": "payment_method",
        "credential": "pm_card_visa",
        "amount_minor": 1000 + number % 8999,
        "currency": CURRENCIES[number % len(CURRENCIES)],
        "method": METHOD,
        "facts": {**FACTS, "fingerprint": f"bench{number % CARDS:011d}"},
        "expires_at": now + timedelta(hours=1),
        "created_at": now,
    }
