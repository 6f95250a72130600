"""Which parameters each Stripe operation takes; a name that is not here is refused."""

from sandbox.stripe_params import (
    BOOL,
    CREATED,
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
METHOD_DATA: Table = {
    "type": must(word("card")),
    "card": must(nested(CARD_FIELDS)),
    "billing_details": nested(BILLING),
    "allow_redisplay": ALLOW_REDISPLAY,
    "metadata": METADATA,
}
OPTIONS: Table = {
    "card": nested(
        {
            "request_three_d_secure": word("any", "automatic", "challenge"),
            "capture_method": word("manual"),
            "statement_descriptor_suffix_kana": STR,
            "statement_descriptor_suffix_kanji": STR,
            "network": STR,
        }
    )
}
EXPAND: Table = {"expand": WORDS}
CAPTURE_METHOD = word("automatic", "automatic_async", "manual")
PAGE: Table = {"limit": INT, "starting_after": STR, "ending_before": STR, **EXPAND}
CONFIRM_ONLY: Table = {
    "confirmation_token": STR,
    "error_on_requires_action": BOOL,
    "off_session": OFF_SESSION,
    "return_url": STR,
    "use_stripe_sdk": BOOL,
}
INTENT: Table = {
    "capture_method": CAPTURE_METHOD,
    "payment_method": STR,
    "payment_method_options": nested(OPTIONS),
    "receipt_email": STR,
    "shipping": nested(SHIPPING),
    **EXPAND,
}
DESCRIBED: Table = {
    "description": STR,
    "metadata": METADATA,
    "statement_descriptor": STR,
    "statement_descriptor_suffix": STR,
    "transfer_group": STR,
}
CANCEL_REASON = word("duplicate", "fraudulent", "requested_by_customer", "abandoned")
EVIDENCE_NAMES = [
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
]

TABLES: dict[str, Table] = {
    "payment_intents.create": {
        "amount": must(INT),
        "currency": must(STR),
        "confirm": BOOL,
        "confirmation_method": word("automatic", "manual"),
        "automatic_payment_methods": nested(
            {"enabled": must(BOOL), "allow_redirects": word("always", "never")}
        ),
        "allowed_payment_method_types": WORDS,
        "excluded_payment_method_types": WORDS,
        **INTENT,
        **DESCRIBED,
        **CONFIRM_ONLY,
    },
    "payment_intents.update": {"amount": INT, "currency": STR, **INTENT, **DESCRIBED},
    "payment_intents.confirm": {**INTENT, **CONFIRM_ONLY, "client_secret": STR},
    "payment_intents.capture": {
        "amount_to_capture": INT,
        "final_capture": BOOL,
        "metadata": METADATA,
        "statement_descriptor": STR,
        "statement_descriptor_suffix": STR,
        **EXPAND,
    },
    "payment_intents.cancel": {"cancellation_reason": CANCEL_REASON, **EXPAND},
    "payment_intents.retrieve": {"client_secret": STR, **EXPAND},
    "payment_intents.list": {"created": CREATED, "customer": STR, **PAGE},
    "confirmation_tokens.create": {
        "payment_method_data": must(nested(METHOD_DATA)),
        "return_url": STR,
        "shipping": nested(SHIPPING),
        "use_stripe_sdk": BOOL,
        **EXPAND,
    },
    "confirmation_tokens.create_test": {
        "payment_method": STR,
        "return_url": STR,
        "shipping": nested(SHIPPING),
        **EXPAND,
    },
    "payment_methods.create": {**METHOD_DATA, **EXPAND},
    "payment_methods.update": {
        "allow_redisplay": ALLOW_REDISPLAY,
        "billing_details": nested(BILLING),
        "metadata": METADATA,
        **EXPAND,
    },
    "charges.update": {
        "description": STR,
        "metadata": METADATA,
        "receipt_email": STR,
        "fraud_details": nested({"user_report": must(word("fraudulent", "safe"))}),
        **EXPAND,
    },
    "charges.list": {"created": CREATED, "payment_intent": STR, "transfer_group": STR, **PAGE},
    "refunds.create": {
        "amount": INT,
        "charge": STR,
        "payment_intent": STR,
        "reason": word("duplicate", "fraudulent", "requested_by_customer"),
        "metadata": METADATA,
        "instructions_email": STR,
        **EXPAND,
    },
    "refunds.update": {"metadata": METADATA, **EXPAND},
    "refunds.list": {"created": CREATED, "charge": STR, "payment_intent": STR, **PAGE},
    "balance_transactions.list": {
        "created": CREATED,
        "currency": STR,
        "source": STR,
        "type": STR,
        **PAGE,
    },
    "events.list": {"created": CREATED, "type": STR, "types": WORDS, **PAGE},
    "webhook_endpoints.create": {
        "url": must(STR),
        "enabled_events": must(WORDS),
        "description": STR,
        "api_version": STR,
        "metadata": METADATA,
        **EXPAND,
    },
    "webhook_endpoints.update": {
        "url": STR,
        "enabled_events": WORDS,
        "description": STR,
        "disabled": BOOL,
        "metadata": METADATA,
        **EXPAND,
    },
    "webhook_endpoints.list": PAGE,
    "reviews.list": {"created": CREATED, **PAGE},
    "reviews.approve": EXPAND,
    "early_fraud_warnings.list": {
        "created": CREATED,
        "charge": STR,
        "payment_intent": STR,
        **PAGE,
    },
    "disputes.list": {"created": CREATED, "charge": STR, "payment_intent": STR, **PAGE},
    "disputes.update": {
        "evidence": nested(dict.fromkeys(EVIDENCE_NAMES, STR)),
        "metadata": METADATA,
        "submit": BOOL,
        **EXPAND,
    },
    "disputes.close": EXPAND,
    "retrieve": EXPAND,
}
