"""One case: everything that speaks for and against it, what can be done, and why something cannot."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import access
from app.access import requires
from app.errors import AppError
from app.reviews import bulk, detail, linked, listing, notes, verdicts
from app.reviews.detail import Detail
from app.reviews.find import is_taken
from app.web import review_words, words
from app.web.review_base import asked, blueprint, carried, case_url, config, me, queue_url, scope
from app.web.review_charts import bars, spark
from models import clock
from models.ids import is_id
from models.money import Money

SNOOZES = ((1, "1 hour"), (4, "4 hours"), (24, "1 day"), (72, "3 days"))


@blueprint.get("/review/<review_id>")
@requires("review.read")
def show(review_id: str) -> ResponseReturnValue:
    """The case, as it is now. To look at it changes nothing: it is taken by a button."""
    return page(review_id)


def page(review_id: str, refused: AppError | None = None) -> ResponseReturnValue:
    """The page of a case; with what stands against the act that was asked for."""
    found = detail.gather(review_id, scope())
    shown = render_template("review/case.html", **told(found, refused))
    return shown, refused.status if refused else 200


def told(found: Detail, refused: AppError | None) -> dict[str, Any]:
    """What the template shows."""
    review, view = found.review, asked()
    assessed = found.assessed
    details = assessed.details if assessed else {}
    exact = review.details.get(
        "shap", {}
    )  # worked out by a worker, a moment after the case was opened
    undone = request.args.get("done", "")
    return {
        "found": found,
        "review": review,
        "payment": found.payment,
        "attempt": found.attempt,
        "facts": found.facts,
        "reasons": details.get("reasons", []),
        "bars": bars(exact.get("families") or details.get("families", {})),
        "is_exact": bool(exact),
        "rules": details.get("rules", []),
        "costs": costs(details, review.currency),
        "loss": Money(review.expected_loss_minor, review.currency),
        "listed": details.get("listed"),
        "places": review_words.places(found.facts),
        "sparks": [spark(linked.WORDS[one], counted) for one, counted in found.hours.items()],
        "obstacle": obstacle(found),
        "mine": review.lock_by == me() and not lock_is_over(found),
        "verdicts": choices(),
        "typed": {name: request.form.get(name, "") for name in ("text", "reason", "why")},
        "snoozes": SNOOZES,
        "lists": listing.LISTS,
        "days": listing.DAYS,
        "clusters": [(one, linked.WORDS[one], size) for one, size in found.clusters.items()],
        "most": bulk.MOST,
        "rule_text": listing.rule_from(review) if access.can("risk.write") else "",
        "refused": refused,
        "done": undone if is_id(undone, "rev") else None,
        "undo_s": config().review_undo_s,
        "can_undo": can_undo(found),
        "challenge": challenge(found),
        "view": carried(view),
        "back": queue_url(view),
        "case_url": lambda review_id: case_url(review_id, view),
        "now": clock.now(),
        "words": review_words,
        "money": words.money,
        "method": words.method,
        "shortened": listing.shortened,
    }


def costs(details: dict[str, Any], currency: str) -> list[tuple[str, str]]:
    """What each outcome was expected to cost, in the payment's own currency."""
    known = details.get("costs") or {}
    return [(outcome, words.money(Money(int(minor), currency))) for outcome, minor in known.items()]


def choices() -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """(verdict, its words, its key, (label, words) in the order of the keys 1, 2, 3)."""
    keys = {"approve": "a", "decline": "d", "fraud": "f"}
    return [
        (one, verdicts.WORDS[one], keys[one], [(label, verdicts.LABELS[label].words) for label in labels])
        for one, labels in verdicts.VERDICTS.items()
    ]  # fmt: skip


def obstacle(found: Detail) -> str:
    """Why this case cannot be decided by who looks at it, in a sentence; empty when it can."""
    review, payment = found.review, found.payment
    if review.closed_at is not None:
        return "This case is closed."
    if review.verdict is not None:
        who = review_words.person(review.verdict_by, found.names)
        return f"{who} has decided: {review_words.verdict(review.verdict, review.label)}."
    if is_taken(review, me()) and review.lock_until is not None:
        who = review_words.person(review.lock_by, found.names)
        span = review_words.duration(review.lock_until - clock.now())
        return f"{who} has this case open, for {span} more unless it is renewed."
    if payment.status != "in_review":
        said = review_words.STATUSES[payment.status][0].lower()
        return f"The payment is not held now (it is {said}). Look again in a moment."
    return ""


def lock_is_over(found: Detail) -> bool:
    """Whether the case is nobody's any more."""
    until = found.review.lock_until
    return until is None or until <= clock.now()


def can_undo(found: Detail) -> bool:
    """Whether who looks can take the verdict back."""
    review = found.review
    if review.closed_at is not None:
        return False
    mine = review.verdict_by == me() and review.acts_at is not None
    return mine or (review.verdict is None and review.first_by == me())


def challenge(found: Detail) -> str:
    """The address where the shopper was asked to pay again, if that was done."""
    for line in reversed(found.history):
        if line.kind == "closed" and "session" in line.details:
            where = url_for("checkout.show", session_id=line.details["session"])
            return f"{config().base_url}{where}"
    return ""


@blueprint.get("/review/<review_id>/files/<note_id>")
@requires("review.read")
def file(review_id: str, note_id: str) -> ResponseReturnValue:
    """A file of a case, to be kept and not to be shown: nothing in it runs here."""
    line = notes.file_of(review_id, note_id, scope=scope())
    answer = make_response(line.file or b"")
    answer.headers["Content-Type"] = line.file_type or "application/octet-stream"
    answer.headers.set("Content-Disposition", "attachment", filename=line.file_name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
