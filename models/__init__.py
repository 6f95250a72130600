"""Every table by name."""

from models.audit import AuditRow, Case
from models.db import Base
from models.event import Delivery, Event, IdempotencyKey, Period, ProviderEvent
from models.ledger import Entry
from models.merchant import ApiKey, Merchant, PaymentLink
from models.order import CheckoutSession, Order
from models.payment import Attempt, Operation, Payment, PaymentToken

__all__ = [
    "ApiKey",
    "Attempt",
    "AuditRow",
    "Base",
    "Case",
    "CheckoutSession",
    "Delivery",
    "Entry",
    "Event",
    "IdempotencyKey",
    "Merchant",
    "Operation",
    "Order",
    "Payment",
    "PaymentLink",
    "PaymentToken",
    "Period",
    "ProviderEvent",
]
