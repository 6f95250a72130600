"""A small trained model, made once: real trees with a real export, on a few simulated days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.screening import force
from models import RiskPolicy, db
from models.ids import new_id
from risk import features
from risk.policy import Policy
from risk.training.artefact import Artefact
from risk.training.export import flat_text
from risk.training.simulator import simulate
from risk.training.train import dumped

Make = Callable[..., Artefact]


@pytest.fixture(scope="session")
def trees() -> dict[str, Any]:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    days = list(simulate(3, 4, per_day=150))
    x = np.array([features.vector(event.facts) for event in days])
    x[:, np.isnan(x).all(axis=0)] = (
        0.0  # scikit-learn cannot bin a column of which nothing is known
    )
    y = [event.is_fraud for event in days]
    model = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=8, random_state=1).fit(x, y)
    return {
        "model": model,
        "slope": 1.0,
        "intercept": 0.0,
        "features": list(features.NAMES),
        "features_version": features.VERSION,
    }


@pytest.fixture
def make(trees: dict[str, Any]) -> Make:
    """An artefact as a training hands it over; with another intercept it is another model."""

    def made(name: str = "small", *, intercept: float = 0.0, **metrics: Any) -> Artefact:
        bundle = {**trees, "intercept": intercept}
        metrics = {"rows": {"until_ms": 0}, **metrics}
        text = flat_text(bundle, name=name, made=metrics, reference={})
        return Artefact(dumped(bundle), text, f"# {name}", metrics)

    return made


@pytest.fixture
def policy(till: Any) -> Callable[..., None]:
    """Choose how the merchant of the test wants it, at once."""

    def choose(**settings: Any) -> None:
        chosen = replace(Policy(limits={}), **settings)
        with db.transaction():
            db.insert(
                RiskPolicy(
                    id=new_id("pol"),
                    merchant_id=till.merchant.id,
                    settings=chosen.to_json(),
                    author="test",
                )
            )
        force.forget()

    return choose
