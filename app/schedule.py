"""When a provider that did not answer is asked again, and for how long the same request may be repeated."""

from __future__ import annotations

from datetime import datetime, timedelta

from models import clock

# How long after asking the provider is asked again, while an answer is outstanding; then daily, for 30 days.
SCHEDULE = (
    timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6),
    *(timedelta(days=1),) * 30,
)  # fmt: skip

# For how long the same request with the same key is the same request at every provider: Stripe keeps keys for at
# least 24 hours, PayPal those of payments for 45 days (and orders, which move no money, for 6 hours). A charge for
# which that is too long has a shorter time of its own: `Provider.repeatable`.
REPEATABLE = timedelta(hours=23)

# When a charge is looked at once more that is off because we ask for nothing more: whoever had asked for it a moment
# before, and died, has been answered by then.
ONCE_MORE = timedelta(hours=1)


def once_more() -> datetime:
    """When to look again at what was given up."""
    return clock.now() + ONCE_MORE


def next_check(checks: int) -> datetime | None:
    """When to ask again after `checks` times; None once the schedule is through."""
    return clock.now() + SCHEDULE[checks] if checks < len(SCHEDULE) else None
