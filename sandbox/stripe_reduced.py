"""What a publishable key is shown of an intent: these fields and no more."""

from sandbox.store import Document

# fmt: off
SHARED = (
    "id", "object", "automatic_payment_methods", "cancellation_reason", "client_secret", "created",
    "description", "livemode", "next_action", "payment_method", "payment_method_types", "status",
)
REDUCED = {
    "payment_intent": (
        *SHARED, "amount", "canceled_at", "capture_method", "confirmation_method", "currency",
        "last_payment_error", "processing", "receipt_email", "setup_future_usage", "shipping",
        "source",
    ),
    "setup_intent": (*SHARED, "last_setup_error", "usage"),
}
# fmt: on


def reduced(shown: Document) -> Document:
    """Leave out of an intent what its page need not know; other objects stay as they are."""
    names = REDUCED.get(shown["object"])
    return shown if names is None else {name: shown[name] for name in names}
