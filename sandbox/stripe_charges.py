"""The charge: one try of taking money, with what its method tells of itself."""

from sandbox import clock
from sandbox.cards import Card
from sandbox.store import Document
from sandbox.stripe_objects import shipping
from sandbox.stripe_world import new_id

APPROVED = "Payment complete."


def new_charge(intent: Document, method: Document, details: Document, card: Card) -> Document:
    """Give a new charge that went well; `details` is the hash of the method's own type."""
    return {
        "id": new_id("py" if method["type"] == "sepa_debit" else "ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": intent["statement_descriptor"] or "TILL SANDBOX",
        "captured": True,
        "created": clock.timestamp(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": _outcome(method, card),
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {method["type"]: details, "type": method["type"]},
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": shipping(intent["shipping"]),
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
        "_card": card.key,
    }


def _outcome(method: Document, card: Card) -> Document:
    by_card = method["type"] == "card"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": None,
        "risk_level": card.risk_level if by_card else "not_assessed",
        **({"risk_score": card.risk_score} if by_card else {}),
        "seller_message": APPROVED,
        "type": "authorized",
    }


def card_details(card: Document, amount: int, three_d_secure: Document | None) -> Document:
    """Tell of a card what a charge tells."""
    copied = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding")
    return {
        **{name: card[name] for name in (*copied, "last4", "wallet")},
        "amount_authorized": amount,
        "authorization_code": new_id("x", 6)[2:].upper(),
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": new_id("x", 15)[2:],
        "overcapture": {"maximum_amount_capturable": amount, "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": three_d_secure,
    }


def debit_details(account: Document, mandate_id: str) -> Document:
    """Tell of a bank account what a charge tells."""
    copied = ("bank_code", "branch_code", "country", "fingerprint", "last4")
    due = clock.now().date().isoformat()
    told = {name: account[name] for name in copied}
    return {**told, "expected_debit_date": due, "mandate": mandate_id}
