"""Train a model from the journal, from a merchant's exports or from the simulator, and register it into shadow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any

from app.screening import registry, training_rows
from models import clock
from risk.training.artefact import Artefact
from risk.training.rows import Row

ORIGINS = ("journal", "import", "simulator")
_SIMULATED_PER_DAY = 400
_SOURCES = {
    "journal": "Trained on this installation's own decision journal.",
    "import": "Trained on imported history and this installation's own decision journal.",
    "simulator": "Trained on Till's own checkout simulator: its figures say nothing about real payments.",
}


class NotTrained(Exception):
    """There is too little to learn from, or what was learnt makes no sense. The message says what is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to train on. `days`: how much of the journal (None: all), or how many days to simulate."""

    origin: str
    name: str
    days: int | None = None
    seed: int = 1
    imported: Iterable[Row] = ()


def train(wanted: Wanted, report: Any) -> Artefact:
    """Make a model; the same rows, seed and libraries make the same files. Needs scikit-learn. Raises NotTrained."""
    from risk.training.calibration import TurnedAround
    from risk.training.fit import Settings, TooLittle
    from risk.training.train import train

    rows, now_ms = _rows(wanted)
    try:
        return train(
            rows,
            now_ms=now_ms,
            name=wanted.name,
            settings=Settings(seed=wanted.seed),
            report=report,
            source=_SOURCES[wanted.origin],
        )
    except (TooLittle, TurnedAround) as error:
        raise NotTrained(str(error)) from None


def _rows(wanted: Wanted) -> tuple[Iterator[Row], int]:
    if wanted.origin == "simulator":
        from risk.training import simulator

        days = wanted.days or 270
        now_ms = simulator.START_MS + days * 86_400_000
        told = simulator.simulate(wanted.seed, days, per_day=_SIMULATED_PER_DAY)
        return simulator.rows(told, until_ms=now_ms), now_ms
    since = clock.now() - timedelta(days=wanted.days) if wanted.days else None
    own = training_rows.journal(since=since)
    return chain(wanted.imported, own), int(clock.now().timestamp() * 1000)


def train_and_register(
    wanted: Wanted, report: Any, *, author: str, once: str | None = None
) -> tuple[str | None, Artefact]:
    """The registered model's id (None: this night's is registered already) and what was made. Raises NotTrained."""
    artefact = train(wanted, report)
    return registry.register(artefact, author=author, origin=wanted.origin, once=once), artefact
