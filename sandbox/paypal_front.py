"""How a page of PayPal's ends: the browser goes back to the merchant, or the window closes."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

blueprint = Blueprint("paypal_pages", __name__)

ORIGIN = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+")

Page = str | AnyResponse


def leave(
    context: dict[str, Any],
    message: dict[str, Any],
    params: dict[str, str],
    *,
    agreed: bool,
    said: str,
) -> Page:
    """Tell the merchant's script, or go to the address that its server named, or just say so."""
    if origin_of(request.args.get("origin", "")):
        opener = origin_of(request.args.get("origin", ""))
        told = {"source": "paypal-sandbox", **message}
        return render_template("paypal_done.html", message=told, opener=opener, agreed=agreed)
    back = context.get("return_url" if agreed else "cancel_url", "")
    if back:
        return redirect(with_query(back, params), 303)
    return dead_end(said, "The merchant gave no page to return to: close this window.")


def dead_end(title: str, reason: str, *, back: str = "") -> str:
    """Say that nothing more happens here."""
    return render_template("paypal_message.html", title=title, reason=reason, back=back)


def origin_of(given: str) -> str:
    """Accept an origin to post messages to, nothing longer."""
    return given if ORIGIN.fullmatch(given) else ""


def with_query(url: str, params: dict[str, str]) -> str:
    """Add to an address's query."""
    parts = urlsplit(url)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *params.items()])
    return urlunsplit(parts._replace(query=query))
