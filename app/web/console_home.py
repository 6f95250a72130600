"""The first page of the risk console: how it goes, and the switch for when shops are attacked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from app.access import requires
from app.console import arrival, journal, policies, quality, rule_book
from app.errors import AppError, Invalid
from app.web.charts import Chart, Series, count_ticks
from app.web.console_base import blueprint, go, me, page, scope, whole
from app.web.console_policy import until
from app.web.failures import wants_json
from models import Event, Review, clock, db

HOURS = (1, 4, 12, 24, 72)
OUTCOME_WORDS = {
    "allow": "Allowed",
    "challenge": "Asked for 3-D Secure",
    "hold": "Held for review",
    "block": "Blocked",
}
SPOKE_WORDS = {
    "limit": "A limit against card testing",
    "list": "A list",
    "rule": "A rule",
    "model": "The model",
    "failure": "The policy, because there was no score",
    "explored": "The lot, to learn from a would-be block",
    "attack": "The switch “under attack”",
    "answer": "The issuer's answer",
    "analyst": "An analyst, who asked for 3-D Secure",
}


@blueprint.get("/risk")
@requires("risk.read")
def home() -> ResponseReturnValue:
    """How it goes, and the switch."""
    return overview()


@blueprint.post("/risk/attack")
@requires("risk.write")
def attack() -> ResponseReturnValue:
    """Challenge every payment for some hours, or end it."""
    hours = whole(request.form.get("hours"), 0, policies.LONGEST_ATTACK_H)
    try:
        if hours is None:
            raise Invalid("Choose for how many hours.", field="hours")
        policies.under_attack(hours, merchant_id=scope().merchant_id, by=me())
    except AppError as refusal:
        if wants_json():
            raise
        return overview(refusal), refusal.status
    flash(
        f"Under attack: every payment is challenged for {hours} h."
        if hours
        else "The switch is off."
    )
    return go("risk.home")


def overview(error: AppError | None = None) -> str:
    """The page."""
    merchant_id = scope().merchant_id
    window = journal.last_days(merchant_id)
    tallies = quality.tallies(window)
    days = quality.per_day(tallies)
    median_us, p90_us = quality.latencies(window, 50, 90)
    decided = quality.total(days)
    alerts = quality.total(days, quality.ALERTS)
    policy = policies.in_force(merchant_id)
    attacked_ms = policy.policy.under_attack_until_ms
    is_attacked = policy.policy.is_under_attack(int(clock.now().timestamp() * 1000))
    book = rule_book.book(merchant_id)
    return page(
        "home",
        error=error,
        decided=decided,
        alerts=alerts,
        alert_rate=alerts / decided if decided else None,
        waiting=waiting(merchant_id),
        median_us=median_us,
        p90_us=p90_us,
        outcome_chart=outcomes(days),
        spoke=[
            (SPOKE_WORDS.get(who, who), OUTCOME_WORDS[outcome], count)
            for who, outcome, count in quality.who_spoke(tallies)
        ],
        failures=quality.failures(tallies),
        labels=arrival.sources(window),
        hours=HOURS,
        attacked_until=until(attacked_ms) if is_attacked and attacked_ms else None,
        testing=testing(merchant_id),
        policy=policy,
        rules={state: len(lines) for state, lines in book.lines.items()},
        odd=sum(bool(line.odd) for state in ("live", "shadow") for line in book.lines[state]),
    )


def testing(merchant_id: str | None) -> Event | None:
    """The newest alert of card testing in the last 24 hours."""
    asked = select(Event).where(
        Event.type == "payment.card_testing", Event.created_at > clock.now() - timedelta(hours=24)
    )
    if merchant_id is not None:
        asked = asked.where(Event.merchant_id == merchant_id)
    return db.session().scalars(asked.order_by(Event.id.desc()).limit(1)).first()


def waiting(merchant_id: str | None) -> int:
    """Cases that wait for a verdict."""
    asked = select(func.count()).where(Review.closed_at.is_(None), Review.verdict.is_(None))
    if merchant_id is not None:
        asked = asked.where(Review.merchant_id == merchant_id)
    return int(db.session().scalar(asked) or 0)


def outcomes(days: Mapping[str, Mapping[str, int]]) -> Chart:
    """Decisions by day and outcome, what was not simply allowed at the bottom."""
    order = ("block", "hold", "challenge", "allow")
    series = [
        Series(
            OUTCOME_WORDS[one],
            [of.get(one, 0) for of in days.values()],
            [f"{of.get(one, 0):,}" for of in days.values()],
        )
        for one in order
    ]
    return Chart(
        id="outcomes",
        title="Decisions per day",
        description="First looks of each day by their outcome, stacked: blocked, held, asked for 3-D Secure, allowed.",
        labels=[day[5:] for day in days],
        head="Day",
        series=series,
        kind="bars",
        ticks=count_ticks(max((sum(of.values()) for of in days.values()), default=0)),
    )
