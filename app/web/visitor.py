"""Who is at the checkout page, as far as the request tells; and the random id by which a browser is known again."""

from __future__ import annotations

import re
import secrets

from flask import Response, current_app, g, request

from app.pan import redact
from app.screening.visitor import Visitor

COOKIE = "till_device"
# A browser is of use to screening for as long as its history is read, and a while longer.
_LIFE_S = 180 * 86_400
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def visitor(*, name: str | None = None, utc_offset_min: int | None = None) -> Visitor:
    """The shopper of this request. What the page's script adds is given by the caller."""
    told = _LANGUAGE.match(request.headers.get("Accept-Language", ""))
    return Visitor(
        ip=request.remote_addr,
        user_agent=redact(request.headers.get("User-Agent", "")[:300]) or None,
        language=told.group()[:35] if told else None,
        device=known_device(),
        utc_offset_min=utc_offset_min,
        name=name,
    )


def known_device() -> str | None:
    """The id in the cookie. None at the first visit: an id that was never given out says nothing."""
    found = request.cookies.get(COOKIE, "")
    return found if _ID.fullmatch(found) else None


def remember_device(response: Response) -> Response:
    """Give a new browser an id. It is our own page's cookie, unreadable to scripts, and says nothing of the person."""
    if known_device() is None and response.mimetype == "text/html" and "device" not in g:
        g.device = secrets.token_urlsafe(16)
        is_https = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            COOKIE,
            g.device,
            max_age=_LIFE_S,
            secure=is_https,
            httponly=True,
            samesite="None" if is_https else "Lax",
            partitioned=is_https,
        )
    return response
