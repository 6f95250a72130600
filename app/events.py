"""Say what happened: one row per fact, in the transaction that makes it a fact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from models import db
from models.clock import iso
from models.event import Event
from models.ids import new_id
from models.payment import Payment

_actor: ContextVar[str] = ContextVar("actor", default="system")
_request: ContextVar[str | None] = ContextVar("request_id", default=None)
_ring: list[Callable[[], None]] = []


@contextmanager
def acting(actor: str, request_id: str | None = None) -> Iterator[None]:
    """Whatever happens inside is done by `actor`: `key_…`, `shopper`, `provider`, `clock`."""
    before = _actor.set(actor), _request.set(request_id)
    try:
        yield
    finally:
        _actor.reset(before[0])
        _request.reset(before[1])


def actor() -> str:
    """Who acts in this context."""
    return _actor.get()


def request_id() -> str | None:
    """The request that this happens in, if any."""
    return _request.get()


def on_event(ring: Callable[[], None]) -> None:
    """Have `ring` called after each commit that wrote events. A hint: whoever reads events also looks by the clock."""
    _ring[:] = [ring]


def emit(kind: str, payment: Payment, **more: Any) -> None:
    """Write that `kind` (`payment.captured`) happened to the payment. Raises WriteOutsideTransaction."""
    db.insert(
        Event(
            id=new_id("evt"),
            type=kind,
            merchant_id=payment.merchant_id,
            payment_id=payment.id,
            actor=_actor.get(),
            request_id=_request.get(),
            data={
                "status": payment.status,
                "amount": payment.total_minor,
                "amount_captured": payment.captured_minor,
                "amount_refunded": payment.refunded_minor,
                "currency": payment.currency,
                "provider": payment.provider,
                "at": iso(payment.updated_at),
                **more,
            },
        )
    )
    for ring in _ring:
        db.after_commit(ring)
