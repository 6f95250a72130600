"""Who has shown a code in this browser, what is saved for them, and the words they agree to when one more is."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.config import Config
from app.customers import keep, kept
from app.errors import ConsentMissing
from app.languages import N_, _, language
from app.payments import recovery
from app.web import stripe, view, words
from app.web.page import Known, Saved
from models import Customer, SavedMethod, clock, db

COOKIE = "till_proven"
# For how long a browser that has shown a code is known on a page.
PROVEN_S = 30 * 60

# The words that a shopper agrees to when a method is saved, for each box; kept with the mandate, as they were shown.
CONSENTS = {
    "card": N_(
        "Save this card with {merchant}. {merchant} may charge it for what I order or subscribe to, also when I am not "
        "on this page. I can have it removed at any time."
    ),
    "card_or_bank": N_(
        "Save this card or bank account with {merchant}. {merchant} may charge it for what I order or subscribe to, "
        "also when I am not on this page. I can have it removed at any time."
    ),
    "paypal": N_(
        "Save my PayPal account with {merchant}. {merchant} may charge it for what I order or subscribe to, also when "
        "I am not on this page. I can have it removed at any time."
    ),
}
NAMES = {
    "card": N_("Card"),
    "sepa_debit": N_("Bank account"),
    "paypal": N_("PayPal"),
}


def remember(response: Response, session_id: str, customer_id: str) -> None:
    """Know this browser again on this page, for a while."""
    told = {"session": session_id, "customer": customer_id, "at": clock.unix()}
    is_https = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        COOKIE,
        _signer().dumps(told),
        max_age=PROVEN_S,
        path=f"/c/{session_id}",
        secure=is_https,
        httponly=True,
        # In a frame on the merchant's site it is another site's cookie, as the session's is.
        samesite="None" if is_https else "Lax",
        partitioned=is_https,
    )


def proven(session_id: str) -> str | None:
    """The customer who has shown in this browser, not long ago, that the page is theirs."""
    try:
        told = _signer().loads(request.cookies.get(COOKIE, ""))
        is_fresh = told["session"] == session_id and told["at"] + PROVEN_S > clock.unix()
    except (BadSignature, KeyError, TypeError):
        return None
    return str(told["customer"]) if is_fresh else None


def consent(shown: view.Shown, provider: str) -> dict[str, Any]:
    """What is kept of the shopper's tick in a box: its words, and from where.

    Raises ConsentMissing where nobody is proven here: the box was never shown to them.
    """
    if proven(shown.session.id) is None:
        raise ConsentMissing(field="save")
    agent = request.headers.get("User-Agent", "")[:300]
    box = "paypal" if provider == "paypal" else card_box(shown)
    return {
        "text": _(CONSENTS[box], merchant=shown.merchant.name),
        "language": language(),
        "off_session": True,
        "ip_address": request.remote_addr or "",
        "user_agent": agent,
    }


def card_box(shown: view.Shown) -> str:
    """Which words stand beside the box of Stripe's form: they name what can be kept, and not all that can pay."""
    offers = view.offered(shown)
    kept = stripe.types(offer for offer in offers if offer.saves)
    return "card" if set(kept) <= {"card"} else "card_or_bank"


def known(shown: view.Shown) -> Known:
    """What the pay page offers of what was saved."""
    customer_id = proven(shown.session.id)
    is_theirs = customer_id is not None and customer_id == shown.session.customer_id
    offered = {(offer.provider, offer.method) for offer in view.offered(shown)}
    rows = kept.of(customer_id) if is_theirs and customer_id else []
    failed = recovery.recovered(shown.session, shown.payment)
    if failed is not None and failed.saved_method_id not in {row.id for row in rows}:
        own = db.session().get(SavedMethod, failed.saved_method_id or "")
        rows += [own] if own is not None and own.status == "active" else []
    usable = (saved(row) for row in rows if (row.provider, row.type) in offered)
    return Known(
        methods=tuple(sorted(usable, key=lambda one: one.is_expired)),
        consents={
            name: _(CONSENTS[box], merchant=shown.merchant.name)
            for name, box in (("stripe", card_box(shown)), ("paypal", "paypal"))
        }
        if is_theirs
        else {},
        asks=bool(config().smtp_url) and not is_theirs,
        email=_email(customer_id) if is_theirs and customer_id else "",
    )


def _email(customer_id: str) -> str:
    """The address that the code was mailed to; empty where the customer was deleted meanwhile."""
    row = db.session().get(Customer, customer_id)
    return (row.email if row and row.deleted_at is None else None) or ""


def saved(row: SavedMethod) -> Saved:
    """One method in words: brand and last digits, when it expires, whether it has."""
    told = row.method
    brand = str(told.get("brand") or "")
    name = words.BRANDS.get(brand) or brand.capitalize() or _(NAMES.get(row.type, N_("Card")))
    expires = ""
    if told.get("exp_month") and told.get("exp_year"):
        expires = f"{told['exp_month']:02d}/{told['exp_year'] % 100:02d}"
    return Saved(
        id=row.id,
        name=name,
        digits=str(told.get("last4") or told.get("email") or ""),
        expires=expires,
        is_expired=keep.is_expired(told),
    )


def config() -> Config:
    """The settings of this installation."""
    found: Config = current_app.extensions["till"]
    return found


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(config().secret_key, salt="till.saved")
