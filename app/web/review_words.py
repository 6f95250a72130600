"""Cases in words: levels, reasons for a review, events, acts, countries and how long something takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from babel import Locale

from app.reviews.verdicts import LABELS, WORDS
from models import ReviewNote, clock
from risk.features import MEANING_OF_FAMILIES

# fmt: off
LEVELS: Mapping[str, tuple[str, str]] = {
    "normal":       ("Normal", "ok"),
    "elevated":     ("Elevated", "warn"),
    "highest":      ("Highest", "bad"),
    "not_assessed": ("Not assessed", "plain"),
    "unknown":      ("Not assessed", "plain"),
}
# What asked for a person (`Review.reason`, `Assessment.spoke`).
OPENED_BY: Mapping[str, str] = {
    "model":    "The model's score asked for a person.",
    "rule":     "A rule of the merchant asked for a person.",
    "list":     "A list of the merchant asked for a person.",
    "limit":    "A limit against card testing asked for a person.",
    "failure":  "It could not be scored, and the merchant wants such payments looked at.",
    "explored": "It would have been blocked; a few such payments are looked at, so that the model can learn.",
    "attack":   "The shop is under attack, and this payment could not be challenged.",
    "answer":   "What the issuer answered asked for a person.",
    "analyst":  "An analyst had asked for 3-D Secure, and that did not settle it.",
    "provider": "The provider wants a person to look at it.",
}
EVENTS: Mapping[str, str] = {
    "payment.created":         "Payment created",
    "payment.processing":      "The provider is asked",
    "payment.requires_action": "The shopper is challenged",
    "payment.waiting":         "The provider says to wait",
    "payment.authorized":      "Authorized",
    "payment.held":            "Held for review",
    "payment.released":        "Released from review",
    "payment.captured":        "Captured",
    "payment.failed":          "Declined",
    "payment.attempt_voided":  "The attempt was given up",
    "payment.canceled":        "Canceled",
    "payment.expired":         "Expired",
    "payment.surplus":         "Money that came too late is given back",
    "payment.unresolved":      "No answer for thirty days",
    "payment.case_opened":     "The provider's story and ours differ",
    "payment.card_testing":    "Cards are being tested at this shop",
    "capture.pending":         "The capture is under way",
    "capture.succeeded":       "The capture succeeded",
    "capture.failed":          "The capture failed",
    "void.pending":            "The release is under way",
    "void.succeeded":          "The authorization was released",
    "void.failed":             "The release failed",
    "refund.pending":          "The refund is under way",
    "refund.succeeded":        "Refunded",
    "refund.failed":           "The refund failed",
    "dispute.opened":          "Disputed",
    "dispute.won":             "Dispute won",
    "dispute.lost":            "Dispute lost",
    "warning.received":        "The issuer reported fraud",
    "review.expiring":         "The hold is about to run out: the merchant's choice is carried out",
    "review.closed":           "The review is closed",
}
STATUSES: Mapping[str, tuple[str, str]] = {
    "pending":            ("Not paid", "plain"),
    "requires_action":    ("Challenged", "plain"),
    "processing":         ("Under way", "info"),
    "failed":             ("Declined", "warn"),
    "in_review":          ("Held", "info"),
    "authorized":         ("Authorized", "info"),
    "captured":           ("Captured", "ok"),
    "partially_refunded": ("Partly refunded", "warn"),
    "refunded":           ("Refunded", "warn"),
    "chargeback":         ("Disputed", "bad"),
    "canceled":           ("Canceled", "plain"),
    "expired":            ("Expired", "plain"),
}
ACTS: Mapping[str, str] = {
    "opened":         "opened the case",
    "taken":          "took the case",
    "released":       "gave the case back",
    "assigned":       "assigned it",
    "snoozed":        "put it off",
    "woken":          "woke it up",
    "escalated":      "escalated it",
    "comment":        "wrote",
    "file":           "attached a file",
    "first_approval": "approved it first; another person must approve it too",
    "verdict":        "decided",
    "undone":         "took that back",
    "listed":         "put a value on a list",
    "closed":         "closed the case",
    "reopened":       "opened the case again",
}
CHECKS: Mapping[str, tuple[str, str]] = {
    "pass":        ("matches", "ok"),
    "fail":        ("does not match", "bad"),
    "unavailable": ("the issuer does not check it", "plain"),
    "unchecked":   ("was not checked", "plain"),
}
THREE_DS: Mapping[str, tuple[str, str]] = {
    "authenticated":        ("passed", "ok"),
    "attempt_acknowledged": ("tried; the issuer does not take part", "plain"),
    "exempted":             ("exempted", "plain"),
    "failed":               ("failed", "bad"),
    "not_supported":        ("not possible with this card", "plain"),
    "processing_error":     ("could not be done", "warn"),
}
_OTHERS: Mapping[str, str] = {"system": "Till", "clock": "Till", "provider": "The provider", "shopper": "The shopper"}
# fmt: on

_TERRITORIES = Locale("en").territories


def country(code: str | None) -> str:
    """A country's name with its code: `Brazil (BR)`."""
    return f"{_TERRITORIES.get(code, code)} ({code})" if code else ""


def person(actor: str | None, names: Mapping[str, str]) -> str:
    """Who did something."""
    if not actor:
        return ""
    if actor.startswith("key_"):
        return "The merchant's server"
    return names.get(actor) or _OTHERS.get(actor, "Somebody who has left")


def verdict(one: str | None, label: str | None) -> str:
    """What was decided: `Approve: A good customer: should not have been held`."""
    if not one:
        return ""
    meaning = LABELS.get(label or "")
    return f"{WORDS[one]} – {meaning.words}" if meaning else WORDS[one]


def line(note: ReviewNote, names: Mapping[str, str]) -> str:
    """One line of a case's history."""
    who, told = person(note.author, names), note.details
    text = f"{who} {ACTS.get(note.kind, note.kind)}"
    if note.kind == "verdict":
        text += f": {verdict(told.get('verdict'), told.get('label'))}"
    return text


def event(kind: str) -> str:
    """What happened to a payment."""
    return EVENTS.get(kind, kind)


def duration(span: timedelta) -> str:
    """How long something takes, in its two largest units: `2 d 4 h`, `5 min`."""
    minutes = max(0, int(span.total_seconds()) // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes and hours < 12 else f"{hours} h"
    return f"{minutes} min"


def left(moment: datetime) -> str:
    """How long it is until then; the page's script counts on."""
    span = moment - clock.now()
    return f"in {duration(span)}" if span > timedelta() else "over"


def age(moment: datetime) -> str:
    """How long ago it was."""
    return duration(clock.now() - moment)


def places(facts: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """The country line: (what, country, does it differ from the card's) of what is known, card first among equals."""
    names = (
        ("IP address", "ip_country"),
        ("Card", "card_country"),
        ("Billing", "billing_country"),
        ("Shipping", "shipping_country"),
    )
    base = facts.get("card_country") or facts.get("billing_country")
    return [
        (word, country(facts[name]), bool(base) and facts[name] != base)
        if facts.get(name)
        else (word, "", False)
        for word, name in names
    ]


def family(name: str) -> str:
    """What a family of reasons is about."""
    return MEANING_OF_FAMILIES.get(name, name)
