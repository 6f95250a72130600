"""What screening costs a payment: the walk of the trees, a whole decision, and one with its history from Redis.

One core, one thread; the ratio to scikit-learn is taken in the same run, so that it holds on other machines too.
"""

from __future__ import annotations

import gc
import itertools
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import redis

from app.screening import force, gather, history
from risk import assess, features
from risk.assess import Setting
from risk.facts import Facts
from risk.past import numbers
from risk.training.simulator import simulate
from tools import ROOT

ATTEMPTS = 3_000
WARM_UP = 200
THEIRS = 300  # scikit-learn takes thirty times as long
BUDGET = {"walk": 25.0, "decision": 200.0, "with Redis": 3_000.0}

Say = Callable[[str], None]


def measure(say: Say) -> None:
    """Measure and print. Needs nothing but this process, and redis-server where there is one."""
    events = simulate(11, 40, per_day=200)
    attempts = [event.facts for event in itertools.islice(events, ATTEMPTS + WARM_UP)]
    model = force.shipped()
    setting = Setting(model=model, model_id=force.SHIPPED)
    rows = [features.vector(facts) for facts in attempts]
    say("")
    walked = _times(rows, model.probability)
    _print(say, "walk", f"walk of {len(model.trees)} trees", walked, at=50)
    theirs = _times(rows[: THEIRS + WARM_UP], _scikit())
    ratio = statistics.median(theirs) / statistics.median(walked)
    say(
        f"  scikit-learn's predict_proba, the same rows: p50 {_at(theirs, 50):.0f} µs, {ratio:.0f} × as long"
    )
    decided = _times(attempts, lambda facts: assess.assess(facts, setting=setting))
    _print(say, "decision", "features, score, policy, reasons", decided, at=99)
    with private_redis() as url:
        if url is None:
            say("  redis-server is not installed: the round trip was not measured")
            return
        redis.Redis.from_url(url).set(history.MARK, "filled")
        history.configure(url)
        seen = _times(attempts, lambda facts: _with_history(facts, setting))
        _print(say, "with Redis", "the same with its history from Redis", seen, at=99)
        history.configure("")


def _with_history(facts: Facts, setting: Setting) -> None:
    this = gather.sighting(facts, f"att_{facts.at_ms}")
    known = replace(facts, past=numbers(history.look(this, timeout_s=5), this))
    assess.assess(known, setting=setting)


def _scikit() -> Callable[[Sequence[float]], Any]:
    import joblib
    import numpy as np

    path = ROOT / "risk" / "artifacts" / "model.joblib"
    found = joblib.load(path)  # shipped with this checkout, and pinned by its manifest
    fitted = found["model"] if isinstance(found, dict) else found
    return lambda row: fitted.predict_proba(np.asarray([row]))


def _times(items: Sequence[Any], act: Callable[[Any], object]) -> list[float]:
    """Microseconds of each act, after a warm-up, with the collector of garbage as it is in production."""
    for item in items[:WARM_UP]:
        act(item)
    gc.collect()
    gc.freeze()
    taken = []
    for item in items[WARM_UP:]:
        started = time.perf_counter_ns()
        act(item)
        taken.append((time.perf_counter_ns() - started) / 1000)
    gc.unfreeze()
    return taken


def _print(say: Say, name: str, what: str, taken: Sequence[float], *, at: int) -> None:
    kept = "kept" if _at(taken, at) <= BUDGET[name] else "MISSED"
    say(
        f"Screening, {what}: p50 {_at(taken, 50):.0f} µs, p99 {_at(taken, 99):.0f} µs"
        f" (budget p{at} {BUDGET[name]:.0f} µs: {kept})"
    )


def _at(taken: Sequence[float], percent: int) -> float:
    return statistics.quantiles(taken, n=100, method="inclusive")[percent - 1]


@contextmanager
def private_redis() -> Iterator[str | None]:
    """A Redis of our own, on a socket; None where there is no redis-server."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="till-bench-") as home:
        socket = Path(home) / "redis.sock"
        command = [
            program,
            "--port",
            "0",
            "--unixsocket",
            str(socket),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        with subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL) as server:
            try:
                for _ in range(100):
                    if socket.exists():
                        break
                    time.sleep(0.05)
                yield f"unix://{socket}?db=0"
            finally:
                server.terminate()
