"""What a person reads when a page cannot be shown: plain words and a reference, never a trace."""

from flask import g, render_template, request

from app import events
from app.errors import AppError
from app.web.page import Merchant, Page
from models.ids import new_id

# Error code → headline and text; every other failure reads like an internal one.
PAGES = {
    "not_found": (
        "We can’t find this page",
        "The link may be incomplete or mistyped. Check it, or ask the shop that sent it to you.",
    ),
    "page_expired": (
        "This page is out of date",
        "It was open for a long time, or in another window. Nothing has been charged. "
        "Go back, reload the page and try again.",
    ),
    "too_many_requests": (
        "Too many tries",
        "Nothing has been charged by this one. Wait a few minutes, then reload the page.",
    ),
    "method_not_allowed": (
        "There is nothing to see here",
        "This address is only used by a form. Go back to the page you came from.",
    ),
    "provider_unavailable": (
        "The payment provider is not answering",
        "No money was taken. Wait a moment and try again.",
    ),
}
INTERNAL = (
    "Something went wrong on our side",
    "We are sorry. If you were paying, do not pay again yet: reload the payment page, "
    "and it will tell you how your payment stands.",
)


def request_id() -> str:
    """The name of this request, for the log, the answer and the person who asks about it."""
    if "request_id" not in g:
        g.request_id = events.request_id() or new_id("req")
    return str(g.request_id)


def wants_json() -> bool:
    """Whether a program asks, and not a person."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def headers(error: AppError) -> dict[str, str]:
    """What else the answer says: how long to wait, where the failure knows."""
    wait_s = error.details.get("retry_after")
    return {} if wait_s is None else {"Retry-After": str(wait_s)}


def render(error: AppError, *, request_id: str) -> tuple[str, int]:
    """The page of a failure, with its HTTP status."""
    headline, text = PAGES.get(error.code, INTERNAL)
    if error.status < 500 and error.code not in PAGES:
        headline, text = "This cannot be done", error.message
    page = Page("error", headline, Merchant(""), headline=headline, text=text)
    return render_template("errors/page.html", page=page, request_id=request_id), error.status
