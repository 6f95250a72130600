"""Committed events reach their subscribers: at least once, each at its own pace."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import bindparam, select, update

from app.crashpoints import crashpoint
from models import Delivery, Event, clock, db
from models.ids import new_id
from tasks import leases
from tasks.subscribers import SUBSCRIBERS, Subscriber

BATCH = 500
BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 6 * 3600, 24 * 3600))

# Rows that another worker holds are skipped. A CTE, because a subquery with a limit may be run more than once.
_waiting = (
    select(Event.id)
    .where(Event.done_at.is_(None), Event.type.in_(SUBSCRIBERS))
    .order_by(Event.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
    .cte("waiting")
)
_TAKE = (
    update(Event.__table__)  # type: ignore[arg-type]
    .where(Event.__table__.c.id.in_(select(_waiting.c.id)))
    .values(done_at=bindparam("now"))
    .returning(Event.__table__.c.id, Event.__table__.c.type)
)

_log = logging.getLogger("till.relay")


def fan_out() -> int:
    """Give every waiting event's subscribers a delivery of their own. Returns how many events were taken.

    An event of a kind that a newer version has made waits for a worker of that version.
    """
    with db.transaction() as session:
        taken = session.execute(_TAKE, {"now": clock.now()}).all()
        for event_id, kind in sorted(taken):
            for subscriber in SUBSCRIBERS[kind]:
                db.insert_unless_there(
                    Delivery(id=new_id("dlv"), event_id=event_id, subscriber=subscriber.__name__)
                )
        crashpoint("event.fanning")
    crashpoint("event.fanned")
    return len(taken)


def deliver() -> int:
    """Run the deliveries whose time has come. Returns how many were done."""
    return sum(map(_run, leases.each(Delivery, BATCH, most_tries=len(BACK_OFF) + 1)))


def _run(delivery: Delivery) -> int:
    crashpoint("event.claimed")
    event = db.session().get_one(Event, delivery.event_id)
    try:
        _by_name(event.type, delivery.subscriber)(event.id)
    except Exception as error:  # noqa: BLE001 -- a failing subscriber is retried, whatever it failed of
        _log.exception("subscriber %s failed with event %s", delivery.subscriber, event.id)
        late = delivery.tries > len(BACK_OFF)
        next_at = None if late else clock.now() + BACK_OFF[delivery.tries - 1]
        with db.transaction():
            db.update(delivery, next_at=next_at, error=f"{type(error).__name__}: {error}"[:1000])
        return 0
    crashpoint("event.delivered")
    with db.transaction():
        db.update(delivery, done_at=clock.now(), error=None)
    return 1


def _by_name(kind: str, name: str) -> Subscriber:
    return next(subscriber for subscriber in SUBSCRIBERS[kind] if subscriber.__name__ == name)
