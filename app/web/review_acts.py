"""What an analyst does with a case: every act is a plain form, and answers with the case or with the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, request
from flask.typing import ResponseReturnValue

from app import access
from app.access import requires
from app.errors import AppError, Forbidden, Invalid, NotFound
from app.reviews import challenge as challenges
from app.reviews import decide as decisions
from app.reviews import listing, locks, notes
from app.reviews.find import own_case
from app.web.failures import wants_json
from app.web.review_base import asked, blueprint, case_url, config, me, queue_url, scope
from app.web.review_case import page
from app.web.review_words import verdict as verdict_words
from models import clock


def act(
    review_id: str, what: Callable[..., Any], *given: Any, said: str = "", **more: Any
) -> ResponseReturnValue:
    """Do something with a case and show it again; what stands against it is said on its page, with what was typed."""
    try:
        what(review_id, *given, by=me(), scope=scope(), **more)
    except NotFound:
        raise
    except AppError as refusal:
        if wants_json():
            raise
        return page(review_id, refusal)
    if wants_json():
        return {}, 200
    if said:
        flash(said)
    return redirect(case_url(review_id, asked()), 303)


@blueprint.post("/review/<review_id>/take")
@requires("review.decide")
def take(review_id: str) -> ResponseReturnValue:
    """Take the case, or keep it: an open page does so every few minutes."""
    return act(review_id, locks.take)


@blueprint.post("/review/<review_id>/release")
@requires("review.decide")
def release(review_id: str) -> ResponseReturnValue:
    """Give the case back."""
    return act(review_id, locks.release)


@blueprint.post("/review/<review_id>/decide")
@requires("review.decide")
def decide(review_id: str) -> ResponseReturnValue:
    """A verdict and its label in one choice, `approve:false_positive`; then on to the next case of the filter."""
    verdict, _, label = request.form.get("choice", "").partition(":")
    reason = request.form.get("reason", "").strip()
    try:
        review = decisions.decide(
            review_id,
            verdict,
            label,
            by=me(),
            scope=scope(),
            undo_s=config().review_undo_s,
            reason=reason[: notes.LONGEST],
        )
    except NotFound:
        raise
    except AppError as refusal:
        return page(review_id, refusal)
    if review.verdict is None:
        flash("Approved by you. Another person must approve it too.")
    else:
        flash(f"{verdict_words(review.verdict, review.label)}.")
    return onward(review_id)


def onward(review_id: str) -> ResponseReturnValue:
    """The next case behind this one, or the list; either tells of what was done, so that it can be undone."""
    found = asked()
    following = locks.take_next(found, behind=review_id)
    if following is None:
        return redirect(queue_url(found, done=review_id), 303)
    return redirect(case_url(following.id, found, done=review_id), 303)


@blueprint.post("/review/<review_id>/undo")
@requires("review.decide")
def undo(review_id: str) -> ResponseReturnValue:
    """Take one's verdict back, and look at the case again."""
    return act(review_id, decisions.undo, said="Taken back: the case is yours again.")


@blueprint.post("/review/<review_id>/assign")
@requires("review.decide")
def assign(review_id: str) -> ResponseReturnValue:
    """Give the case to a person, or to nobody."""
    return act(review_id, locks.assign, request.form.get("to") or None, said="Assigned.")


@blueprint.post("/review/<review_id>/snooze")
@requires("review.decide")
def snooze(review_id: str) -> ResponseReturnValue:
    """Put the case off for some hours; none wakes it."""
    text = request.form.get("hours", "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 4):
        return page(review_id, Invalid("Choose for how long.", field="hours"))
    until = clock.now() + timedelta(hours=int(text)) if text else None
    said = "Put off: it comes back by itself." if until else "It is back in the queue."
    return act(review_id, locks.snooze, until, said=said)


@blueprint.post("/review/<review_id>/escalate")
@requires("review.decide")
def escalate(review_id: str) -> ResponseReturnValue:
    """Ask for another look, and say why."""
    why = request.form.get("why", "").strip()[: notes.LONGEST]
    return act(review_id, locks.escalate, why, said="Escalated: it is free for others to take.")


@blueprint.post("/review/<review_id>/comment")
@requires("review.read")
def comment(review_id: str) -> ResponseReturnValue:
    """Say something about the case."""
    return act(review_id, notes.comment, request.form.get("text", ""), said="Added.")


@blueprint.post("/review/<review_id>/file")
@requires("review.read")
def attach(review_id: str) -> ResponseReturnValue:
    """Attach a file."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return page(review_id, Invalid("Choose a file first.", field="file"))
    content = sent.stream.read(notes.MOST_BYTES + 1)
    return act(review_id, notes.attach, sent.filename, content, said="Attached.")


@blueprint.post("/review/<review_id>/challenge")
@requires("review.decide")
def challenge(review_id: str) -> ResponseReturnValue:
    """Let the hold go and make a page on which the shopper pays again with 3-D Secure; the case shows its address."""
    said = "The hold is let go. Send the shopper the link below."
    return act(review_id, challenges.request_challenge, said=said)


@blueprint.post("/review/<review_id>/list")
@requires("risk.write")
def put_on_list(review_id: str) -> ResponseReturnValue:
    """Put a value of the case on one of the merchant's lists."""
    if not access.can("review.read"):
        raise Forbidden
    form, days = request.form, request.form.get("days", "")
    given = (form.get("list", ""), form.get("type", ""))
    number = int(days) if days.isascii() and days.isdigit() and len(days) < 4 else 0
    return act(review_id, listing.add, *given, days=number, said="It is on the list.")


@blueprint.get("/review/<review_id>/rule")
@requires("risk.write")
def make_rule(review_id: str) -> ResponseReturnValue:
    """On to the page for rules, with a beginning made of this case."""
    text = listing.rule_from(own_case(review_id, scope()))
    return redirect(f"/risk/rules/new?{urlencode({'text': text})}", 303)
