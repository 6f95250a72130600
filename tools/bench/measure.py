"""One measurement: so many payments per second for so many seconds, and what came of it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from models import db
from tools import ROOT
from tools.bench import merchant
from tools.bench.load import GRACE_S, Plan
from tools.bench.stack import Stack

PROBE_CONNECTIONS = 24
PROBE_MOST = 1500  # payments per second that a probe can find


@dataclass(frozen=True)
class Step:
    """What one measurement found. Times in ms from the moment a request was due."""

    rate: float
    """Asked for; chance makes it a little more or less that was `offered`."""
    offered: float
    seconds: float
    sent: int
    paid: int
    in_time: int
    p50: float
    p99: float
    latency_ms: int
    cpu: dict[str, float]
    """CPU ms per payment, by program."""

    @property
    def per_second(self) -> float:
        """Payments answered within the measured time, per second of it."""
        return self.in_time / self.seconds

    def is_sustained(self, bound_ms: float) -> bool:
        """Whether the server kept up: 99 % answered in time, and the slowest hundredth not slow."""
        return self.in_time >= 0.99 * self.sent and self.p99 <= bound_ms + self.latency_ms


class Bench:
    """A stack under measurement, with everything that it has acknowledged so far."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.answers: list[dict[str, Any]] = []
        self.latency_ms = 0
        self._runs = 0
        db.remove()  # a session of the database before
        db.connect(stack.db_uri)
        self.api_key = merchant.open_account()

    def set_latency(self, ms: int) -> None:
        """Let the provider think for so long from now on."""
        self.latency_ms = ms
        self.stack.set_latency(ms)

    def open_loop(self, rate: float, seconds: float) -> Step:
        """Payments that arrive at random moments, `rate` per second, however slow the answers are."""
        count = math.ceil(rate * seconds + 6 * math.sqrt(rate * seconds))
        return self._measure(count, rate, seconds)

    def probe(self, seconds: float, *, most: int = 0) -> Step:
        """As fast as it goes with a fixed number of payments in flight: where to begin to look."""
        count = most or math.ceil(seconds * PROBE_MOST)
        return self._measure(count, 0, seconds, in_flight=PROBE_CONNECTIONS)

    def _measure(self, count: int, rate: float, seconds: float, *, in_flight: int = 0) -> Step:
        self._runs += 1
        wanted = merchant.requests(count, run=f"run{self._runs}")
        plan = Plan(
            port=self.stack.web_port,
            api_key=self.api_key,
            seconds=seconds,
            seed=self._runs,
            rate=rate,
            in_flight=in_flight,
            requests=wanted,
        )
        before = self.stack.cpu_seconds()
        answers = self._load(plan)
        after = self.stack.cpu_seconds()
        self.answers += answers
        paid = [a for a in answers if a["status"] == 201]
        slowest = sorted(1000 * answer["latency_s"] for answer in paid) or [math.nan]
        return Step(
            rate=rate,
            offered=len(answers) / seconds,
            seconds=seconds,
            sent=len(answers),
            paid=len(paid),
            in_time=sum(
                a["due_s"] + a["latency_s"] <= seconds + _tail_s(self.latency_ms) for a in paid
            ),
            p50=_percentile(slowest, 50),
            p99=_percentile(slowest, 99),
            latency_ms=self.latency_ms,
            cpu={name: 1000 * (after[name] - before[name]) / max(len(paid), 1) for name in after},
        )

    def _load(self, plan: Plan) -> list[dict[str, Any]]:
        told, heard = self.stack.home / "plan.json", self.stack.home / "answers.json"
        told.write_text(json.dumps(asdict(plan)))
        subprocess.run(
            [sys.executable, "-m", "tools.bench.load", str(told), str(heard)],
            check=True,
            cwd=ROOT,
            timeout=plan.seconds + GRACE_S + 60,
        )
        answers: list[dict[str, Any]] = json.loads(heard.read_text())
        return answers

    def settle(self, seconds: float = 75) -> None:
        """Wait until nothing is under way: no event that waits, no open question (asked about after 30 s)."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(_waiting().values()):
            time.sleep(0.2)


def _tail_s(latency_ms: int) -> float:
    """A payment that arrives in the last moment may take as long as the provider does, and a little more."""
    return latency_ms / 1000 + 0.25


def _waiting() -> dict[str, int]:
    queries = {
        "events": "SELECT count(*) FROM events WHERE done_at IS NULL",
        "attempts": "SELECT count(*) FROM attempts WHERE status IN ('started', 'pending')",
    }
    try:
        with db.engine().connect() as connection:
            return {
                name: int(connection.exec_driver_sql(query).scalar_one())
                for name, query in queries.items()
            }
    finally:
        db.release()


def _percentile(ordered: list[float], percent: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(len(ordered) * percent / 100) - 1)]
