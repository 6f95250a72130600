"""The groups of parameters that several Stripe operations share."""

from sandbox.stripe_params import (
    BOOL,
    INT,
    METADATA,
    OFF_SESSION,
    STR,
    WORDS,
    Table,
    must,
    nested,
    word,
)

ADDRESS: Table = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), STR)
BILLING: Table = {
    "address": nested(ADDRESS),
    "email": STR,
    "name": STR,
    "phone": STR,
    "tax_id": STR,
}
SHIPPING: Table = {
    "address": must(nested(ADDRESS)),
    "name": must(STR),
    "phone": STR,
    "carrier": STR,
    "tracking_number": STR,
}
ALLOW_REDISPLAY = word("always", "limited", "unspecified")
WALLET: Table = {"type": must(word("apple_pay", "google_pay"))}
CARD_FIELDS: Table = {
    "number": must(STR),
    "exp_month": must(INT),
    "exp_year": must(INT),
    "cvc": STR,
    # Private to the sandbox's own wallet sheets: a real wallet sends a cryptogram instead.
    "wallet": nested(WALLET),
}
UPI_MANDATE: Table = {
    "amount": INT,
    "amount_type": word("fixed", "maximum"),
    "description": STR,
    "end_date": INT,
}
METHOD_DATA: Table = {
    "type": must(word("card", "sepa_debit", "ideal", "upi")),
    "card": nested(CARD_FIELDS),
    "sepa_debit": nested({"iban": must(STR)}),
    "ideal": nested({"bank": STR}),
    "upi": nested({"mandate_options": nested(UPI_MANDATE)}),
    "billing_details": nested(BILLING),
    "allow_redisplay": ALLOW_REDISPLAY,
    "metadata": METADATA,
}
MANDATE_DATA: Table = {
    "customer_acceptance": must(
        nested(
            {
                "type": must(word("online", "offline")),
                "accepted_at": INT,
                "online": nested({"ip_address": STR, "user_agent": STR}),
                "offline": nested({}),
            }
        )
    )
}
FUTURE = word("off_session", "on_session")
ANY_FUTURE = word("none", "off_session", "on_session")
REFERENCE: Table = {"mandate_options": nested({"reference_prefix": STR})}
OPTIONS: Table = {
    "card": nested(
        {
            "request_three_d_secure": word("any", "automatic", "challenge"),
            "capture_method": word("manual"),
            "setup_future_usage": ANY_FUTURE,
            "statement_descriptor_suffix_kana": STR,
            "statement_descriptor_suffix_kanji": STR,
            "network": STR,
        }
    ),
    "sepa_debit": nested({"setup_future_usage": ANY_FUTURE, **REFERENCE}),
    "ideal": nested({"setup_future_usage": word("none", "off_session")}),
    "upi": nested({"setup_future_usage": ANY_FUTURE}),
}
EXPAND: Table = {"expand": WORDS}
PAGE: Table = {"limit": INT, "starting_after": STR, "ending_before": STR, **EXPAND}
AUTOMATIC: Table = {"enabled": must(BOOL), "allow_redirects": word("always", "never")}
TYPES: Table = {"allowed_payment_method_types": WORDS, "excluded_payment_method_types": WORDS}
CONFIRM_ONLY: Table = {
    "confirmation_token": STR,
    "error_on_requires_action": BOOL,
    "mandate": STR,
    "mandate_data": nested(MANDATE_DATA),
    "off_session": OFF_SESSION,
    "return_url": STR,
    "use_stripe_sdk": BOOL,
}
INTENT: Table = {
    "capture_method": word("automatic", "automatic_async", "manual"),
    "payment_method": STR,
    "payment_method_data": nested(METHOD_DATA),
    "payment_method_options": nested(OPTIONS),
    "receipt_email": STR,
    "setup_future_usage": FUTURE,
    "shipping": nested(SHIPPING),
    **TYPES,
    **EXPAND,
}
DESCRIBED: Table = {
    "description": STR,
    "metadata": METADATA,
    "statement_descriptor": STR,
    "statement_descriptor_suffix": STR,
    "transfer_group": STR,
}
