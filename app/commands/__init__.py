"""What callers may ask for: strict, frozen, with unknown fields refused. The API's documents are made from these."""

from app.commands.base import Capture, Command, CustomerId, ProviderName, Shopper
from app.commands.checkout import (
    CreateLink,
    CreateSession,
    Discount,
    ExpireSession,
    LineItem,
    ShippingOption,
    TaxRate,
    UpdateLink,
)
from app.commands.customers import Consent, CreateCustomer, SaveMethod, UpdateCustomer
from app.commands.payments import (
    Address,
    CancelPayment,
    CapturePayment,
    CreatePayment,
    CreateRefund,
    CreateToken,
)

__all__ = [
    "Address",
    "CancelPayment",
    "Capture",
    "CapturePayment",
    "Command",
    "Consent",
    "CreateCustomer",
    "CreateLink",
    "CreatePayment",
    "CreateRefund",
    "CreateSession",
    "CreateToken",
    "CustomerId",
    "Discount",
    "ExpireSession",
    "LineItem",
    "ProviderName",
    "SaveMethod",
    "ShippingOption",
    "Shopper",
    "TaxRate",
    "UpdateCustomer",
    "UpdateLink",
]
