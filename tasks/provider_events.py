"""A stored webhook is a hint: ask the provider how the payment stands, and record it."""

from __future__ import annotations

import logging
from datetime import timedelta

from app import customers, payments
from app.crashpoints import crashpoint
from app.customers.setups import find
from app.screening import warnings
from models import ProviderEvent, clock, db
from tasks import leases

BATCH = 20
BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 6 * 3600, *(24 * 3600,) * 3))

_log = logging.getLogger("till.provider_events")


def work() -> int:
    """Work through one batch of webhooks. Returns how many were done."""
    done = 0
    for row in leases.each(ProviderEvent, BATCH, most_tries=len(BACK_OFF) + 1):
        crashpoint("webhook.claimed")
        done += _work_on(row)
        crashpoint("webhook.done")
    return done


def _work_on(row: ProviderEvent) -> int:
    error = "the provider did not answer"
    try:
        answered = _ask(row)
    except Exception as failure:  # noqa: BLE001 -- one bad row or tick must not stop the rest
        _log.exception("webhook %s %s failed", row.provider, row.provider_event_id)
        answered, error = None, f"{type(failure).__name__}: {failure}"[:1000]
    crashpoint("webhook.worked")
    with db.transaction():
        if answered is None:
            parked = row.tries > len(BACK_OFF)
            next_at = None if parked else clock.now() + BACK_OFF[row.tries - 1]
            db.update(row, next_at=next_at, error=error)
            return 0
        db.update(row, done_at=clock.now(), error=None if answered else "not ours")
        crashpoint("webhook.recording")
    return 1


def _ask(row: ProviderEvent) -> bool | None:
    """True: what it told of is up to date. False: it is none of ours. None: the provider did not answer."""
    refs = row.refs
    if refs.get("setup_ref"):
        return _setup(row.provider, refs["setup_ref"])
    if refs.get("method_ref"):
        return customers.refresh(row.provider, refs["method_ref"])
    answered = payments.sync_reference(
        row.provider,
        tuple(refs["charge_refs"]),
        refs.get("attempt_id"),
        disputed=refs.get("disputed", False),
    )
    if refs.get("warning_ref") is None or answered is None:
        return answered
    return warnings.take(row.provider, refs["warning_ref"])


def _setup(provider: str, reference: str) -> bool | None:
    setup_id = find(provider, reference)
    return customers.check_setup(setup_id) or None if setup_id else False
