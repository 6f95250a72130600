"""One fit: trees on the older days, their calibration on the newest, both from what was known at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from risk import features
from risk.training import calibration
from risk.training.export import Bundle
from risk.training.rows import BEFORE, Known

DAY_MS = 86_400_000
# (what is being done, steps done, steps in all)
Report = Callable[[str, int, int], None]


def silent(_stage: str, _done: int, _of: int) -> None:
    """Nobody is watching."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the trees are grown: the figures that were measured to be right for about one fraud in a hundred.

    No class weights and no resampling: they would leave the order of scores as it is and ruin the probabilities.
    """

    trees: int = 100
    leaves: int = 15
    learning_rate: float = 0.05
    least_in_leaf: int = 50
    l2: float = 5.0
    seed: int = 1
    quiet_days: int = 90
    """After so many days without a complaint a payment counts as good; younger rows wait."""
    calibration_days: int = 7
    """The newest closed days, which calibrate. More are taken while they hold too few frauds."""
    test_days: int = 28
    """The days on which the backtest is run."""
    least_frauds: int = 30
    """With fewer in one of its parts, a training teaches nothing and is refused."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class TooLittle(ValueError):
    """There is not enough to learn from yet."""


@dataclass(frozen=True, slots=True)
class Fitted:
    bundle: Bundle
    training: list[Known]
    held_out: list[Known]
    """The newest days, which only calibrated."""
    raw: list[float]
    """What the trees say of the calibrating rows (first looks), before calibration."""


def calibrating(held_out: Sequence[Known]) -> list[Known]:
    """First looks only: an attempt counts once."""
    return [one for one in held_out if one.example.moment == BEFORE]


def _split(closed: Sequence[Known], settings: Settings) -> tuple[list[Known], list[Known]]:
    """(older, newest days): as many days as it takes for enough frauds, but a third of the time at most."""
    if not closed:
        raise TooLittle("There is no labelled attempt that is old enough.")
    first, last = closed[0].at_ms, closed[-1].at_ms
    days = settings.calibration_days
    most = max(days, (last - first) // DAY_MS // 3)
    while True:
        since = last - days * DAY_MS
        older = [one for one in closed if one.at_ms <= since]
        newest = [one for one in closed if one.at_ms > since]
        frauds = sum(one.is_fraud for one in calibrating(newest))
        if frauds >= settings.least_frauds or days >= most:
            break
        days = min(most, days + 7)
    learnt = sum(one.is_fraud for one in calibrating(older))
    if frauds < settings.least_frauds or learnt < settings.least_frauds:
        message = (
            f"{learnt} frauds to learn from and {frauds} on the newest {days} days to calibrate with; "
            f"it takes {settings.least_frauds} each, more than {settings.quiet_days} days old."
        )
        raise TooLittle(message)
    if sum(not one.is_fraud for one in calibrating(newest)) < settings.least_frauds:
        raise TooLittle("There are too few attempts that are known to be good.")
    return older, newest


def fit(
    closed: Sequence[Known], settings: Settings, *, report: Report = silent, stage: str = "trees"
) -> Fitted:
    """Grow and calibrate. The same rows in any order give the same trees."""
    import numpy as np

    older, newest = _split(closed, settings)
    model = _grow(older, settings, report, stage)
    first_looks = calibrating(newest)
    x = np.array([one.example.x for one in first_looks])
    raw = [float(value) for value in model.decision_function(x)]
    slope, intercept = calibration.fit(
        raw, [one.is_fraud for one in first_looks], [one.weight for one in first_looks]
    )
    bundle = {
        "model": model,
        "slope": slope,
        "intercept": intercept,
        "features": list(features.NAMES),
        "features_version": features.VERSION,
    }
    return Fitted(bundle, older, newest, raw)


def _grow(older: Sequence[Known], settings: Settings, report: Report, stage: str) -> Any:
    import numpy as np

    from risk.training.booster import Booster

    x = np.array([one.example.x for one in older])
    # What is hardly ever known cannot be learnt, and scikit-learn cannot bin a column without numbers: a constant,
    # which no split can use.
    x[:, (~np.isnan(x)).sum(axis=0) < settings.least_in_leaf] = 0.0
    y = np.array([one.is_fraud for one in older], dtype=np.int8)
    weight = np.array([one.weight for one in older])
    model = Booster(
        max_leaf_nodes=settings.leaves,
        learning_rate=settings.learning_rate,
        min_samples_leaf=settings.least_in_leaf,
        l2_regularization=settings.l2,
        monotonic_cst=[features.MONOTONE[name] for name in features.NAMES],
        early_stopping=False,
        warm_start=True,
        random_state=settings.seed,
    )
    step = max(1, settings.trees // 5)
    for trees in [*range(step, settings.trees, step), settings.trees]:
        model.set_params(max_iter=trees).fit(x, y, sample_weight=weight)
        report(stage, trees, settings.trees)
    return model
