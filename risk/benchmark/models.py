"""The book's models with the book's settings, and ours with the settings that earlier weeks chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from risk.benchmark.metrics import Result
from risk.benchmark.windows import Floats

_MISSING = -1.0  # below every value that a feature has: trees part it from the rest with one cut


class Classifier(Protocol):
    """What scikit-learn's classifiers can do."""

    def fit(self, features: Any, frauds: Any) -> Any: ...

    def predict_proba(self, features: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Baseline:
    """A line of the book's table: what it published (chapter 3, baseline split), and how to make it again."""

    name: str
    published: Result
    make: Callable[[], Classifier] | None
    """None: its library is not one of ours, so that only the published figures are told."""


def forest() -> Classifier:
    """scikit-learn's random forest as it comes, 100 trees: the book's best on its baseline split."""
    found: Classifier = RandomForestClassifier(random_state=0, n_jobs=1)
    return found


BASELINES: Sequence[Baseline] = (
    Baseline(
        "Logistic regression",
        Result(0.871, 0.606, 0.291),
        lambda: make_pipeline(StandardScaler(), LogisticRegression(random_state=0)),
    ),
    Baseline(
        "Decision tree, depth 2",
        Result(0.763, 0.496, 0.241),
        lambda: DecisionTreeClassifier(max_depth=2, random_state=0),
    ),
    Baseline(
        "Decision tree, unlimited",
        Result(0.788, 0.309, 0.243),
        lambda: DecisionTreeClassifier(random_state=0),
    ),
    Baseline("Random forest (100)", Result(0.867, 0.658, 0.287), forest),
    Baseline("XGBoost", Result(0.862, 0.639, 0.273), None),
)
# The best that the book publishes on the four weeks of its model selection, each by another model (chapters 5 to 7).
BEST_PUBLISHED = Result(0.879, 0.687, 0.305)


def boosting() -> Classifier:
    """scikit-learn's defaults are bad for one fraud in a hundred rows: leaves of 20 rows, and a fifth as many trees."""
    found: Classifier = HistGradientBoostingClassifier(
        max_iter=100,
        max_leaf_nodes=15,
        learning_rate=0.05,
        min_samples_leaf=50,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=0,
    )
    return found


@dataclass(frozen=True, slots=True)
class Member:
    """One model of ours, and how many days it learns from."""

    train_days: int
    make: Callable[[], Classifier]


OURS: Sequence[Member] = (
    Member(7, forest),
    Member(28, boosting),
)


def score(model: Classifier, train: Floats, frauds: NDArray[Any], test: Floats) -> Floats:
    """Fit, and the probability of fraud of each test row."""
    model.fit(np.nan_to_num(train, nan=_MISSING), frauds)
    found: Floats = model.predict_proba(np.nan_to_num(test, nan=_MISSING))[:, 1]
    return found
