"""The book's models with the book's settings, and ours with the settings that earlier weeks chose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
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


# What the steady member sees, and in which direction each must move the probability (1 up, -1 down, 0 either way).
STEADY: Mapping[str, int] = {
    "amount": 1,
    "customer_ratio": 1,
    "customer_large_14d": 1,
    "customer_large_1d": 1,
    "terminal_odd_7d": 1,
    "terminal_odd_28d": 1,
    "terminal_odd_share_7d": 1,
    "terminal_odd_first_28d": 0,
    "terminal_odd_last": 0,
    "terminal_streak_odd": 1,
    "terminal_good_age": 1,
    "terminal_newest_is_fraud": 1,
}


def steady() -> Classifier:
    """Boosting on few features in sensible directions: it ranks well where there is little to see.

    scikit-learn's defaults are bad for one fraud in a hundred rows; leaves of 50 rows are what matters most.
    """
    found: Classifier = HistGradientBoostingClassifier(
        max_iter=100,
        max_leaf_nodes=15,
        learning_rate=0.05,
        min_samples_leaf=50,
        l2_regularization=5.0,
        early_stopping=False,
        monotonic_cst=list(STEADY.values()),
        random_state=0,
    )
    return found


def keen() -> Classifier:
    """The book's forest on all features: it ranks best where there is much to see."""
    found: Classifier = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=_MISSING, keep_empty_features=True), forest()
    )
    return found


@dataclass(frozen=True, slots=True)
class Member:
    """One model of ours: how many days it learns from, and which columns it sees (none named: all).

    Below `floor` its probability says nothing: a forest's votes are noise there, and drown what the others know.
    """

    make: Callable[[], Classifier]
    train_days: int
    columns: tuple[str, ...] = ()
    floor: float = 0.0


OURS: Sequence[Member] = (
    Member(keen, train_days=7, floor=0.05),
    Member(steady, train_days=28, columns=tuple(STEADY)),
)


def score(model: Classifier, train: Floats, frauds: NDArray[Any], test: Floats) -> Floats:
    """Fit, and the probability of fraud of each test row."""
    model.fit(train, frauds)
    found: Floats = model.predict_proba(test)[:, 1]
    return found
