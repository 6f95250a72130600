"""Analytics: how well decisions are made, by whom, and when that is known; charts with a table twin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import request
from flask.typing import ResponseReturnValue

from app.access import requires
from app.console import analysts, arrival, drifting, quality
from app.console.journal import Window
from app.web.charts import Chart, Series, percent, percent_ticks
from app.web.console_base import blueprint, money, page, scope, whole
from models import clock

LONGEST_DAYS = 366
PRESETS = (7, 30, 90, 365)
DRIFT_WORDS = {"steady": "steady", "watch": "worth a look", "act": "worth a retraining"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The time that somebody wants to see, by days in UTC."""

    first: date
    last: date
    error: str = ""

    @property
    def days(self) -> int:
        """How many days that are."""
        return (self.last - self.first).days + 1


@blueprint.get("/risk/analytics")
@requires("risk.read")
def analytics() -> ResponseReturnValue:
    """Everything about one stretch of time."""
    asked = asked_time()
    window = window_of(asked)
    threshold = whole(request.args.get("at"), 0, 100)
    threshold = 65 if threshold is None else threshold
    cells = quality.cells(window)
    known = quality.known(cells)
    days = quality.per_day(quality.tallies(window))
    curve = quality.curve(cells)
    return page(
        "analytics",
        asked=asked,
        presets=PRESETS,
        threshold=threshold,
        decided=quality.total(days),
        alerts=quality.total(days, quality.ALERTS),
        declines=sum(cell.declined for cell in cells),
        known=known,
        known_alerts=quality.alerts(known),
        alert_chart=alert_rate(asked, days),
        curve_chart=precision_recall(curve, threshold),
        point=curve[threshold],
        stopped=quality.stopped(cells, threshold),
        calibration_chart=calibration(quality.calibration(cells)),
        arrival_chart=label_arrival(arrival.curves(window)),
        sources=arrival.sources(window),
        times=analysts.times(window),
        latency=quality.latencies(window, 50, 90, 99),
        agreement=analysts.agreement(window),
        analysts=analysts.people(window),
        drift=drifting.now(window),
        drift_words=DRIFT_WORDS,
        meaning=drifting.meaning,
        percent=percent,
        span=span,
        shown_money=money,
    ), 422 if asked.error else 200


def asked_time() -> Asked:
    """The days of the address: `from` and `to`, or so many `days` until today."""
    today = clock.now().date()
    days = whole(request.args.get("days"), 1, LONGEST_DAYS) or 30
    usual = Asked(today - timedelta(days=days - 1), today)
    first, last = request.args.get("from", ""), request.args.get("to", "")
    if not first and not last:
        return usual
    try:
        start = date.fromisoformat(first) if first else usual.first
        end = date.fromisoformat(last) if last else today
    except ValueError:
        return Asked(usual.first, usual.last, "Enter days like 2027-01-31.")
    if not date(2000, 1, 1) <= start <= end < date(3000, 1, 1):
        return Asked(usual.first, usual.last, "The first day comes before the last.")
    if (end - start).days >= LONGEST_DAYS:
        return Asked(usual.first, usual.last, f"At most {LONGEST_DAYS} days.")
    return Asked(start, end)


def window_of(asked: Asked) -> Window:
    """Whole days."""
    since = datetime.combine(asked.first, time(), UTC)
    until = datetime.combine(asked.last + timedelta(days=1), time(), UTC)
    return Window(scope().merchant_id, since, until)


def alert_rate(asked: Asked, days: Mapping[str, Mapping[str, int]]) -> Chart:
    """The share of decisions that were not simply allowed, day by day."""
    every = [asked.first + timedelta(days=at) for at in range(asked.days)]
    rates, texts = [], []
    for one in every:
        of = days.get(one.isoformat(), {})
        decided = sum(of.values())
        rates.append((decided - of.get("allow", 0)) / decided if decided else None)
        texts.append(f"{percent(rates[-1])} of {decided:,} decisions")
    most = max((rate for rate in rates if rate is not None), default=0.0)
    return Chart(
        id="alerts",
        title="Alert rate per day",
        description="The share of first looks that ended in 3-D Secure, a hold or a block.",
        labels=[f"{one:%-d %b}" for one in every],
        head="Day",
        series=[Series("alert rate", rates, texts)],
        ticks=percent_ticks(max(most, 0.04)),
    )


def precision_recall(curve: Sequence[quality.Point], threshold: int) -> Chart:
    """Both against the threshold; every second score, so that a point can be hit."""
    shown = [point for point in curve if point.score % 2 == 0]
    return Chart(
        id="curve",
        title="Precision and recall by threshold",
        description=f"Of attempts whose end is known. The upright line is at the threshold of {threshold}.",
        labels=[str(point.score) for point in shown],
        head="Score from",
        x_title="Stopped from this score on",
        series=[
            Series(
                "precision",
                [p.precision for p in shown],
                [f"{percent(p.precision)} ({p.fraud:,} of {p.fraud + p.good:,})" for p in shown],
            ),
            Series(
                "recall",
                [p.recall for p in shown],
                [f"{percent(p.recall)} ({p.fraud:,} frauds)" for p in shown],
            ),
        ],
        ticks=percent_ticks(),
        mark=threshold // 2,
        shown_labels=11,
        empty="No fraud is known of in this time: there is nothing to measure by.",
    )  # fmt: skip


def calibration(bins: Sequence[quality.Bin]) -> Chart:
    """What was expected against what came, by tenths of the scale."""
    most = max([*(one.expected for one in bins), *(one.observed for one in bins), 0.04])
    return Chart(
        id="calibration",
        title="Expected and known share of fraud by score",
        description="Of attempts whose end is known, in bins of the score. The closer the two, the better.",
        labels=[f"{one.low}–{one.high}" for one in bins],
        head="Score",
        x_title="Score",
        series=[
            _shares("expected", [(one.expected, one.count) for one in bins]),
            _shares("known", [(one.observed, one.count) for one in bins]),
        ],
        ticks=percent_ticks(most),
        shown_labels=12,
    )  # fmt: skip


def _shares(name: str, of: Sequence[tuple[float, int]]) -> Series:
    texts = [f"{percent(share, 2)} of {count:,}" for share, count in of]
    return Series(name, [share for share, _count in of], texts)


def label_arrival(curves: Sequence[arrival.Curve]) -> Chart:
    """The share of the labels that had arrived so many days after their attempt."""
    series = []
    for curve in curves:
        shares = [known / curve.total if curve.total else None for known in curve.known]
        name = "fraud" if curve.is_fraud else "good"
        series.append(
            Series(name, shares, [f"{percent(share, 0)} of {curve.total:,}" for share in shares])
        )
    return Chart(
        id="arrival",
        title="How soon labels arrive",
        description="Of the labels that became known in this time: the share known so many days after the attempt.",
        labels=[f"{day}" for day in arrival.MARKS],
        head="Days after",
        x_title="Days after the attempt",
        series=series,
        ticks=percent_ticks(),
        shown_labels=13,
        empty="No label became known in this time.",
    )


def span(seconds: int | None) -> str:
    """A length of time in words."""
    if seconds is None:
        return "–"
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds} s"
