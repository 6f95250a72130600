"""The list of cases: its filters, its presets, the views that people saved, and "take the next"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select

from app.access import requires
from app.errors import AppError, Invalid
from app.reviews import filters, locks, queue, rank, views
from app.web import review_words, words
from app.web.review_base import (
    asked,
    blueprint,
    carried,
    case_url,
    config,
    me,
    queue_url,
    scope,
    with_query,
)
from models import Merchant, SavedView, User, clock, db
from models.ids import is_id

# preset → (label, its filter); the counts come in one statement.
PRESETS: Mapping[str, tuple[str, dict[str, str]]] = {
    "open": ("To do", {}),
    "mine": ("Mine", {"assigned": "me"}),
    "escalated": ("Escalated", {"escalated": "yes"}),
    "ending": ("Ending in 24 h", {"ends": "24"}),
    "snoozed": ("Put off", {"snoozed": "yes"}),
    "decided": ("Being carried out", {"state": "decided"}),
    "closed": ("Closed", {"state": "closed", "order": "closed"}),
}


@blueprint.get("/review", endpoint="queue")
@requires("review.read")
def queue_page() -> ResponseReturnValue:
    """The list. A filter that cannot be read is said so, and shows nothing."""
    given = {name: value for name, value in request.args.items() if name != "view"}
    error: AppError | None = None
    try:
        found = filters.read(given, me=me(), scope=scope())
        shown = queue.page(found, after=request.args.get("after"), size=size())
    except Invalid as refusal:
        error, found = refusal, filters.read({}, me=me(), scope=scope())
        shown = queue.Page([], None, clock.now())
    page = render_template("review/queue.html", **told(found, shown, given, error))
    return page, error.status if error else 200


def size() -> int:
    """How many rows somebody wants."""
    text = request.args.get("size", "")
    return int(text) if text in {str(one) for one in queue.SIZES} else queue.PAGE


def told(
    found: filters.Filter, shown: queue.Page, given: Mapping[str, str], error: AppError | None
) -> dict[str, Any]:
    """Everything that the template shows."""
    counts = filters.counts(scope(), me())
    saved = views.visible(me(), scope())
    return {
        "found": found,
        "given": given,
        "error": error,
        "rows": shown.rows,
        "is_first": "after" not in given,
        "first_url": queue_url(found),
        "next_url": queue_url(found, after=shown.following) if shown.following else None,
        "presets": [
            (
                label,
                with_query(url_for("review.queue"), preset),
                counts.get(name),
                preset == found.values,
            )
            for name, (label, preset) in PRESETS.items()
        ],
        "saved": [(view, f"{url_for('review.queue')}?{view.query}", count(view)) for view in saved],
        "held": [words.money(one) for one in queue.held(found)] if not error else [],
        "counts": counts,
        "orders": [(name, order.words) for name, order in rank.ORDERS.items()],
        "people": [(one.id, one.name) for one in people()],
        "is_filtered": found.values not in [preset for _, preset in PRESETS.values()],
        "undo_s": config().review_undo_s,
        "merchants": merchants(),
        "view": carried(found),
        "now": clock.now(),
        "words": review_words,
        "money": words.money,
        "method": words.method,
        "case_url": case_url,
        "done": done(),
    }


def count(view: SavedView) -> int:
    """How many cases a saved view finds now; one that cannot be read any more finds none."""
    try:
        return queue.count(filters.read(dict(parse_qsl(view.query)), me=me(), scope=scope()))
    except Invalid:
        return 0


def people() -> list[User]:
    """To whom cases can be assigned, for the filter."""
    query = select(User).where(User.role.in_(("analyst", "admin")), User.is_active.is_(True))
    if scope() is not None:
        query = query.where(or_(User.merchant_id.is_(None), User.merchant_id == scope()))
    return list(db.session().scalars(query.order_by(User.name)))


def merchants() -> list[Merchant]:
    """Whose cases there can be, for who sees several merchants'."""
    if scope() is not None:
        return []
    return list(db.session().scalars(select(Merchant).order_by(Merchant.name).limit(100)))


def done() -> str | None:
    """The case that was decided just now, whose verdict can still be taken back."""
    name = request.args.get("done", "")
    return name if is_id(name, "rev") else None


@blueprint.post("/review/next")
@requires("review.decide")
def take_next() -> ResponseReturnValue:
    """Take the first case of the filter that nobody else works on; with `after`, the first behind that one."""
    found = asked()
    behind = request.form.get("after", "")
    passed = behind if is_id(behind, "rev") else None
    review = locks.take_next(found, behind=passed)
    if passed is not None:  # passed over, so that it is others' to take
        locks.release(passed, by=me(), scope=scope())
    more = {"done": done_before} if (done_before := request.form.get("done", "")) else {}
    if review is None:
        flash("There is no free case left in this list.")
        return redirect(queue_url(found, **more), 303)
    return redirect(case_url(review.id, found, **more), 303)


@blueprint.post("/review/views")
@requires("review.read")
def save_view() -> ResponseReturnValue:
    """Keep the filter at hand under a name."""
    found = asked()
    name, is_shared = request.form.get("name", ""), request.form.get("shared") == "on"
    try:
        view = views.save(name, carried(found), is_shared=is_shared, by=me(), scope=scope())
        flash(f"Saved as “{view.name}”.")
    except AppError as refusal:
        flash(refusal.message)
    return redirect(queue_url(found), 303)


@blueprint.post("/review/views/<view_id>/remove")
@requires("review.read")
def remove_view(view_id: str) -> ResponseReturnValue:
    """Forget a view of one's own."""
    views.remove(view_id, by=me())
    flash("The view is removed.")
    return redirect(url_for("review.queue"), 303)


@blueprint.get("/review/news")
@requires("review.read")
def news() -> ResponseReturnValue:
    """How many cases of the filter were opened since the list was made; its page asks now and then."""
    try:
        since = queue.moment(request.args.get("since", ""))
    except ValueError:
        raise Invalid("Say since when, with a time zone.", field="since") from None
    return jsonify(count=queue.count(asked(), since=since))
