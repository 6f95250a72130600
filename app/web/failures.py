"""What a person reads when a page cannot be shown: plain words and a reference, never a trace."""

from flask import g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import events
from app.errors import AppError, Invalid
from app.languages import N_, _
from app.web.page import Merchant, Page
from models.ids import new_id

# Error code → headline and text of a page of its own; every other failure reads like an internal one.
PAGES = {
    "not_found": (
        N_("We can’t find this page"),
        N_(
            "The link may be incomplete or mistyped. Check it, or ask the shop that sent it to you."
        ),
    ),
    "page_expired": (
        N_("This page is out of date"),
        N_(
            "It was open for a long time, or in another window. Nothing has been charged. "
            "Go back, reload the page and try again."
        ),
    ),
    "too_many_requests": (
        N_("Too many tries"),
        N_("Nothing has been charged by this one. Wait a few minutes, then reload the page."),
    ),
    "method_not_allowed": (
        N_("There is nothing to see here"),
        N_("This address is only used by a form. Go back to the page you came from."),
    ),
    "provider_unavailable": (
        N_("The payment provider is not answering"),
        N_("No money was taken. Wait a moment and try again."),
    ),
}
INTERNAL = (
    N_("Something went wrong on our side"),
    N_(
        "We are sorry. If you were paying, do not pay again yet: reload the payment page, "
        "and it will tell you how your payment stands."
    ),
)

# Error code → what stands above the form, where the page itself asked; every other one reads like REFUSED.
SAID = {
    "amount_changed": N_(
        "The amount has changed since this page was loaded. Please check it and confirm again."
    ),
    "amount_invalid": N_("This amount cannot be paid. Check it and try again."),
    "amount_too_large": N_("This amount is too large to be paid here."),
    "amount_too_small": N_("This amount is too small to be paid here."),
    "code_wrong": N_("This is not the code, or it has expired. Ask for a new one."),
    "codes_spent": N_(
        "No more codes can be sent for this page. You can pay without what you have saved."
    ),
    "credential_invalid": N_("Your payment details could not be used. Enter them again."),
    "link_not_open": N_("This payment link cannot be used now."),
    "method_not_available": N_(
        "This way to pay cannot be used for this order. Choose another one."
    ),
    "not_found": N_("This payment could not be found. Reload the page."),
    "page_expired": N_("This page is out of date. Reload it and try again."),
    "payment_not_open": N_("This payment can no longer be paid."),
    "payment_processing": N_(
        "An earlier try has no answer yet. You will not be charged twice. Wait a moment."
    ),
    "provider_unavailable": N_("The payment provider is not answering. Please try again."),
    "too_many_requests": N_("Too many tries. Wait a moment and try again."),
}
REFUSED = N_("This could not be done. Reload the page and try again.")


def said(error: AppError) -> str:
    """What the hosted page says of a failure, in the shopper's language. Its own checks have spoken it already."""
    if type(error) is Invalid and error.message != Invalid.says:
        return error.message
    return _(SAID.get(error.code, REFUSED))


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


def as_json(error: AppError, message: str) -> ResponseReturnValue:
    """The failure for a program, or for the page's script with a message in the shopper's language."""
    answer = jsonify(error={**error.body(), "message": message}, request_id=request_id())
    return answer, error.status, headers(error)


def render(error: AppError, *, request_id: str) -> tuple[str, int]:
    """The page of a failure, with its HTTP status."""
    headline, text = map(_, PAGES.get(error.code, INTERNAL))
    if error.status < 500 and error.code not in PAGES:
        headline, text = _("This cannot be done"), said(error)
    page = Page(
        *("error", headline, Merchant("")),
        headline=headline,
        text=text,
        next_url=way_back(error),
        next_label=_("See how the payment stands"),
    )
    return render_template("errors/page.html", page=page, request_id=request_id), error.status


def way_back(error: AppError) -> str:
    """The page of the payment that the request was about, which tells how it stands; empty where there is none."""
    session_id = (request.view_args or {}).get("session_id")
    if session_id is None or error.code == "not_found":
        return ""
    return url_for("checkout.show", session_id=session_id)
