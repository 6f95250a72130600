"""Begin an attempt and ask the provider for the money: the part that every way to pay has in common."""

from __future__ import annotations

from typing import Any

from app import providers
from app.crashpoints import crashpoint
from app.customers import kept
from app.idempotency import Once
from app.payments import change, operations, screen, waiting
from app.payments.find import lock_attempt, lock_payment
from app.payments.lines import Line
from app.payments.record import record
from app.payments.screen import Look
from app.providers.base import Charge, Decline, Outcome, Refused, Throttled, Unanswered, Verb
from models import Attempt, Payment, clock, db


def begin(payment: Payment, charge: Charge, provider: str, found: Look, **known: Any) -> Attempt:
    """Write the attempt down with its decision, in the deciding transaction; one that is blocked is over at once.

    The database refuses it while another one is live.
    """
    now = clock.now()
    attempt = Attempt(
        id=charge.attempt_id,
        payment_id=payment.id,
        provider=provider,
        amount_minor=charge.amount.minor,
        currency=charge.amount.currency,
        request=charge.to_json(),
        check_at=change.next_check(0),
        created_at=now,
        updated_at=now,
        **found.known(known),
    )
    db.insert(attempt)
    screen.write(found, payment)
    db.update(
        payment,
        attempt_id=attempt.id,
        attempts_count=payment.attempts_count + 1,
        provider=provider,
        method=attempt.method,
    )
    change.set_status(payment, attempt, "payment.processing", decline=None, next_action=None)
    if found.blocks:
        record(payment, attempt, screen.refusal(charge))
    crashpoint("confirm.deciding")
    return attempt


def ask(charge: Charge, provider: str, once: Once, *, in_turn: bool = False) -> bool:
    """Ask for the money and record the answer; `once` keeps what the caller is told with it.

    Silence leaves the attempt as it is: the sweeper asks how it stands, and nobody charges again meanwhile. Where the
    provider takes no more requests now, or others wait for that already, the attempt waits for its turn (`in_turn`:
    this is it), and the answer is False.
    """
    crashpoint("confirm.decided")
    try:
        if not in_turn:
            waiting.stand_behind(Line(provider, "charge"))
        outcome = answer(charge, provider)
    except Throttled:
        waiting.put_charge(charge, once)
        return False
    crashpoint("confirm.answered")
    with db.transaction():
        payment, attempt = lock_attempt(charge.attempt_id)
        follows = record(payment, attempt, outcome) if outcome is not None else None
        crashpoint("confirm.recording")
        if follows is None:
            once.store(payment)
    crashpoint("confirm.recorded")
    if follows is not None:
        operations.ask(follows)
        with db.transaction():
            once.store(lock_payment(charge.payment_id))
    return True


def answer(charge: Charge, provider: str, *, complete: str = "") -> Outcome | None:
    """The provider's answer to a charge (or, with an approved order's id, to `complete`); None for silence.

    A refusal that is no decline is our mistake or a stale credential: nothing moved, and the attempt is over.
    Raises Throttled.
    """
    try:
        adapter = providers.of(provider)
        if complete:
            return providers.ask(adapter.complete, charge, complete)
        return providers.ask(adapter.charge, charge)
    except Throttled:
        raise
    except Unanswered:
        return None
    except Refused as refusal:
        kept.heed(refusal, provider, charge.account, charge.customer_ref)
        decline = Decline("provider_refused", refusal.code[:80])
        return Outcome(Verb.DECLINE, complete, charge.amount, decline=decline)


def silence(charge: Charge, reference: str) -> Outcome:
    """What is recorded when the provider was asked to take approved money, and did not answer."""
    return Outcome(Verb.WAIT, reference, charge.amount)
