"""The ways to pay that an order or the vault takes, as tables.

`verification` of a card and `stored_credential` of a wallet are younger than the OpenAPI document of
2024-02; they are as in PayPal's own server SDK (card-verification, paypal-wallet-stored-credential).
"""

from sandbox.paypal_rules import ADDRESS, URL, Flag, Refused, Rule, Text, Thing

ID = Text(255, form=r"[0-9a-zA-Z_-]+")
CUSTOMER_FIELDS: dict[str, Rule] = {
    "id": Text(22, form=r"[0-9a-zA-Z_-]+"),
    "merchant_customer_id": Text(64, form=r"[0-9a-zA-Z\-_.^*$@#]+"),
}
CUSTOMER = Thing({**CUSTOMER_FIELDS, "email_address": Text(254, 3, form=r"[^@\s]+@[^@\s]+")})
CONTEXT: dict[str, Rule] = {
    "brand_name": Text(127),
    "locale": Text(10, 2, form=r"[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?"),
    "shipping_preference": Text(words=("GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS")),
    "user_action": Text(words=("CONTINUE", "PAY_NOW")),
    "return_url": URL,
    "cancel_url": URL,
}
WALLET_CONTEXT = Thing(
    {
        **CONTEXT,
        "landing_page": Text(words=("LOGIN", "GUEST_CHECKOUT", "NO_PREFERENCE")),
        "payment_method_preference": Text(words=("UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED")),
    }
)
STORE = Text(words=("ON_SUCCESS",))
_KINDS = ("RECURRING", "UNSCHEDULED", "SUBSCRIPTION", "INSTALLMENT", "THRESHOLD")
_PATTERNS = [f"{kind}_{when}" for kind in _KINDS for when in ("PREPAID", "POSTPAID")]
PATTERN = Text(words=(*_PATTERNS, "IMMEDIATE", "DEFERRED"))
# What is said of a wallet that is to be saved, with a purchase or without one.
WALLET_TERMS: dict[str, Rule] = {
    "description": Text(128, form=r"""[a-zA-Z0-9_'\-., :;\!?"]*"""),
    "usage_pattern": PATTERN,
    "usage_type": Text(words=("MERCHANT", "PLATFORM")),
    "customer_type": Text(words=("CONSUMER", "BUSINESS")),
    "permit_multiple_payment_tokens": Flag(),
    "shipping": Thing({"name": Thing({"full_name": Text(300)}), "address": ADDRESS}),
}
INITIATOR = Text(words=("CUSTOMER", "MERCHANT"))
USAGE = Text(words=("FIRST", "SUBSEQUENT", "DERIVED"))
WALLET = Thing(
    {
        "experience_context": WALLET_CONTEXT,
        "email_address": Text(254, 3, form=r"[^@\s]+@[^@\s]+"),
        "name": Thing({"given_name": Text(140), "surname": Text(140)}),
        "address": ADDRESS,
        "attributes": Thing(
            {
                "customer": CUSTOMER,
                "vault": Thing({"store_in_vault": STORE, **WALLET_TERMS}),
            }
        ),
        "vault_id": ID,
        "stored_credential": Thing(
            {"payment_initiator": INITIATOR, "usage": USAGE, "usage_pattern": PATTERN},
            ("payment_initiator",),
        ),
        "billing_agreement_id": Refused(),
    }
)
_NUMBER: dict[str, Rule] = {
    "name": Text(300),
    "number": Text(19, 13, form=r"[0-9]{13,19}", secret=True),
    "expiry": Text(7, 7, form=r"[0-9]{4}-(0[1-9]|1[0-2])"),
    "security_code": Text(4, 3, form=r"[0-9]{3,4}", secret=True),
    "billing_address": ADDRESS,
}
VERIFICATION_METHOD = Text(words=("SCA_ALWAYS", "SCA_WHEN_REQUIRED"))
CARD = Thing(
    {
        **_NUMBER,
        "vault_id": ID,
        "attributes": Thing(
            {
                "customer": CUSTOMER,
                "vault": Thing({"store_in_vault": STORE}),
                "verification": Thing({"method": VERIFICATION_METHOD}),
            }
        ),
        "stored_credential": Thing(
            {
                "payment_initiator": INITIATOR,
                "payment_type": Text(words=("ONE_TIME", "RECURRING", "UNSCHEDULED")),
                "usage": USAGE,
                "previous_network_transaction_reference": Thing(
                    {
                        "id": Text(36, 9),
                        "date": Text(4, 4, form=r"[0-9]+"),
                        "network": Text(form=r"[A-Z_]+"),
                    },
                    ("id",),
                ),
            },
            ("payment_initiator", "payment_type"),
        ),
        "experience_context": Thing({"return_url": URL, "cancel_url": URL}),
        "network_token": Refused(),
    }
)
PAYMENT_SOURCE = Thing(
    {
        "paypal": WALLET,
        "card": CARD,
        "token": Thing({"id": ID, "type": Text(words=("BILLING_AGREEMENT",))}, ("id", "type")),
        "venmo": Refused(),
        "apple_pay": Refused("NOT_ENABLED_FOR_APPLE_PAY"),
        "google_pay": Refused("NOT_ENABLED_FOR_GOOGLE_PAY"),
    }
)

_VAULT_CONTEXT = Thing(
    {
        "brand_name": Text(300),
        "locale": CONTEXT["locale"],
        "return_url": URL,
        "cancel_url": URL,
        "shipping_preference": Text(form=r"[0-9A-Z_]+"),
        "vault_instruction": Text(words=("ON_CREATE_PAYMENT_TOKENS", "ON_PAYER_APPROVAL")),
    }
)
_VAULT_CARD = Thing(
    {
        **_NUMBER,
        "verification_method": VERIFICATION_METHOD,
        "experience_context": _VAULT_CONTEXT,
    },
    ("number", "expiry"),
)
SETUP_TOKEN = Thing(
    {
        "customer": Thing(CUSTOMER_FIELDS),
        "payment_source": Thing(
            {
                "paypal": Thing({**WALLET_TERMS, "experience_context": _VAULT_CONTEXT}),
                "card": _VAULT_CARD,
                "venmo": Refused(),
                "token": Refused(),
            }
        ),
    },
    ("payment_source",),
)
PAYMENT_TOKEN = Thing(
    {
        "customer": Thing(CUSTOMER_FIELDS),
        "payment_source": Thing(
            {
                # The document of 2024-02 names only BILLING_AGREEMENT; every page names this one.
                "token": Thing({"id": ID, "type": Text(words=("SETUP_TOKEN",))}, ("id", "type")),
                "card": _VAULT_CARD,
            }
        ),
    },
    ("payment_source",),
)
