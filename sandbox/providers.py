"""The providers as the desk sees them: how each says no, and how many requests it takes. One line for a new one."""

from typing import Any

PROVIDERS = ("stripe", "paypal", "razorpay")
TITLES = {"stripe": "Stripe", "paypal": "PayPal", "razorpay": "Razorpay"}

# Requests a second: of the whole account, and of one endpoint. Stripe publishes its figures
# (docs.stripe.com/rate-limits); PayPal and Razorpay say that there is a limit and not which, so
# theirs are Stripe's until somebody sets others.
LIMITS = {"stripe": (100.0, 25.0), "paypal": (100.0, 25.0), "razorpay": (100.0, 25.0)}

# What each says with this status; Razorpay's and PayPal's sentences for 429 are not published.
BODIES = {
    ("stripe", 500): {"error": {"type": "api_error", "message": "An unknown error occurred"}},
    ("stripe", 429): {
        "error": {
            "type": "invalid_request_error",
            "code": "rate_limit",
            "message": "Request rate limit exceeded.",
        }
    },
    ("paypal", 500): {
        "name": "INTERNAL_SERVER_ERROR",
        "message": "An internal server error has occurred.",
        "debug_id": "0badfa0170000",
    },
    ("paypal", 429): {
        "name": "RATE_LIMIT_REACHED",
        "message": "Too many requests. Blocked due to rate limiting.",
        "debug_id": "0badfa0170000",
    },
    ("razorpay", 500): {
        "error": {
            "code": "SERVER_ERROR",
            "description": "We are facing some trouble completing your request at the moment.",
            "metadata": {},
        }
    },
    ("razorpay", 429): {
        "error": {
            "code": "BAD_REQUEST_ERROR",
            "description": "Request failed. Please try after sometime.",
            "metadata": {},
        }
    },
}


def body_of(provider: str, status: int) -> dict[str, Any]:
    """Give the JSON with which a provider says 429 or 500."""
    return dict(BODIES[provider, status])
