"""Razorpay's refusals: one shape, and the sentences of the pages that describe each operation.

Shape and sentences: Razorpay's published pages "About Errors", "Create an Order", "Capture a
Payment" and "Create a Normal Refund". There is no published OpenAPI to hold them against. The
status 401 of refused keys, the word in `WORDS` that is marked so and the two sentences of disputes
are from no page.
"""

from typing import Any

WORDS = {
    "no_such_id": "The id provided does not exist",
    "no_such_url": "The requested URL was not found on the server.",
    "order_paid": (
        "Your payment has been declined as the order is already paid."
        " Please initiate the payment with a new order."
    ),
    "captured": "This payment has already been captured",
    "capture_amount": "Capture amount must be equal to the amount authorized.",
    "not_authorized": "Only payments which have been authorized and not yet captured can be captured",  # no page
    "not_captured": "The payment status should be captured for action to be taken",
    "over_refund": "The refund amount provided is greater than amount captured",
    "fully_refunded": "The payment has been fully refunded already",
    "other_request": "Different request with the same idempotency key has already been processed.",
    "not_open": "The dispute is not open, so nothing can be done with it.",
}


class RazorpayError(Exception):
    """A refusal: what Razorpay answers instead of an object."""

    def __init__(
        self,
        description: str,
        *,
        field: str = "",
        reason: str = "input_validation_failed",
        status: int = 400,
        source: str = "business",
        step: str = "payment_initiation",
    ) -> None:
        super().__init__(description)
        self.status = status
        self.error: dict[str, Any] = {
            "code": "BAD_REQUEST_ERROR",
            "description": description,
            "source": source,
            "step": step,
            "reason": reason,
            "metadata": {},
        }
        if field:
            self.error["field"] = field

    def body(self) -> dict[str, Any]:
        """Give the answer's JSON."""
        return {"error": self.error}


def refused(word: str, *, field: str = "") -> RazorpayError:
    """Make the refusal that has one of our known sentences, without a place or a reason."""
    return RazorpayError(WORDS[word], field=field, source="NA", step="NA", reason="NA")


def unauthorized() -> RazorpayError:
    """Make the answer to keys that are not ours."""
    words = "Authentication failed"
    return RazorpayError(words, status=401, source="NA", step="NA", reason="NA")


def broken() -> dict[str, Any]:
    """Say that the server itself failed."""
    words = "We are facing some trouble completing your request at the moment. Please try again shortly."
    named = dict.fromkeys(("source", "step", "reason"), "NA")
    return {"error": {"code": "SERVER_ERROR", "description": words, **named, "metadata": {}}}
