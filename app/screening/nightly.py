"""What is done every night: lost webhooks fetched, labels gathered, a model trained, compared, and perhaps proposed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from app import payments
from app.screening import compare, quiet, registry, training, warnings
from models import Period, clock, db
from models.ids import new_id

JOB = "nightly"
AUTHOR = "nightly"

Say = Callable[[str], None]

_log = logging.getLogger("till.screening")
_alert = logging.getLogger("till.alert")


@dataclass(frozen=True, slots=True)
class Told:
    """What came of a night."""

    warnings: int
    labels: int
    model_id: str | None
    proposed: bool


def run(say: Say) -> Told:
    """One night's work. It may be cut short anywhere and begun again: what was done stays done, and is done once.

    Needs scikit-learn and minutes of a processor: never in a web process.
    """
    night = clock.now().date().isoformat()
    found = warnings.catch_up()
    say(f"{found} early fraud warnings of the last days")
    say(f"{payments.catch_up_disputes()} disputes of the last days")
    say(f"{payments.fetch_missed()} webhooks that never came")
    labels = quiet.label_due()
    say(f"{labels} payments have been quiet for {quiet.AFTER.days} days and count as good")
    model_id = _train(night, say)
    proposed = _compare(say)
    registry.thin_out()
    with db.transaction():
        db.insert_unless_there(Period(id=new_id("per"), job=JOB, period=night))
    return Told(found, labels, model_id, proposed)


def _train(night: str, say: Say) -> str | None:
    wanted = training.Wanted(origin="journal", name=f"journal {night}")
    try:
        model_id, _made = training.train_and_register(wanted, _silent, author=AUTHOR, once=night)
    except training.NotTrained as error:
        say(f"No model was trained: {error}")
        return None
    say(f"Trained {model_id}" if model_id else "Tonight's model is registered already")
    return model_id


def _silent(_stage: str, _done: int, _of: int) -> None:
    """Nobody is watching."""


def _compare(say: Say) -> bool:
    """Every shadow against the champion. What is better in every figure is proposed; a person promotes."""
    proposed = False
    for model in registry.models():
        if model.state != "shadow":
            continue
        try:
            told = compare.proposal(compare.compare_with_champion(model.id))
        except registry.ModelRefused as error:
            _log.error("model %s could not be compared: %s", model.id, error)
            continue
        say(f"{model.id} {model.name}: {told['words']}")
        if told["promote"]:
            proposed = True
            _alert.warning("alert=risk.model_proposed model=%s words=%s", model.id, told["words"])
    return proposed
