"""Send what waits for a provider's limits: in turn, fairly between merchants, as fast as the limits allow.

For each line one thread calls the next, and sees it let through before it calls another, so that the order holds; the
answers are waited for by others, for a provider thinks longer about a charge than its limits ask between two.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from app import events
from app.idempotency import unrepeated
from app.payments import lines, operations, source, start, waiting
from app.payments.approve import take_approved
from app.payments.find import lock_attempt
from app.payments.lines import Line, Waiting
from app.payments.record import record
from app.providers import limiter
from app.providers.base import Charge
from models import Attempt, Payment, db

# How long one round lasts; whoever rings begins the next.
ROUND_S = 2.0
# How many answers of one line are waited for at once, and how many places are looked up at once.
SENDERS, BATCH = 16, 20
# How long the one that was called waits to be let through.
PATIENCE_S = 5.0

_log = logging.getLogger("till.turns")


@dataclass(slots=True)
class _Turn:
    """What the caller of the line wants to know of the one that was called."""

    place: Waiting
    is_over: threading.Event = field(default_factory=threading.Event)
    is_back: bool = False


def work() -> int:
    """Work on every line for one round. Returns how many were sent."""
    until = time.monotonic() + ROUND_S
    there = lines.every()
    db.release()
    if not there:
        return 0
    with ThreadPoolExecutor(len(there)) as callers:
        return sum(callers.map(lambda line: _work_off(line, until), there))


def _work_off(line: Line, until: float) -> int:
    sent = 0
    with ThreadPoolExecutor(SENDERS) as senders:
        while (batch := _next(line)) and time.monotonic() < until:
            before = sent
            for place in batch:
                if time.monotonic() >= until:
                    break
                turn = _Turn(place)
                if not _called(place):
                    continue
                senders.submit(_send, turn)
                turn.is_over.wait()
                if turn.is_back:
                    return sent
                sent += 1
            if sent == before:
                break  # others work on this line too, and were faster
    return sent


def _next(line: Line) -> list[Waiting]:
    try:
        return lines.next_in(line, BATCH)
    finally:
        db.remove()


def _called(place: Waiting) -> bool:
    try:
        return waiting.call(place)
    finally:
        db.remove()


def _send(turn: _Turn) -> None:
    """In a thread of its own: its context, and its session, are new."""
    try:
        with events.acting("clock"), limiter.patient(PATIENCE_S, turn.is_over.set):
            act = _attempt if turn.place.is_attempt else _operation
            turn.is_back = not act(turn.place)
    except Exception:  # noqa: BLE001 -- one bad row must not stop the rest; it is asked about on schedule
        _log.exception("sending %s failed", turn.place.id)
    finally:
        db.remove()
        turn.is_over.set()


def _attempt(place: Waiting) -> bool:
    """Ask for the money. False: it waits again."""
    attempt = db.session().get_one(Attempt, place.id)
    payment = db.session().get_one(Payment, attempt.payment_id)
    charge = Charge.from_json(attempt.request)
    if waiting.is_too_late(payment, place.since) or not source.is_still_there(
        attempt.provider, charge
    ):
        _give_up(charge)  # what was approved is left to the sweeper, which asks first
        return True
    if attempt.status == "started":
        return start.ask(charge, attempt.provider, unrepeated(), in_turn=True)
    return take_approved(attempt, since=place.since)


def _give_up(charge: Charge) -> None:
    with db.transaction():
        payment, attempt = lock_attempt(charge.attempt_id)
        if waiting.is_untouched(attempt):
            record(payment, attempt, waiting.never_sent(charge))


def _operation(place: Waiting) -> bool:
    return operations.ask(place.id, in_turn=True)
