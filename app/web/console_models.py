"""Models: which decides, which run along, what is known of each, what the night proposes, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import flash
from flask.typing import ResponseReturnValue

from app.access import requires
from app.errors import AppError, Forbidden, NotFound
from app.screening import force, registry
from app.web.charts import Chart, Series, percent, percent_ticks
from app.web.console_base import blueprint, go, me, money, page, people, scope, typed
from app.web.failures import wants_json
from app.web.markdown import render
from models.money import EXPONENTS

STATE_WORDS = {
    "champion": "Decides",
    "shadow": "Runs along, without a say",
    "retired": "Retired",
}
SHIPPED_CARD = Path(__file__).parents[2] / "risk" / "artifacts" / "model.md"
_FIGURES = (
    ("average_precision", "Average precision"),
    ("auc", "Area under the ROC curve"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of champion and challenger."""

    name: str
    champion: str
    challenger: str


@blueprint.get("/risk/models", endpoint="models")
@requires("risk.read")
def every_model() -> ResponseReturnValue:
    """The registry."""
    return listed()


@blueprint.get("/risk/models/shipped")
@requires("risk.read")
def model_shipped() -> ResponseReturnValue:
    """The card of the model that comes with Till. Raises NotFound when it was not built in."""
    try:
        text = SHIPPED_CARD.read_text(encoding="utf-8")
    except OSError:
        raise NotFound from None
    return page("shipped", card=render(text, level=2))


@blueprint.get("/risk/models/<model_id>")
@requires("risk.read")
def model_show(model_id: str) -> ResponseReturnValue:
    """One model: its card, and how it compares."""
    return one(model_id)


@blueprint.get("/risk/models/rollback")
@requires("models.promote")
def model_rollback_page() -> ResponseReturnValue:
    """What going back would mean, before it is done."""
    return page("rollback", champion=registry.champion_id(), shipped=force.SHIPPED)


@blueprint.post("/risk/models/rollback")
@requires("models.promote")
def model_rollback() -> ResponseReturnValue:
    """Let the champion before this one decide again."""
    seen = typed("champion", most=40)
    if seen != registry.champion_id():
        flash("Another model decides by now: nothing was changed.")
        return go("risk.models")
    try:
        before = registry.rollback(by=me())
    except AppError as refusal:
        if wants_json():
            raise
        return listed(refusal), refusal.status
    flash(f"{before if before != force.SHIPPED else 'The shipped model'} decides again.")
    return go("risk.models")


@blueprint.post("/risk/models/<model_id>/retire")
@requires("models.promote")
def model_retire(model_id: str) -> ResponseReturnValue:
    """A shadow runs along no more."""
    try:
        registry.retire(model_id, by=me())
    except registry.ModelRefused as refusal:
        if wants_json():
            raise
        return one(model_id, refusal), refusal.status
    flash("The model does not run along any more.")
    return go("risk.models")


def listed(refusal: AppError | None = None) -> str:
    """The page of the registry."""
    rows = registry.models()
    model_id, model, failure = force.champion()
    return page(
        "models",
        rows=rows,
        refusal=refusal,
        champion_id=model_id,
        champion_name=model.name if model else None,
        failure=failure,
        is_shipped=model_id == force.SHIPPED,
        words=STATE_WORDS,
        proposals=[
            (row, found) for row in rows
            if row.state == "shadow" and isinstance(found := row.metrics.get("proposal"), Mapping)
        ],
        people=people(row.author for row in rows),
        sees_all=sees_all(),
    )  # fmt: skip


def one(model_id: str, refusal: AppError | None = None) -> str:
    """The page of a model. Raises NotFound, Forbidden."""
    if not sees_all():
        raise Forbidden("A model is made from every merchant's payments. Ask an administrator.")
    row = registry.one(model_id)
    comparison = row.metrics.get("comparison")
    return page(
        "model",
        row=row,
        refusal=refusal,
        words=STATE_WORDS,
        card=render(row.card, level=3),
        calibration=calibration(row.metrics),
        figures=figures(comparison) if isinstance(comparison, Mapping) else None,
        comparison=comparison,
        proposal=row.metrics.get("proposal"),
        people=people([row.author]),
    )


def sees_all() -> bool:
    """Whether somebody works for the whole installation: models are made from every merchant's payments."""
    return bool(scope().merchants) or scope().merchant_id is None


def figures(comparison: Mapping[str, Any]) -> list[Figure]:
    """Champion and challenger, figure by figure."""
    sides = [comparison.get(who) or {} for who in ("champion", "challenger")]
    found = [
        Figure(words, *(_number(side.get(name)) for side in sides)) for name, words in _FIGURES
    ]
    for before, after in zip(*(side.get("within") or [] for side in sides), strict=False):
        budget = percent(before.get("budget"))
        found.append(
            Figure(
                f"Recall, stopping the highest {budget}",
                _share(before.get("recall")),
                _share(after.get("recall")),
            )
        )
        found.append(
            Figure(
                f"Precision, stopping the highest {budget}",
                _share(before.get("precision")),
                _share(after.get("precision")),
            )
        )
    found += _money(sides)
    brier = [(side.get("calibration") or {}).get("brier") for side in sides]
    found.append(
        Figure(
            "Brier score of its probabilities (less is better)", *(_number(one, 5) for one in brier)
        )
    )
    return found


def _money(sides: Sequence[Mapping[str, Any]]) -> list[Figure]:
    """Fraud caught within the larger budget, currency by currency."""
    purses = [((side.get("within") or [{}])[-1]).get("money") or {} for side in sides]
    found = []
    for currency in sorted({*purses[0], *purses[1]} & {*EXPONENTS}):
        amounts = [(purse.get(currency) or {}).get("caught_minor") for purse in purses]
        found.append(
            Figure(
                f"Fraud caught in {currency}",
                *("–" if one is None else money(one, currency) for one in amounts),
            )
        )
    return found


def calibration(metrics: Mapping[str, Any]) -> Chart | None:
    """Told probability against what came of it, from the backtest or the held-out days."""
    backtest = metrics.get("backtest") or {}
    bins = ((backtest.get("calibration") or metrics.get("calibration") or {}).get("bins")) or []
    if not bins:
        return None
    told = [one["mean_probability"] for one in bins]
    came = [one["fraud_rate"] for one in bins]
    most = max([*told, *came, 0.01])
    return Chart(
        id="calibration",
        title="Told probability and share of fraud",
        description="Attempts in groups of equal size, from the least to the most suspicious.",
        labels=[f"{at}" for at in range(1, len(bins) + 1)],
        head="Group",
        x_title="Group of attempts, least suspicious first",
        series=[
            Series("told", told, [percent(one, 2) for one in told]),
            Series("came", came, [percent(one, 2) for one in came]),
        ],
        ticks=percent_ticks(most),
        shown_labels=20,
    )


def _number(value: Any, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) else "–"


def _share(value: Any) -> str:
    return percent(value) if isinstance(value, int | float) else "–"
