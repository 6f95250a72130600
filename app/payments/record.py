"""The single door: a provider's news becomes status, ledger entries and an event, in one transaction.

Everyone who learns something comes through here: our own call's answer, a webhook, the shopper's return, the sweeper.
The news may be old, repeated, out of order or contradictory; the payment is locked by the caller.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app import declines
from app.customers import keep, person
from app.payments import change, operations, recovery, screen, surplus
from app.payments.ended import ended
from app.payments.find import operations_of
from app.providers.base import Outcome, Verb
from app.reviews.open import ends
from app.screening import journal
from models import Attempt, Payment, clock, db
from models.lifecycle import ATTEMPT, LIVE, NO_MONEY, UNDECIDED, IllegalStep


def record(payment: Payment, attempt: Attempt, outcome: Outcome) -> str | None:
    """Write what the provider told us of an attempt. Safe to call again, late, or out of order.

    Call inside a transaction with the payment locked. A contradiction opens a case and changes nothing else. Returns
    the operation that follows at once (the capture or void of the second look), to be asked for after the commit.
    """
    if not _fits(payment, attempt, outcome):
        return None
    follows = None
    verb = _verb(payment, attempt, outcome)
    learned = _learned(attempt, outcome)
    if (
        verb is None
        or (attempt.status, verb) in NO_MONEY
        or ATTEMPT.is_old_news(attempt.status, verb)
    ):
        _note(payment, attempt, outcome, learned)
    else:
        try:
            follows = _advance(payment, attempt, verb, outcome, learned)
        except IllegalStep as contradiction:
            change.open_case(
                payment, "contradiction", f"{attempt.id}:{contradiction}", attempt, outcome
            )
            return None
    _compare(payment, attempt, outcome)
    _fee(payment, attempt, outcome)
    _keep(payment, attempt, outcome)
    for news in outcome.operations:
        operations.record_news(payment, attempt, news)
    return follows


def _fits(payment: Payment, attempt: Attempt, outcome: Outcome) -> bool:
    other_ref = attempt.provider_ref not in {None, outcome.reference} and bool(outcome.reference)
    if outcome.amount == attempt.amount and not other_ref:
        return True
    change.open_case(
        payment, "mismatch", f"{attempt.id}:{outcome.reference}:{outcome.amount}", attempt, outcome
    )
    return False


def _compare(payment: Payment, attempt: Attempt, outcome: Outcome) -> None:
    """Money that was taken besides (PayPal lets a merchant capture an authorization in several parts) is a case."""
    taken = outcome.captured
    if (
        taken is not None
        and attempt.status in {"captured", "surplus"}
        and taken.minor != attempt.captured_minor
    ):
        change.open_case(payment, "captured_differs", f"{attempt.id}:{taken}", attempt, outcome)


def _verb(payment: Payment, attempt: Attempt, outcome: Outcome) -> str | None:
    verb = outcome.verb
    if verb is Verb.CHALLENGE and outcome.decline and attempt.status == "pending":
        return Verb.DECLINE  # we had asked for the money by then, and the instrument was refused
    if verb is Verb.AUTHORIZE and attempt.authorized_at is not None:
        return verb  # it was held, and is no more: whoever says so asked before that
    if verb in {Verb.AUTHORIZE, Verb.CAPTURE} and not surplus.wanted(payment, attempt):
        return "surplus"
    return verb


def _learned(attempt: Attempt, outcome: Outcome) -> dict[str, Any]:
    """What the outcome adds to what we know, whichever way the attempt goes."""
    told: dict[str, Any] = {
        "provider_ref": outcome.reference or None,
        "capture_ref": outcome.capture_ref,
        "capture_before": outcome.capture_before,
        "method": outcome.method.to_json() if outcome.method else None,
        "next_action": outcome.action.to_json() if outcome.action else None,
        "decline_code": outcome.decline.code if outcome.decline else None,
        "provider_code": outcome.decline.provider_code if outcome.decline else None,
        "facts": {**attempt.facts, **outcome.facts} if outcome.facts else None,
    }
    if attempt.facts.get(person.ERASED):
        told |= {name: told[name] and person.nameless(told[name]) for name in ("method", "facts")}
    return {
        name: value
        for name, value in told.items()
        if value is not None and value != getattr(attempt, name)
    }


def _note(payment: Payment, attempt: Attempt, outcome: Outcome, learned: dict[str, Any]) -> None:
    """No step: keep what is new about it, and what the shopper must know of it."""
    if attempt.status in {"declined", "voided"}:
        learned |= _ask_on(attempt, outcome)
    if learned:
        db.update(attempt, updated_at=clock.now(), **learned)
    if "capture_before" in learned and payment.is_held:
        ends(attempt, learned["capture_before"])
    if payment.attempt_id != attempt.id:
        return
    shown: dict[str, Any] = {}
    if attempt.status in UNDECIDED and outcome.decline:
        shown["decline"] = declines.present(outcome.decline)
    if (
        attempt.status in UNDECIDED
        and outcome.action
        and outcome.action.to_json() != payment.next_action
    ):
        shown["next_action"] = outcome.action.to_json()
    if (
        attempt.status == "authorized"
        and outcome.verb is Verb.AUTHORIZE
        and payment.is_held != screen.is_held(attempt, outcome)
    ):
        shown["is_held"] = screen.is_held(attempt, outcome)
    if shown:
        event = "payment.released" if shown.get("is_held") is False else None
        change.set_status(payment, attempt, event, **shown)
    if shown.get("is_held"):  # its review was opened after it had authorized
        screen.queue(payment, attempt, journal.last_look(attempt.id), reason="provider")


def _ask_on(attempt: Attempt, outcome: Outcome) -> dict[str, Any]:
    """What was asked for before its attempt was given up may yet be paid; it is asked about until that is decided."""
    if outcome.verb is Verb.WAIT and (attempt.check_at is None or attempt.checks == 0):
        return {"check_at": change.next_check(0), "checks": 0}
    if outcome.verb in {Verb.VOID, Verb.DECLINE, Verb.CHALLENGE} and attempt.check_at is not None:
        return {"check_at": None}
    return {}


def _advance(
    payment: Payment, attempt: Attempt, verb: str, outcome: Outcome, learned: dict[str, Any]
) -> str | None:
    """One step of the attempt, with everything that follows from it."""
    was = attempt.status
    status, event = ATTEMPT.step(was, verb)
    # What was taken besides is a case (`_compare`), never more than was asked for.
    captured = min(outcome.captured or attempt.amount, attempt.amount)
    took = status == "captured" or (status == "surplus" and outcome.verb is Verb.CAPTURE)
    if took:
        learned["captured_minor"] = captured.minor
    if not outcome.decline and attempt.decline_code:
        learned |= {
            "decline_code": None,
            "provider_code": None,
        }  # an earlier choice's, put right since
    checks = 0 if status in UNDECIDED else attempt.checks
    learned["check_at"] = _look_again(attempt, status, outcome, learned)
    if status == "authorized":
        learned["authorized_at"] = clock.now()
    db.update(attempt, status=status, updated_at=clock.now(), checks=checks, **learned)
    if was in UNDECIDED and status not in UNDECIDED:
        journal.note_outcome(payment, attempt, is_soft=declines.is_soft(attempt.decline_code))
    if was == "pending" and status == "declined" and attempt.request.get("save"):
        # A payment says what it was paid with, and this one was not.
        db.update(payment, saved_method_id=None)
    if took:
        change.post(payment, attempt, "capture", captured)
    if status == "surplus":
        surplus.give_back(payment, attempt, captured if took else None)
        cleared = {"next_action": None} if payment.attempt_id == attempt.id else {}
        told = {"attempt": attempt.id, "surplus": captured.minor}
        change.set_status(payment, attempt, event, told, **cleared)
        return None
    if was == "authorized":
        operations.close_open(payment, attempt, status)
    return _pay(payment, attempt, event, outcome) if payment.attempt_id == attempt.id else None


def _look_again(
    attempt: Attempt, status: str, outcome: Outcome, learned: dict[str, Any]
) -> datetime | None:
    """When to ask about the attempt again: for its answer, before its hold ends, or for what is not told yet."""
    if status == "authorized":
        return learned.get("capture_before", attempt.capture_before)
    if status == "voided" and outcome.promised:
        return change.once_more()
    is_fee_open = "captured_minor" in learned and outcome.fee is None
    is_kept_later = outcome.keeping and status == "captured"
    if status in UNDECIDED or is_fee_open or is_kept_later:
        return change.next_check(0)
    return None


def _pay(payment: Payment, attempt: Attempt, event: str, outcome: Outcome) -> str | None:
    """What a step of its current attempt means for the payment."""
    changes: dict[str, Any] = {
        "next_action": attempt.next_action if attempt.status == "challenged" else None
    }
    changes["decline"] = (
        declines.present(outcome.decline)
        if attempt.status == "declined" or outcome.decline
        else None
    )
    if attempt.method is not None:
        changes["method"] = attempt.method
    if attempt.status == "captured":
        changes |= {"captured_minor": attempt.captured_minor, "is_asking": False, "is_held": False}
    if attempt.status == "authorized":
        changes["is_held"] = screen.is_held(attempt, outcome)
    if attempt.status == "voided" and event == "payment.canceled":
        asked = [op for op in operations_of(payment.id) if op.attempt_id == attempt.id]
        voids = [op for op in asked if op.kind == "void"]
        reason = voids[-1].reason if voids else None
        event, ends = ended(payment, asked=bool(voids), reason=reason)
        changes |= ends
    if attempt.status == "declined" and recovery.helps(payment, attempt):
        changes["recovery_session_id"] = recovery.offer(payment)
    change.set_status(payment, attempt, event, **changes)
    if attempt.status == "authorized" and not outcome.held:
        return screen.look_again(payment, attempt)
    if attempt.status == "authorized":
        screen.queue(payment, attempt, journal.first_look(attempt.id), reason="provider")
    return None


def _keep(payment: Payment, attempt: Attempt, outcome: Outcome) -> None:
    """The method that the shopper wanted kept, once the provider keeps it."""
    kept = outcome.kept
    if kept is None or payment.customer_id is None or attempt.status not in LIVE:
        return
    saved = keep.keep(
        kept,
        customer_id=payment.customer_id,
        merchant_id=payment.merchant_id,
        provider=attempt.provider,
        whose=attempt.request.get("account", ""),
        consent=attempt.request.get("mandate", {}),
        source=attempt.id,
    )
    if payment.saved_method_id != saved.id:
        db.update(payment, saved_method_id=saved.id)
    if attempt.status == "captured" and attempt.fee_minor is not None:
        db.update(attempt, check_at=None)


def _fee(payment: Payment, attempt: Attempt, outcome: Outcome) -> None:
    """The provider's fee, once it is known; it may come later than the capture."""
    fee = outcome.fee
    if (
        fee is None
        or attempt.fee_minor is not None
        or not attempt.captured_minor
        or fee.currency != attempt.currency
    ):
        return
    check_at = attempt.check_at if outcome.keeping else None
    db.update(attempt, fee_minor=fee.minor, check_at=check_at)
    if fee.minor > 0:
        change.post(payment, attempt, "fee", fee)
