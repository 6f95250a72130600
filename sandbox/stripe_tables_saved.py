"""Which parameters the operations on customers and on what is kept for them take."""

from sandbox.stripe_fields import (
    ADDRESS,
    ALLOW_REDISPLAY,
    AUTOMATIC,
    BILLING,
    EXPAND,
    FUTURE,
    MANDATE_DATA,
    METHOD_DATA,
    PAGE,
    REFERENCE,
    SHIPPING,
    TYPES,
    UPI_MANDATE,
)
from sandbox.stripe_params import (
    BOOL,
    CREATED,
    METADATA,
    STR,
    WORDS,
    Table,
    must,
    nested,
    word,
)

SETUP_OPTIONS: Table = {
    "card": nested({"request_three_d_secure": word("any", "automatic", "challenge")}),
    "sepa_debit": nested(REFERENCE),
    "upi": nested({"mandate_options": nested(UPI_MANDATE)}),
}
SETUP: Table = {
    "payment_method": STR,
    "payment_method_data": nested(METHOD_DATA),
    "payment_method_options": nested(SETUP_OPTIONS),
    **EXPAND,
}
SETUP_CONFIRM: Table = {
    "confirmation_token": STR,
    "mandate_data": nested(MANDATE_DATA),
    "return_url": STR,
    "use_stripe_sdk": BOOL,
}
CUSTOMER: Table = {
    "address": nested(ADDRESS),
    "description": STR,
    "email": STR,
    "invoice_settings": nested({"default_payment_method": STR}),
    "metadata": METADATA,
    "name": STR,
    "phone": STR,
    "preferred_locales": WORDS,
    "shipping": nested(SHIPPING),
    **EXPAND,
}
METHODS: Table = {"type": STR, "allow_redisplay": ALLOW_REDISPLAY, **PAGE}

SAVED: dict[str, Table] = {
    "customers.create": {"payment_method": STR, **CUSTOMER},
    "customers.update": CUSTOMER,
    "customers.list": {"created": CREATED, "email": STR, **PAGE},
    "customers.methods": METHODS,
    "payment_methods.list": {"customer": STR, **METHODS},
    "payment_methods.create": {**METHOD_DATA, **EXPAND},
    "payment_methods.update": {
        "allow_redisplay": ALLOW_REDISPLAY,
        "billing_details": nested(BILLING),
        "metadata": METADATA,
        **EXPAND,
    },
    "payment_methods.attach": {"customer": must(STR), **EXPAND},
    "setup_intents.create": {
        "automatic_payment_methods": nested(AUTOMATIC),
        "confirm": BOOL,
        "customer": STR,
        "description": STR,
        "metadata": METADATA,
        "usage": FUTURE,
        **TYPES,
        **SETUP,
        **SETUP_CONFIRM,
    },
    "setup_intents.update": {
        "customer": STR,
        "description": STR,
        "metadata": METADATA,
        **TYPES,
        **SETUP,
    },
    "setup_intents.confirm": {"client_secret": STR, **SETUP, **SETUP_CONFIRM},
    "setup_intents.cancel": {
        "cancellation_reason": word("abandoned", "duplicate", "requested_by_customer"),
        **EXPAND,
    },
    "setup_intents.retrieve": {"client_secret": STR, **EXPAND},
    "setup_intents.list": {"created": CREATED, "customer": STR, "payment_method": STR, **PAGE},
    "setup_attempts.list": {"created": CREATED, "setup_intent": must(STR), **PAGE},
}
