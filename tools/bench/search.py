"""Look for the highest rate that is kept up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tools.bench.measure import Bench, Step

P99_BOUND_MS = 500  # what the slowest hundredth may take, on top of the provider's own time
CLOSE_ENOUGH = 1.06  # between the highest rate that was kept up and the lowest that was not


@dataclass(frozen=True)
class Size:
    """How long everything takes, in seconds."""

    warm_up: float = 3
    probe: float = 4
    step: float = 6
    steps: int = 6
    final: float = 15
    slow: float = 10


QUICK = Size(warm_up=0.5, probe=1.5, step=1.5, steps=2, final=2, slow=2)
FULL = Size()


def highest(bench: Bench, size: Size, tell: Callable[[Step], None]) -> Step | None:
    """The fastest measurement that was sustained, over `size.final` seconds; None when none was."""
    bench.probe(size.warm_up)
    ceiling = bench.probe(size.probe).per_second
    kept, lost, rate = 0.0, 0.0, 0.85 * ceiling
    for _ in range(size.steps):
        step = bench.open_loop(rate, size.step)
        tell(step)
        if step.is_sustained(P99_BOUND_MS):
            kept = rate
        else:
            lost = rate
        if kept and lost and lost / kept < CLOSE_ENOUGH:
            break
        rate = _next(kept, lost)
    while kept > 1:
        final = bench.open_loop(kept, size.final)
        tell(final)
        if final.is_sustained(P99_BOUND_MS):
            return final
        kept *= 0.9
        if kept < 0.5 * ceiling:
            break
    return None


def _next(kept: float, lost: float) -> float:
    if kept and lost:
        return (kept + lost) / 2
    return kept * 1.1 if kept else lost * 0.85
