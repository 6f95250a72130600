"""Fraud screening: gather what is known of an attempt, read its history, ask `risk`, and keep the decision.

Reading order: `visitor` (who is at the page) → `gate` (who knocks too often) → `gather` (facts) → `history` (what
happened before: Redis, or the database; `recent`: what is still under way) → `limits` (against card testing) →
`force` (which model, policy, rules and lists speak) → `journal` (what was decided, kept with its facts).
The money path comes in through `app.payments.screen`. Money moves in one place here: `warnings` refunds.
"""

from __future__ import annotations

from app.config import Config
from app.screening import force, history, keys, pace, places, recent, signing


def configure(config: Config) -> None:
    """Take this installation's settings. Once per process, after a fork. Opens no connection yet."""
    keys.configure(config.secret_key)
    signing.configure(config.secret_key)
    places.configure(config.geo_db)
    history.configure(config.redis_url)
    recent.forget_all()
    pace.forget_all()
    force.forget()
