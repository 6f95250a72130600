"""Reading a PaymentIntent: how the charge stands, checked against what was asked."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from app.providers import stripe_operations
from app.providers.base import Charge, Credential, Decline, Kept, Outcome, Verb
from app.providers.stripe_json import Json, contradicts, id_of, reading, whole
from app.providers.stripe_method import facts, method, next_action
from app.providers.stripe_money import NotExact, from_stripe, to_stripe
from app.providers.stripe_words import DECLINES, STATUS, unknown
from models.money import Money

_log = logging.getLogger("till.provider")


def outcome(
    intent: Json,
    charge: Charge,
    *,
    reference: str | None = None,
    live: bool,
    disputes: Iterable[Json] = (),
) -> Outcome:
    """How the charge stands. Raises Unanswered for an answer that does not fit the charge."""
    with reading("a PaymentIntent"):
        _check_fits(intent, charge, reference, live=live)
        verb = _verb(intent)
        latest = whole(intent.get("latest_charge"))
        error = whole(intent.get("last_payment_error"))
        captured = _captured(intent, charge, verb)
        source = latest.get("payment_method_details") or error.get("payment_method") or {}
        billing = whole(latest.get("billing_details") or source.get("billing_details"))
        return Outcome(
            verb=verb,
            reference=intent["id"],
            amount=charge.amount,
            captured=captured,
            capture_ref=id_of(intent.get("latest_charge")) if captured else None,
            fee=_fee(latest, charge),
            decline=decline(error) if verb is Verb.DECLINE else None,
            action=next_action(intent) if verb is Verb.CHALLENGE else None,
            method=method(source, billing),
            facts=facts(source, billing) | _risk(latest),
            capture_before=_capture_before(source) if verb is Verb.AUTHORIZE else None,
            held=_is_held(intent, latest),
            operations=(
                *stripe_operations.refunds(intent, latest, charge),
                *stripe_operations.disputes(disputes, charge, captured),
            ),
            kept=_kept(intent, charge, verb, source, billing),
        )


def _check_fits(intent: Json, charge: Charge, reference: str | None, *, live: bool) -> None:
    is_manual = intent["capture_method"] == "manual"
    fits = {
        "object": intent["object"] == "payment_intent" and isinstance(intent["id"], str),
        "id": reference in (None, "", intent["id"]),
        "amount": type(intent["amount"]) is int and intent["amount"] == to_stripe(charge.amount),
        "currency": intent["currency"] == charge.amount.currency.lower(),
        "metadata.attempt_id": intent["metadata"].get("attempt_id") == charge.attempt_id,
        "capture_method": is_manual == (charge.capture == "manual"),
        "livemode": intent["livemode"] is live,
    }
    wrong = [name for name, does in fits.items() if not does]
    if wrong:
        raise contradicts(", ".join(wrong))


def _verb(intent: Json) -> Verb | None:
    status = intent["status"]
    if status not in STATUS:
        unknown("PaymentIntent.status", status)
    verb = STATUS.get(status)
    return None if verb is Verb.DECLINE and not intent.get("last_payment_error") else verb


def _captured(intent: Json, charge: Charge, verb: Verb | None) -> Money | None:
    if verb is not Verb.CAPTURE:
        return None
    received = from_stripe(intent["amount_received"], intent["currency"])
    whole = received == charge.amount
    part = charge.capture == "manual" and Money(0, received.currency) < received < charge.amount
    if not (whole or part):
        raise contradicts("amount_received")
    return received


def _fee(latest: Json, charge: Charge) -> Money | None:
    line = whole(latest.get("balance_transaction"))
    if str(line.get("currency", "")).upper() != charge.amount.currency:
        return None  # the account is paid out in another currency
    try:
        return from_stripe(line["fee"], line["currency"])
    except NotExact as inexact:
        _log.warning("stripe's fee for %s is not a whole amount: %s", charge.attempt_id, inexact)
        return None


def decline(error: Json) -> Decline:
    """Why not, by the more exact of Stripe's two codes."""
    told = [str(error[name]) for name in ("decline_code", "code") if error.get(name)]
    for word in told:
        if word in DECLINES:
            return Decline(DECLINES[word], provider_code=told[0])
    unknown("decline_code", told)
    return Decline("generic_decline", provider_code=told[0] if told else "")


def _risk(latest: Json) -> dict[str, Any]:
    told = whole(latest.get("outcome"))
    named = {"risk_level": "risk_level", "risk_score": "risk_score", "outcome_type": "type"}
    return {ours: told[theirs] for ours, theirs in named.items() if told.get(theirs) is not None}


def _capture_before(source: Json) -> datetime | None:
    moment = whole(source.get("card")).get("capture_before")
    return None if moment is None else datetime.fromtimestamp(moment, UTC)


def _kept(
    intent: Json, charge: Charge, verb: Verb | None, source: Json, billing: Json
) -> Kept | None:
    """The method, once the charge for which it was to be saved has gone through or is on its way."""
    if not charge.save or verb not in {Verb.WAIT, Verb.AUTHORIZE, Verb.CAPTURE}:
        return None
    credential, customer = id_of(intent.get("payment_method")), id_of(intent.get("customer"))
    if credential is None or customer != charge.customer_ref:
        return None
    details = whole(source.get(str(source.get("type"))))
    return Kept(
        credential=credential,
        customer_ref=customer,
        mandate_ref=id_of(details.get("mandate")) or "",
        method=method(source, billing),
        facts=facts(source, billing),
    )


def _is_held(intent: Json, latest: Json) -> bool:
    review = intent.get("review")
    if isinstance(review, dict):
        return review.get("open") is True
    return whole(latest.get("outcome")).get("type") == "manual_review"


def credential(answer: Json, kind: str, *, inside: str, at: int) -> Credential:
    """What a client-side token is, at a moment; its payment method is the answer or inside it."""
    with reading("a token"):
        source = answer[inside] if inside else answer
        return Credential(
            kind=kind,
            reference=str(answer["id"]),
            usable=kind == "payment_method" or _is_fresh(answer, at),
            method=method(source, whole(source.get("billing_details"))),
            facts=facts(source, whole(source.get("billing_details"))),
        )


def _is_fresh(token: Json, at: int) -> bool:
    used = token["payment_intent"] or token["setup_intent"]
    return not used and (token["expires_at"] is None or token["expires_at"] > at)
