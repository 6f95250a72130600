"""Event → what follows. The table of consequences; an empty line means that nothing does."""

from __future__ import annotations

import logging
from collections.abc import Callable

from models import Event, db
from tasks import explain, labels, reviews, warnings

Subscriber = Callable[[str], None]

_log = logging.getLogger("till.alert")


def alert(event_id: str) -> None:
    """Tell the operators of what a human must look at. May run twice: the event's id tells that it is one alert."""
    event = db.session().get_one(Event, event_id)
    _log.error(
        "alert=%s event=%s payment=%s data=%s", event.type, event.id, event.payment_id, event.data
    )


# fmt: off
SUBSCRIBERS: dict[str, tuple[Subscriber, ...]] = {
    "payment.created":         (),
    "payment.processing":      (),
    "payment.requires_action": (),
    "payment.waiting":         (),
    "payment.authorized":      (),
    "payment.held":            (explain.held,),
    "payment.released":        (),
    "payment.captured":        (),
    "payment.failed":          (labels.declined,),
    "payment.attempt_voided":  (),
    "payment.canceled":        (),
    "payment.expired":         (),
    "payment.surplus":         (alert,),
    "payment.unresolved":      (alert,),
    "payment.case_opened":     (alert,),
    "payment.card_testing":    (alert,),
    "capture.pending":         (),
    "capture.succeeded":       (),
    "capture.failed":          (alert, reviews.reopen),
    "void.pending":            (),
    "void.succeeded":          (),
    "void.failed":             (alert, reviews.reopen),
    "refund.pending":          (labels.refunded,),
    "refund.succeeded":        (labels.refunded,),
    "refund.failed":           (alert,),
    "dispute.opened":          (alert, labels.disputed),
    "dispute.won":             (),
    "dispute.lost":            (),
    "warning.received":        (alert, warnings.refund_small),
    "review.expiring":         (alert,),
    "review.closed":           (),
}
# fmt: on
