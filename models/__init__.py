"""Every table by name."""

from models.audit import AuditRow, Case, Seal
from models.customer import (
    Customer,
    CustomerGatewayToken,
    EmailCode,
    Mandate,
    SavedMethod,
    Setup,
)
from models.db import Base
from models.event import Delivery, Event, IdempotencyKey, Period, ProviderEvent
from models.ledger import Entry
from models.mail import Mail
from models.merchant import ApiKey, Merchant, PaymentLink
from models.order import CheckoutSession, Order
from models.payment import Attempt, Operation, Payment, PaymentToken
from models.people import SignIn, User
from models.review import Review, ReviewNote, SavedView
from models.screening import (
    Assessment,
    FraudWarning,
    Label,
    ListItem,
    RiskModel,
    RiskPolicy,
    RiskRule,
    Sighting,
)

__all__ = [
    "ApiKey",
    "Assessment",
    "Attempt",
    "AuditRow",
    "Base",
    "Case",
    "CheckoutSession",
    "Customer",
    "CustomerGatewayToken",
    "Delivery",
    "EmailCode",
    "Entry",
    "Event",
    "FraudWarning",
    "IdempotencyKey",
    "Label",
    "ListItem",
    "Mail",
    "Mandate",
    "Merchant",
    "Operation",
    "Order",
    "Payment",
    "PaymentLink",
    "PaymentToken",
    "Period",
    "ProviderEvent",
    "Review",
    "ReviewNote",
    "RiskModel",
    "RiskPolicy",
    "RiskRule",
    "SavedMethod",
    "SavedView",
    "Seal",
    "Setup",
    "Sighting",
    "SignIn",
    "User",
]
