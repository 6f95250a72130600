"""A whole attack at once: look at what shares an identity, decide it with one reason, and see what became of each."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.access import requires
from app.errors import AppError, NotFound
from app.reviews import bulk, linked
from app.reviews.find import is_taken, own_case
from app.web import review_words, words
from app.web.review_base import asked, blueprint, carried, case_url, config, me, scope
from app.web.review_case import choices
from models.ids import is_id


@blueprint.get("/review/<review_id>/cluster/<identity>")
@requires("review.decide")
def cluster(review_id: str, identity: str) -> ResponseReturnValue:
    """The preview: which cases, how many, how much money."""
    return preview(review_id, identity)


def preview(review_id: str, identity: str, refused: AppError | None = None) -> ResponseReturnValue:
    """The page before anything is decided."""
    found = bulk.preview(review_id, identity, by=me(), scope=scope())
    page = render_template("review/cluster.html", **shown(found), refused=refused)
    return page, refused.status if refused else 200


def shown(found: bulk.Preview) -> dict[str, Any]:
    """What the template shows."""
    view = asked()
    return {
        "found": found,
        "rows": [(one, is_taken(one, me())) for one in found.cases],
        "sums": [words.money(one) for one in found.sums],
        "what": linked.WORDS[found.identity],
        "verdicts": choices(),
        "reason": request.form.get("reason", ""),
        "case_url": lambda review_id: case_url(review_id, view),
        "view": carried(view),
        "most": bulk.MOST,
        "words": review_words,
        "money": words.money,
    }


@blueprint.post("/review/<review_id>/cluster/<identity>")
@requires("review.decide")
def decide_cluster(review_id: str, identity: str) -> ResponseReturnValue:
    """Decide the cases that were shown and are still chosen; what became of each."""
    verdict, _, label = request.form.get("choice", "").partition(":")
    ids = [one for one in request.form.getlist("case") if is_id(one, "rev")][: bulk.MOST]
    try:
        results = bulk.decide_all(
            review_id,
            identity,
            ids,
            verdict,
            label,
            reason=request.form.get("reason", ""),
            by=me(),
            scope=scope(),
            undo_s=config().review_undo_s,
        )
    except NotFound:
        raise
    except AppError as refusal:
        return preview(review_id, identity, refusal)
    return outcome(review_id, identity, results, is_undo=False)


@blueprint.post("/review/<review_id>/cluster/<identity>/undo")
@requires("review.decide")
def undo_cluster(review_id: str, identity: str) -> ResponseReturnValue:
    """Take the verdicts of one go back."""
    own_case(review_id, scope())
    ids = [one for one in request.form.getlist("case") if is_id(one, "rev")]
    return outcome(review_id, identity, bulk.undo_all(ids, by=me(), scope=scope()), is_undo=True)


def outcome(
    review_id: str, identity: str, results: list[bulk.Result], *, is_undo: bool
) -> ResponseReturnValue:
    """What became of each case."""
    view = asked()
    return render_template(
        "review/outcome.html",
        review_id=review_id,
        identity=identity,
        what=linked.WORDS.get(identity, ""),
        results=results,
        done=[one.review_id for one in results if not one.error],
        is_undo=is_undo,
        undo_s=config().review_undo_s,
        view=carried(view),
        case_url=lambda found: case_url(found, view),
    )
