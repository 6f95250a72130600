"""What events teach about attempts: labels, and at once lines of the history that the next decisions read."""

from __future__ import annotations

from app import payments
from app.payments.find import lock_attempt
from app.screening import labels, quiet
from models import Attempt, Event, Operation, db

# The words for fraud as the reason of a dispute or a refund. A dispute for another reason is trouble, but no fraud.
FRAUD = frozenset({"fraudulent", "fraud"})
# What an issuer says of a card that should not be in these hands. It says little of this one attempt.
STOLEN = frozenset({"stolen_card", "lost_card", "pickup_card", "fraudulent"})
# Stripe's word for a decline of its own, which is no word of the issuer's.
_BLOCKED_BY_PROVIDER = "blocked"


def disputed(event_id: str) -> None:
    """A dispute was opened: proof, if fraud is its reason. May run twice."""
    _event, operation = _of(event_id)
    if operation.reason in FRAUD:
        _learn(operation, "dispute", is_fraud=True)


def refunded(event_id: str) -> None:
    """Money goes back: as fraud, or as something that the history counts. May run twice.

    What was taken in surplus says nothing of who paid.
    """
    _event, operation = _of(event_id)
    attempt = db.session().get_one(Attempt, operation.attempt_id)
    if attempt.status != "surplus":
        _learn(operation, "refund", is_fraud=operation.reason in FRAUD)


def declined(event_id: str) -> None:
    """The issuer refused: a weak word of fraud, if it calls the card lost or stolen. May run twice."""
    event = db.session().get_one(Event, event_id)
    attempt = db.session().get(Attempt, event.data["attempt"], populate_existing=True)
    if attempt is None or attempt.status != "declined" or attempt.decline_code not in STOLEN:
        return
    if not _is_from_issuer(attempt):
        return
    with db.transaction():
        payment, attempt = lock_attempt(attempt.id)
        code = str(attempt.decline_code)
        labels.learn(payment, attempt, "decline", is_fraud=True, reference=code)


def _is_from_issuer(attempt: Attempt) -> bool:
    """Whether the bank refused, and not the provider's own model. A declined card's answer leaves that out: ask."""
    if attempt.decline_code != "fraudulent":
        return True
    if "outcome_type" not in attempt.facts:
        payments.sync_attempt(attempt.id)
    return attempt.facts.get("outcome_type") != _BLOCKED_BY_PROVIDER


def _of(event_id: str) -> tuple[Event, Operation]:
    event = db.session().get_one(Event, event_id)
    operation = db.session().get_one(Operation, event.data["operation"], populate_existing=True)
    return event, operation


def _learn(operation: Operation, source: str, *, is_fraud: bool) -> None:
    with db.transaction():
        payment, attempt = lock_attempt(operation.attempt_id)
        labels.learn(
            payment,
            attempt,
            source,
            is_fraud=is_fraud,
            happened_at=operation.created_at,
            reference=operation.id,
        )


def silence() -> int:
    """Call good what nobody has complained of for long enough. Returns how many labels were written."""
    return quiet.label_due()
