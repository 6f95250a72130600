"""The bodies PayPal takes, as a table, and the strict check of a body against it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.paypal_errors import Detail, PayPalError, detail


@dataclass(frozen=True)
class Text:
    """A string of some length, maybe of some form or one of some words."""

    longest: int = 255
    shortest: int = 1
    form: str = ""
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flag:
    """A boolean."""


@dataclass(frozen=True)
class Listing:
    """An array of things of one kind."""

    of: "Rule"
    most: int = 100
    least: int = 0


@dataclass(frozen=True)
class Thing:
    """An object: the fields it may have and those it must have."""

    fields: "dict[str, Rule]"
    required: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A field PayPal knows and this sandbox's merchant may not use."""

    issue: str = "NOT_SUPPORTED"


@dataclass(frozen=True)
class Anything:
    """A field that is taken as it is."""

    nothing: tuple[()] = field(default=())


Rule = Text | Flag | Listing | Thing | Refused | Anything

URL = Text(2048, form=r"https?://[^\s]+")
CONTEXT_WORD = r"[0-9A-Z_]+"
MONEY = Thing(
    {
        "currency_code": Text(3, 3),
        "value": Text(32, form=r"((-?[0-9]+)|(-?([0-9]+)?[.][0-9]+))"),
    },
    ("currency_code", "value"),
)
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
ADDRESS = Thing(
    {
        "address_line_1": Text(300),
        "address_line_2": Text(300, 0),
        "admin_area_1": Text(300, 0),
        "admin_area_2": Text(120, 0),
        "postal_code": Text(60, 0),
        "country_code": Text(2, 2, form=r"([A-Z]{2}|C2)"),
    },
    ("country_code",),
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
_CONTEXT: dict[str, Rule] = {
    "brand_name": Text(127),
    "locale": Text(10, 2, form=r"[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?"),
    "shipping_preference": Text(words=("GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS")),
    "user_action": Text(words=("CONTINUE", "PAY_NOW")),
    "return_url": URL,
    "cancel_url": URL,
}
EXPERIENCE_CONTEXT = Thing(
    {
        **_CONTEXT,
        "landing_page": Text(words=("LOGIN", "GUEST_CHECKOUT", "NO_PREFERENCE")),
        "payment_method_preference": Text(words=("UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED")),
    }
)
APPLICATION_CONTEXT = Thing(
    {
        **_CONTEXT,
        "landing_page": Text(words=("LOGIN", "BILLING", "NO_PREFERENCE")),
        "payment_method": Anything(),
    }
)
PAYMENT_SOURCE = Thing(
    {
        "paypal": Thing(
            {
                "experience_context": EXPERIENCE_CONTEXT,
                "email_address": Text(254, 3, form=r"[^@\s]+@[^@\s]+"),
                "name": Thing({"given_name": Text(140), "surname": Text(140)}),
                "address": ADDRESS,
                "attributes": Refused(),
                "vault_id": Refused(),
                "billing_agreement_id": Refused(),
            }
        ),
        "card": Refused("NOT_ENABLED_FOR_CARD_PROCESSING"),
        "token": Refused(),
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


def check(rule: Rule, body: Any) -> None:
    """Refuse a body that is not what the table says, naming every fault."""
    faults = list(_faults(rule, body, ""))
    if faults:
        raise PayPalError.of(faults)


def _faults(rule: Rule, value: Any, at: str) -> Iterator[Detail]:
    match rule:
        case Text():
            yield from _text_faults(rule, value, at)
        case Flag() if not isinstance(value, bool):
            yield detail("INVALID_PARAMETER_SYNTAX", field=at, value=str(value)[:80])
        case Refused():
            yield detail(rule.issue, field=at)
        case Listing():
            yield from _listing_faults(rule, value, at)
        case Thing():
            yield from _thing_faults(rule, value, at)


def _text_faults(rule: Text, value: Any, at: str) -> Iterator[Detail]:
    if not isinstance(value, str):
        yield detail("INVALID_PARAMETER_SYNTAX", field=at, value=str(value)[:80])
    elif not rule.shortest <= len(value) <= rule.longest:
        yield detail("INVALID_STRING_LENGTH", field=at, value=value[:80])
    elif rule.words and value not in rule.words:
        yield detail("INVALID_PARAMETER_VALUE", field=at, value=value[:80])
    elif rule.form and not re.fullmatch(rule.form, value):
        yield detail("INVALID_PARAMETER_SYNTAX", field=at, value=value[:80])


def _listing_faults(rule: Listing, value: Any, at: str) -> Iterator[Detail]:
    if not isinstance(value, list):
        yield detail("INVALID_PARAMETER_SYNTAX", field=at or "/")
    elif len(value) < rule.least:
        yield detail("INVALID_ARRAY_MIN_ITEMS", field=at or "/")
    elif len(value) > rule.most:
        yield detail("INVALID_ARRAY_MAX_ITEMS", field=at or "/")
    else:
        for number, entry in enumerate(value):
            yield from _faults(rule.of, entry, f"{at}/{number}")


def _thing_faults(rule: Thing, value: Any, at: str) -> Iterator[Detail]:
    if not isinstance(value, dict):
        yield detail("MALFORMED_REQUEST_JSON", field=at or "/")
        return
    for name in rule.required:
        if name not in value:
            yield detail("MISSING_REQUIRED_PARAMETER", field=f"{at}/{name}")
    for name, entry in value.items():
        if name in rule.fields:
            yield from _faults(rule.fields[name], entry, f"{at}/{name}")
        else:
            # The real service lets some unknown fields pass; a typo must not pass our tests.
            yield detail("MALFORMED_REQUEST_JSON", field=f"{at}/{name}")
