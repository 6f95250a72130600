"""What monitoring reads: how screening fares, as Prometheus text made from the database at each look."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.screening import force, status

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Screening(Collector):
    """Gauges over the last minutes instead of counters: every process would count its own payments only."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        minutes = f"in the last {int(status.WINDOW.total_seconds() // 60)} minutes"
        decisions = GaugeMetricFamily(
            "till_risk_decisions",
            f"Payments screened {minutes}.",
            labels=("outcome", "spoke", "failure"),
        )
        for one in status.recent():
            decisions.add_metric((one.outcome, one.spoke, one.failure or ""), one.count)
        yield decisions
        times = GaugeMetricFamily(
            "till_risk_latency_seconds",
            f"How long screening took {minutes}.",
            labels=("quantile",),
        )
        for quantile, microseconds in status.latency():
            times.add_metric((str(quantile),), microseconds / 1e6)
        yield times
        champion_id, model, _failure = force.champion()
        usable = GaugeMetricFamily(
            "till_risk_model_usable", "1 while the champion can be used.", labels=("model",)
        )
        usable.add_metric((champion_id or "",), int(model is not None))
        yield usable
        reviews = GaugeMetricFamily("till_reviews_open", "Cases that wait for a person.")
        reviews.add_metric((), status.open_reviews())
        yield reviews


def text() -> bytes:
    """Everything, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Screening())
    return generate_latest(registry)
