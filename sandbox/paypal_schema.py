"""The bodies that orders and payments take, as tables."""

from sandbox.paypal_rules import ADDRESS, MONEY, URL, Anything, Flag, Listing, Refused, Text, Thing
from sandbox.paypal_sources import CONTEXT, PAYMENT_SOURCE

BREAKDOWN_PARTS = (
    "item_total",
    "shipping",
    "handling",
    "tax_total",
    "insurance",
    "shipping_discount",
    "discount",
)
AMOUNT = Thing(
    {**MONEY.fields, "breakdown": Thing(dict.fromkeys(BREAKDOWN_PARTS, MONEY))}, MONEY.required
)
ITEM = Thing(
    {
        "name": Text(127),
        "unit_amount": MONEY,
        "tax": MONEY,
        "quantity": Text(10, form=r"[1-9][0-9]{0,9}"),
        "description": Text(2048, 0),
        "sku": Text(127, 0),
        "url": URL,
        "image_url": URL,
        "category": Text(20, words=("DIGITAL_GOODS", "PHYSICAL_GOODS", "DONATION")),
    },
    ("name", "unit_amount", "quantity"),
)
PURCHASE_UNIT = Thing(
    {
        "reference_id": Text(256),
        "amount": AMOUNT,
        "payee": Refused(),
        "payment_instruction": Refused(),
        "description": Text(127),
        "custom_id": Text(127),
        "invoice_id": Text(127),
        "soft_descriptor": Text(22),
        "items": Listing(ITEM),
        "shipping": Thing(
            {
                "name": Thing({"full_name": Text(300)}),
                "type": Text(words=("SHIPPING", "PICKUP_IN_PERSON", "PICKUP_IN_STORE")),
                "address": ADDRESS,
            }
        ),
        "supplementary_data": Anything(),
    },
    ("amount",),
)
APPLICATION_CONTEXT = Thing(
    {
        **CONTEXT,
        "landing_page": Text(words=("LOGIN", "BILLING", "NO_PREFERENCE")),
        "payment_method": Anything(),
    }
)
ORDER = Thing(
    {
        "intent": Text(words=("CAPTURE", "AUTHORIZE")),
        "purchase_units": Listing(PURCHASE_UNIT, most=10, least=1),
        "payer": Anything(),
        "payment_source": PAYMENT_SOURCE,
        "application_context": APPLICATION_CONTEXT,
    },
    ("intent", "purchase_units"),
)
ORDER_ACTION = Thing({"payment_source": PAYMENT_SOURCE})
CONFIRM = Thing(
    {"payment_source": PAYMENT_SOURCE, "application_context": APPLICATION_CONTEXT},
    ("payment_source",),
)
CAPTURE = Thing(
    {
        "amount": MONEY,
        "invoice_id": Text(127),
        "final_capture": Flag(),
        "note_to_payer": Text(255, 0),
        "soft_descriptor": Text(22),
        "payment_instruction": Refused(),
    }
)
REAUTHORIZE = Thing({"amount": MONEY})
REFUND = Thing(
    {
        "amount": MONEY,
        "custom_id": Text(127),
        "invoice_id": Text(127),
        "note_to_payer": Text(255),
        "payment_instruction": Refused(),
    }
)
PATCH_OPERATIONS = Listing(
    Thing(
        {
            "op": Text(words=("add", "remove", "replace", "move", "copy", "test")),
            "path": Text(1000),
            "value": Anything(),
            "from": Text(1000),
        },
        ("op",),
    ),
    most=100,
    least=1,
)
