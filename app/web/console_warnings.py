"""Early fraud warnings: what issuers report before a dispute, and the refund that may prevent it."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue

from app import access
from app.access import requires
from app.errors import AppError
from app.screening import warnings
from app.web import words
from app.web.console_base import blueprint, go, me, page, scope, typed
from app.web.failures import wants_json
from models.ids import is_id

PAGE = 50
# Stripe's words for what the issuer says happened; another word is shown as it is.
TYPES = {
    "card_never_received": "The card never arrived",
    "fraudulent_card_application": "The card was applied for by somebody else",
    "made_with_counterfeit_card": "Counterfeit card",
    "made_with_lost_card": "Lost card",
    "made_with_stolen_card": "Stolen card",
    "misc": "Other fraud",
    "unauthorized_use_of_card": "Not authorized by the holder",
}
REFUNDS = {
    "started": ("Refund asked for", "info"),
    "pending": ("Refund on its way", "info"),
    "succeeded": ("Refunded", "ok"),
    "failed": ("Refund failed", "bad"),
}


@blueprint.get("/risk/warnings", endpoint="warnings")
@requires("risk.read")
def every_warning() -> ResponseReturnValue:
    """The warnings, newest first."""
    return listed()


@blueprint.post("/risk/warnings/<warning_id>/refund")
@requires("payments.refund")
def warning_refund(warning_id: str) -> ResponseReturnValue:
    """Give back what is left: exactly what the button said, or nothing."""
    left = typed("left", most=20)
    try:
        warnings.refund_warning(
            warning_id, by=me(), scope=access.merchant_scope(), left_minor=_number(left)
        )
    except AppError as refusal:
        if wants_json() or not access.can("risk.read"):  # a refund lets nobody see the list
            raise
        return listed(refusal), refusal.status
    flash("The refund was asked for.")
    return go("risk.warnings" if access.can("risk.read") else "account.home")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def listed(refusal: AppError | None = None) -> str:
    """The page of warnings."""
    after = request.args.get("after", "")
    found = warnings.newest(
        scope().merchant_id, after=after if is_id(after, "efw") else None, limit=PAGE + 1
    )
    return page(
        "warnings",
        found=found[:PAGE],
        following=found[PAGE - 1].warning.id if len(found) > PAGE else None,
        refusal=refusal,
        types=TYPES,
        refunds=REFUNDS,
        method=words.method,
    )
