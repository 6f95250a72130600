"""Exact reasons for the few attempts that a person looks at: SHAP values of the model that scored them."""

from __future__ import annotations

import logging
import math
from typing import Any

from sqlalchemy import select

from app.payments.find import lock_payment
from app.screening import force
from models import Assessment, Review, db
from risk import features
from risk.facts import Facts
from risk.trees import BadModel

# So many single features are told besides the families.
MOST = 12

_log = logging.getLogger("till.screening")


def explain_held(payment_id: str) -> bool:
    """Work out the exact contributions for the open case of a payment and keep them with it. Twice is once.

    Hundredths of a second of plain Python, which a payment does not wait for. False: there is nothing to explain.
    """
    query = select(Review).where(Review.payment_id == payment_id, Review.closed_at.is_(None))
    review = db.session().scalars(query.order_by(Review.id.desc()).limit(1)).one_or_none()
    if review is None or "shap" in review.details or review.assessment_id is None:
        return False
    decision = db.session().get(Assessment, review.assessment_id)
    told = None if decision is None else explained(decision)
    if told is None:
        return False
    with db.transaction():
        lock_payment(payment_id)
        fresh = db.lock(Review, review.id)
        if fresh is None:
            return False
        db.update(fresh, details={**fresh.details, "shap": told})
    return True


def explained(decision: Assessment) -> dict[str, Any] | None:
    """What moved this decision's score: by family on the calibrated scale, and the strongest single features.

    `families` and `expected` sum to the score's log-odds. None where no model scored it, or its model is not there.
    """
    from risk.training import shap

    if decision.probability is None or decision.model_id is None:
        return None
    try:
        model = force.model(decision.model_id)
    except BadModel as error:
        _log.warning("decision %s cannot be explained: %s", decision.id, error)
        return None
    facts = Facts.from_json(decision.facts)
    row = features.vector(facts)
    moved = shap.explain(model, row)
    values = dict(zip(features.NAMES, row, strict=True))
    return {
        "model_id": decision.model_id,
        "log_odds": model.log_odds(row),
        "expected": model.slope * shap.expected(model) + model.intercept,
        "families": {name: value for name, value in shap.families(model, row).items() if value},
        "features": [
            {
                "name": name,
                "family": features.FAMILIES[name],
                "value": None if math.isnan(values[name]) else values[name],
                "moved": model.slope * value,
            }
            for name, value in list(moved.items())[:MOST]
        ],
    }
