"""Put a value of a case on a list, from the case itself: what is listed decides the next time by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.errors import Invalid
from app.reviews.find import lock_case
from app.reviews.open import note
from models import Assessment, ListItem, Review, clock, db
from models.ids import new_id

# The lists that act by themselves, in words.
LISTS = {
    "blocked": "Block from now on",
    "review": "Always hold for review",
    "allowed": "Always let through",
}
DAYS = (1, 7, 30, 90, 365)

# type of a listed value → the fact that holds it
_FACTS = {
    "card": "card",
    "bin": "card_bin",
    "email": "email",
    "ip": "ip",
    "device": "device",
    "customer": "customer",
    "country": "card_country",
}


def values_of(review: Review) -> dict[str, str]:
    """What of the case could be listed: type → value, as far as it is known."""
    found = db.session().get(Assessment, review.assessment_id) if review.assessment_id else None
    facts: dict[str, Any] = found.facts if found else {}
    known = {kind: str(facts[name]) for kind, name in _FACTS.items() if facts.get(name)}
    if "@" in known.get("email", ""):
        known["domain"] = known["email"].rpartition("@")[2]
    return known


def add(
    review_id: str, list_name: str, kind: str, *, days: int, by: str, scope: str | None
) -> bool:
    """List the case's own value of this type for `days`; False when it was listed already, and is for longer now.

    For the case's merchant alone. Raises NotFound, Invalid.
    """
    if list_name not in LISTS:
        raise Invalid("There is no such list.", field="list")
    if days not in DAYS:
        raise Invalid("Choose for how long.", field="days")
    with db.transaction():
        review = lock_case(review_id, scope)
        value = values_of(review).get(kind)
        if value is None:
            raise Invalid("That is not known of this payment.", field="type")
        until = clock.now() + timedelta(days=days)
        is_new = _write(review, list_name, kind, value, until=until, by=by)
        told = f"{LISTS[list_name]}: {kind} {shortened(kind, value)}, for {days} days."
        note(review, "listed", told, by=by, list=list_name, type=kind, value=value, days=days)
        return is_new


def _write(
    review: Review, list_name: str, kind: str, value: str, *, until: datetime, by: str
) -> bool:
    """A value that is listed already stays one row, and lives on until the later of the two ends."""
    there = db.session().scalars(
        select(ListItem)
        .where(
            ListItem.merchant_id == review.merchant_id,
            ListItem.list == list_name,
            ListItem.type == kind,
            ListItem.value == value,
            ListItem.removed_at.is_(None),
        )
        .with_for_update()
    )
    before = there.one_or_none()
    if before is not None:
        if before.expires_at is not None:
            db.update(before, expires_at=max(before.expires_at, until))
        return False
    return db.insert_unless_there(
        ListItem(
            id=new_id("itm"),
            merchant_id=review.merchant_id,
            list=list_name,
            type=kind,
            value=value,
            added_by=by,
            note=f"From case {review.id}",
            expires_at=until,
        )
    )


# What may have been counted, and from how many on it says something.
_TELLING = (
    ("ip_cards_1h", 3),
    ("device_cards_24h", 3),
    ("email_cards_24h", 3),
    ("card_hard_24h", 2),
)


def rule_from(review: Review) -> str:
    """A rule that would have caught this case, as a beginning: its author changes and tests it before it counts."""
    found = db.session().get(Assessment, review.assessment_id) if review.assessment_id else None
    facts: dict[str, Any] = found.facts if found else {}
    past = facts.get("past") or {}
    ip, card = facts.get("ip_country"), facts.get("card_country")
    terms = [":card_country: != :ip_country:"] if ip and card and ip != card else []
    terms += [
        f":{name}: >= {int(past[name])}"
        for name, least in _TELLING
        if (past.get(name) or 0) >= least
    ]
    if not terms and review.score is not None:
        terms.append(f":score: >= {review.score}")
    terms.append(f":amount: >= {review.amount}")
    return "review if " + " and ".join(terms)


def shortened(kind: str, value: str) -> str:
    """A value as a page shows it: fingerprints and device ids tell nobody anything beyond their first signs."""
    return f"{value[:12]}…" if kind in {"card", "device"} and len(value) > 12 else value
