"""What was learnt of an attempt: a label for training, and at once a line of the history that decisions read."""

from __future__ import annotations

from datetime import datetime

from app.screening import journal
from models import Attempt, Label, Payment, clock, db
from models.ids import new_id
from risk.past import FRAUD, GOOD, REFUND

# What each source is worth in training, and what it writes into the history of the card, the address, the device: a
# dispute is proof, a warning nearly (82 % become disputes), a stolen card's decline says little of this attempt.
# (source, is it fraud) → (weight, kind of sighting)
WORTH: dict[tuple[str, bool], tuple[float, str | None]] = {
    ("dispute", True): (1.0, FRAUD),
    ("warning", True): (0.9, FRAUD),
    ("analyst", True): (0.9, FRAUD),
    ("analyst", False): (0.9, GOOD),
    ("refund", True): (0.8, FRAUD),
    ("refund", False): (0.0, REFUND),
    ("decline", True): (0.3, None),
    ("quiet", False): (1.0, GOOD),
    ("import", True): (1.0, FRAUD),
    ("import", False): (1.0, GOOD),
}


def learn(
    payment: Payment,
    attempt: Attempt,
    source: str,
    *,
    is_fraud: bool,
    happened_at: datetime | None = None,
    reference: str = "",
    author: str | None = None,
    weight: float | None = None,
) -> bool:
    """Write down what was learnt, in the open transaction with the payment locked; tells whether it is new.

    `happened_at` is when the thing itself happened (the dispute was opened); it is known from now on. The same news
    (source and reference) told twice is one label. A weight of zero is for the history only.
    """
    usual, kind = WORTH[source, is_fraud]
    weight = usual if weight is None else weight
    now = clock.now()
    is_new = True
    if weight > 0:
        label = Label(
            id=new_id("lab"),
            attempt_id=attempt.id,
            payment_id=payment.id,
            merchant_id=payment.merchant_id,
            source=source,
            is_fraud=is_fraud,
            weight=weight,
            happened_at=happened_at or now,
            known_at=now,
            reference=reference[:120],
            author=author,
        )
        is_new = db.insert_unless_there(label)
    if kind is not None and is_new:
        journal.learn(payment, attempt, kind)
    return is_new
