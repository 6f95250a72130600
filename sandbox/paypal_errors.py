"""PayPal's refusals: one envelope for each status, one or more issues in it."""

import secrets
from typing import Any

from sandbox.paypal_issues import SENTENCES, STATUSES

Detail = dict[str, Any]

_NO_CREDENTIALS = (
    "Authentication failed due to missing authorization header, or invalid authentication"
    " credentials."
)
_NOT_POSSIBLE = (
    "The requested action could not be performed, semantically incorrect, or failed business"
    " validation."
)
ENVELOPES = {
    400: (
        "INVALID_REQUEST",
        "Request is not well-formed, syntactically incorrect, or violates schema.",
    ),
    401: ("AUTHENTICATION_FAILURE", _NO_CREDENTIALS),
    403: ("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    405: ("METHOD_NOT_SUPPORTED", "The server does not implement the requested HTTP method."),
    409: (
        "RESOURCE_CONFLICT",
        "The server has detected a conflict while processing this request.",
    ),
    413: ("INVALID_REQUEST", "The request body is too large."),
    415: (
        "UNSUPPORTED_MEDIA_TYPE",
        "The server does not support the request payload's media type.",
    ),
    422: ("UNPROCESSABLE_ENTITY", _NOT_POSSIBLE),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error occurred."),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable."),
}


class PayPalError(Exception):
    """A refusal in PayPal's form: one status, one name, one or more issues."""

    def __init__(
        self,
        issue: str,
        *,
        field: str = "",
        value: str = "",
        location: str = "body",
        redirect: str = "",
    ) -> None:
        super().__init__(issue)
        self.status = STATUSES.get(issue, 422)
        self.details = [detail(issue, field=field, value=value, location=location)]
        self.redirect = redirect

    @classmethod
    def bare(cls, status: int) -> "PayPalError":
        """Refuse without an issue, where no document that we have says which PayPal names."""
        error = cls("")
        error.status, error.details = status, []
        return error

    @classmethod
    def of(cls, details: list[Detail]) -> "PayPalError":
        """Make one refusal of several findings; the first decides the status."""
        error = cls(details[0]["issue"])
        error.details = details
        return error


def detail(issue: str, *, field: str = "", value: str = "", location: str = "body") -> Detail:
    """Make one row of an error's `details`."""
    row: Detail = {"issue": issue, "description": SENTENCES.get(issue, issue)}
    if field:
        row = {"field": field, **({"value": value} if value else {}), "location": location, **row}
    return row


def new_debug_id() -> str:
    """Make an id like those in Paypal-Debug-Id."""
    return secrets.token_hex(7)[:13]


def envelope(status: int, *, debug_id: str, details: list[Detail], redirect: str = "") -> Detail:
    """Make the body of an error answer."""
    name, message = ENVELOPES.get(status, ENVELOPES[500])
    issue = details[0]["issue"] if details else name
    links = [
        {
            "href": f"https://developer.paypal.com/docs/api/orders/v2/#error-{issue}",
            "rel": "information_link",
            "method": "GET",
        }
    ]
    if redirect:
        links.append({"href": redirect, "rel": "redirect", "method": "GET"})
    body: Detail = {"name": name, "message": message, "debug_id": debug_id}
    if details:
        body["details"] = details
    return body | {"links": links}
