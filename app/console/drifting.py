"""How far what comes in now is from what the model in force was trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from app.console.journal import Window
from app.screening import force
from models import Assessment, db
from risk import features
from risk.facts import Facts
from risk.training import drift

# Some 60 µs each to make features of them; more would tell the same.
SAMPLE = 1_000
# Ten bins of twenty: below that, the index measures luck.
LEAST = 200


@dataclass(frozen=True, slots=True)
class Drift:
    """The score first, then the features, the furthest from then first. `rows` were looked at."""

    model: str
    rows: int
    found: list[Mapping[str, Any]]
    why_not: str = ""


def now(window: Window) -> Drift:
    """The newest decisions of the window against the reference in the model."""
    model_id, model, failure = force.champion()
    if model is None:
        return Drift(model_id or "", 0, [], f"There is no model in force: {failure}.")
    if model.features_version != features.VERSION:
        return Drift(model.name, 0, [], "The model was made with other features.")
    if not model.reference:
        return Drift(
            model.name, 0, [], "The model does not say what its training rows looked like."
        )
    vectors, scores = [], []
    for row in _newest(window):
        vectors.append(features.vector(Facts.from_json(row.facts)))
        scores.append(row.score)
    if not vectors:
        return Drift(model.name, 0, [], "No decision in this time has a score.")
    if len(vectors) < LEAST:
        few = f"Only {len(vectors)} decisions of this time have a score: below {LEAST}, drift is chance."
        return Drift(model.name, len(vectors), [], few)
    return Drift(model.name, len(vectors), list(drift.drift(model.reference, vectors, scores)))


def _newest(window: Window) -> Sequence[Row[Any]]:
    """Facts and score of the newest scored first looks."""
    asked = select(Assessment.facts, Assessment.score).where(
        window.has(), Assessment.moment == "before", Assessment.score.is_not(None)
    )
    return db.session().execute(asked.order_by(Assessment.id.desc()).limit(SAMPLE)).all()


def meaning(name: str) -> str:
    """A feature in words."""
    return "The score" if name == drift.SCORE else features.MEANING.get(name, name)
