"""What the shopper does away from the page: what was approved is asked for, what was walked away from is off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from app import providers
from app.crashpoints import crashpoint
from app.errors import NotFound, PaymentProcessing, ReturnInvalid
from app.payments import operations, start, waiting
from app.payments.find import current_attempt, lock_attempt, session_of
from app.payments.lines import Line
from app.payments.record import record
from app.providers.base import BadSignature, Charge, Refused, Throttled, Unanswered, Verb
from models import Attempt, Payment, db


def abandon_challenge(payment_id: str) -> None:
    """Before another try: make sure that a challenge which the shopper walked away from can take no money.

    Raises PaymentProcessing when the provider does not say so.
    """
    payment = db.session().get(Payment, payment_id, populate_existing=True)
    attempt = current_attempt(payment) if payment is not None else None
    if attempt is None or attempt.status != "challenged":
        return
    charge = Charge.from_json(attempt.request)
    crashpoint("abandon.decided")
    try:
        outcome = providers.ask(
            providers.of(attempt.provider).abandon, charge, attempt.provider_ref or ""
        )
    except (Unanswered, Refused):
        raise PaymentProcessing from None
    crashpoint("abandon.answered")
    with db.transaction():
        payment, attempt = lock_attempt(attempt.id)
        # At PayPal it is off because we ask for nothing more: not when we have asked, or heard more, in the meantime.
        follows = None
        if attempt.status == "challenged" or outcome.verb is not Verb.VOID:
            follows = record(payment, attempt, outcome)
        crashpoint("abandon.recording")
    crashpoint("abandon.recorded")
    if follows is not None:  # it was passed after all
        operations.ask(follows)
    if attempt.status in {"challenged", "pending"}:
        raise PaymentProcessing


def approve(session_id: str, order_reference: str) -> None:
    """The buyer approved the order at PayPal: take the money. May be called twice, and after the sweeper did it.

    Raises NotFound when the order is not the one that this session made.
    """
    _session, payment, _order = session_of(session_id)
    attempt = current_attempt(payment)
    if attempt is None or attempt.provider_ref != order_reference:
        raise NotFound
    take_approved(attempt)


def take_approved(attempt: Attempt, *, since: datetime | None = None) -> bool:
    """Ask for the money of an approved order. Silence makes the attempt `pending`: from now on it may be taken.

    False where it waits for the provider's limits, to be asked for in its turn. `since`: this is its turn, and it has
    waited since then.
    """
    if attempt.status not in {"challenged", "pending"}:
        return True
    charge, reference = Charge.from_json(attempt.request), attempt.provider_ref or ""
    crashpoint("approve.decided")
    outcome, is_asked = None, True
    try:
        if since is None:
            waiting.stand_behind(Line(attempt.provider, "charge"))
        outcome = start.answer(charge, attempt.provider, complete=reference)
    except Throttled:
        is_asked = False
    crashpoint("approve.answered")
    outcome = outcome or start.silence(charge, reference)
    if outcome.verb is None:
        outcome = replace(outcome, verb=Verb.WAIT)  # a word we do not know is no more than silence
    with db.transaction():
        payment, attempt = lock_attempt(attempt.id)
        follows = record(payment, attempt, outcome)
        if not is_asked and attempt.status == "pending":
            waiting.put_approved(attempt, since)
        crashpoint("approve.recording")
    crashpoint("approve.recorded")
    if follows is not None:
        operations.ask(follows)
    return is_asked


def check_return(session_id: str, fields: Mapping[str, str]) -> None:
    """What a browser brings back from its provider's page is genuine, and about a charge of this very session.

    It is no more than that: how the payment stands the provider is asked.

    Raises ReturnInvalid, NotFound, ProviderNotConfigured.
    """
    _session, payment, _order = session_of(session_id)
    tried = select(Attempt.provider, Attempt.provider_ref).where(Attempt.payment_id == payment.id)
    known = {(row.provider, row.provider_ref) for row in db.session().execute(tried)}
    # Also those that were not asked: a forged return is refused as one, whatever was tried before.
    for name in {*providers.configured(), *(provider for provider, _reference in known)}:
        try:
            reference = providers.get(name).read_return(fields)
        except BadSignature:
            raise ReturnInvalid from None
        if reference and (name, reference) not in known:
            raise ReturnInvalid


def cancel_approval(session_id: str) -> None:
    """The buyer closed PayPal's window: they may choose another way, and the order can take no money any more."""
    _session, payment, _order = session_of(session_id)
    abandon_challenge(payment.id)
