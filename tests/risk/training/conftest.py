"""One small simulated shop for all tests of training, full of thieves; silence for 20 days says "good"."""

import pytest

from risk.training.fit import DAY_MS, Settings
from risk.training.rows import closed, example
from risk.training.simulator import START_MS, rows, simulate

DAYS, QUIET_DAYS = 60, 20
NOW_MS = START_MS + DAYS * DAY_MS
SMALL = Settings(trees=10, quiet_days=QUIET_DAYS, test_days=6, least_frauds=5, least_in_leaf=20)


@pytest.fixture(scope="session")
def history():
    """Every row, with all labels that will ever be known."""
    return list(rows(simulate(11, DAYS, per_day=40, quiet_days=QUIET_DAYS, thieves=8)))


@pytest.fixture(scope="session")
def everything_known(history):
    """As if all had been waited for."""
    later = NOW_MS + 365 * DAY_MS
    return closed([example(row) for row in history], as_of_ms=later, quiet_ms=0)
