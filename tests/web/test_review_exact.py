"""The bars of a case: estimated at first, exact once a worker has been there."""

import pytest

from app.screening import registry
from models import Review, db
from tests.app.screening.conftest import make, policy, trees

__all__ = ["make", "policy", "trees"]  # fixtures


@pytest.fixture
def case(till, make, policy, monkeypatch):
    registry.promote(registry.register(make(), author="usr_1", origin="journal"), by="usr_1")
    policy(mode="thresholds", challenge_at=0, hold_at=0, block_at=101)
    payment = till.pay()
    assert payment.status == "in_review"
    return f"/review/{db.session().query(Review).one().id}"


def test_the_bars_become_exact(till, staffer, case):
    ana = staffer("analyst")
    assert "Estimated along the paths" in ana.get(case).text
    till.settle()
    shown = ana.get(case).text
    assert "Exact: SHAP values" in shown
    assert "Estimated" not in shown
