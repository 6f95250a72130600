"""What monitoring reads: how screening and the providers' limits fare, as Prometheus text made at each look."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from app.payments import standing
from app.screening import force, status
from models import clock

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


class _Providers(Collector):
    """What their limits cost us. Counted in Redis for all processes; without it, this process tells of itself only."""

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        throttled = CounterMetricFamily(
            "till_provider_throttled",
            "Requests that were not sent, to keep below a provider's limits.",
            labels=("provider", "endpoint"),
        )
        refused = CounterMetricFamily(
            "till_provider_429s",
            "Requests that a provider refused as too many.",
            labels=("provider",),
        )
        used = GaugeMetricFamily(
            "till_provider_requests", "Requests sent in the last minute.", labels=("provider",)
        )
        queue = GaugeMetricFamily(
            "till_provider_queue", "What waits for a provider's limits.", labels=("provider",)
        )
        age = GaugeMetricFamily(
            "till_provider_queue_age_seconds",
            "How long the first has waited.",
            labels=("provider",),
        )
        for one in standing.of_all():
            for endpoint, count in one.figures.throttled.items():
                throttled.add_metric((one.provider, endpoint), count)
            refused.add_metric((one.provider,), one.figures.refused)
            used.add_metric((one.provider,), one.figures.used)
            waits, oldest = (one.waiting.count, one.waiting.oldest) if one.waiting else (0, None)
            waited_s = (clock.now() - oldest).total_seconds() if oldest else 0
            queue.add_metric((one.provider,), waits)
            age.add_metric((one.provider,), max(0, waited_s))
        yield from (throttled, refused, used, queue, age)


def text() -> bytes:
    """Everything, in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Screening())
    registry.register(_Providers())
    return generate_latest(registry)
