"""Training: rows in; a model, its flat export, figures and card out. The same rows give the same model."""

from __future__ import annotations

import hashlib
import io
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from risk import features, scale
from risk.facts import VERSION as FACTS_VERSION
from risk.training import card, compare, drift, evaluate
from risk.training.artefact import Artefact
from risk.training.calibration import TurnedAround
from risk.training.evaluate import Scored
from risk.training.export import Bundle, agree, flat_text
from risk.training.fit import (
    DAY_MS,
    Fitted,
    Report,
    Settings,
    TooLittle,
    calibrating,
    fit,
    silent,
)
from risk.training.rows import BEFORE, Example, Known, Row, closed, example
from risk.trees import Flat, sigmoid

# How many rows of the training are walked by both to prove that they agree.
SAMPLE = 1_000
# Rows that the reference for drift is taken from, evenly over the time.
_REFERENCE = 20_000


def train(
    rows: Iterable[Row],
    *,
    now_ms: int,
    name: str,
    settings: Settings | None = None,
    report: Report = silent,
    source: str = "",
) -> Artefact:
    """Learn from what is known at `now_ms`. TooLittle when that is not enough, Disagreement when the export is wrong.

    `source` is a sentence for the card: where the rows come from.
    """
    settings = settings or Settings()
    examples = []
    for number, row in enumerate(rows, 1):
        examples.append(example(row))
        if number % 5_000 == 0:
            report("rows", number, 0)
    report("rows", len(examples), len(examples))
    quiet_ms = settings.quiet_days * DAY_MS
    final = fit(closed(examples, as_of_ms=now_ms, quiet_ms=quiet_ms), settings, report=report)
    backtest = _backtest(examples, now_ms, settings, report)
    metrics = {
        "trained_ms": now_ms,
        "source": source,
        "rows": _counts(examples, final),
        "backtest": backtest,
        "calibration": _calibration(final),
        "settings": settings.to_json(),
        "versions": versions(),
    }
    return _artefact(final, metrics, name=name, report=report)


def versions() -> dict[str, str]:
    """What a joblib file depends on: it is loaded by the same versions only."""
    found = {one: version(one) for one in ("scikit-learn", "numpy", "joblib")}
    return {"python": platform.python_version(), **found, "features": str(features.VERSION),
            "facts": str(FACTS_VERSION)}  # fmt: skip


def _artefact(final: Fitted, metrics: dict[str, Any], *, name: str, report: Report) -> Artefact:
    made = {key: metrics[key] for key in ("trained_ms", "source", "rows", "settings", "versions")}
    sample = _evenly(final.training + final.held_out, _REFERENCE)
    xs = [list(one.example.x) for one in sample]
    empty = Flat.read(flat_text(final.bundle, name=name, made=made, reference={}))
    looked_at = [list(one.example.x) for one in sample if one.example.moment == BEFORE]
    scores = [scale.score(empty.probability(x)) for x in looked_at]
    reference = drift.reference(looked_at, scores)
    text = flat_text(final.bundle, name=name, made=made, reference=reference)
    flat = Flat.read(text)
    report("agreement", 0, SAMPLE)
    metrics["agreement_rows"] = agree(final.bundle, flat, xs[:: max(1, len(xs) // SAMPLE)])
    report("agreement", SAMPLE, SAMPLE)
    joblib_bytes = dumped(final.bundle)
    metrics["sha256"] = hashlib.sha256(joblib_bytes).hexdigest()
    metrics["flat_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    return Artefact(joblib_bytes, text, card.markdown(flat, metrics), metrics)


def dumped(bundle: Bundle) -> bytes:
    """The artefact of record."""
    import joblib

    buffer = io.BytesIO()
    joblib.dump(bundle, buffer, compress=("zlib", 6))
    return buffer.getvalue()


def _evenly(known: Sequence[Known], most: int) -> Sequence[Known]:
    return known[:: max(1, -(-len(known) // most))]


def _counts(examples: Sequence[Example], final: Fitted) -> dict[str, Any]:
    used = final.training + final.held_out
    return {
        "given": len(examples),
        "used": len(used),
        "frauds": sum(one.is_fraud for one in used),
        "from_ms": used[0].at_ms,
        "until_ms": used[-1].at_ms,
        "calibrated_from_ms": final.held_out[0].at_ms,
        "labels": _by_source(used),
    }


def _by_source(known: Iterable[Known]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in known:
        for label in one.example.labels:
            counts[label.source] = counts.get(label.source, 0) + 1
    return dict(sorted(counts.items()))


def _calibration(final: Fitted) -> dict[str, Any]:
    """How the newest closed days looked before the line was drawn through them, and after."""
    slope, intercept = final.bundle["slope"], final.bundle["intercept"]
    rows = list(zip(calibrating(final.held_out), final.raw, strict=True))
    before = evaluate.calibration([_scored(one, sigmoid(raw)) for one, raw in rows])
    after = [_scored(one, sigmoid(slope * raw + intercept)) for one, raw in rows]
    return {
        "slope": slope,
        "intercept": intercept,
        "ratio_before": before["ratio"],
        "brier_before": before["brier"],
        **evaluate.calibration(after),
    }


def _scored(one: Known, probability: float) -> Scored:
    row = one.example
    return Scored(probability, one.is_fraud, row.currency, row.amount_minor, one.weight)


def _backtest(
    examples: Sequence[Example], now_ms: int, settings: Settings, report: Report
) -> dict[str, Any]:
    """What a model trained in the past, with what was known then, says of the days after it. Or why there is none."""
    quiet_ms = settings.quiet_days * DAY_MS
    now_closed = closed(examples, as_of_ms=now_ms, quiet_ms=quiet_ms)
    start_ms = now_closed[-1].at_ms - settings.test_days * DAY_MS
    tested = [one for one in now_closed if one.at_ms > start_ms]
    then_closed = closed(examples, as_of_ms=start_ms, quiet_ms=quiet_ms)
    try:
        past = fit(then_closed, settings, report=report, stage="backtest")
    except (TooLittle, TurnedAround) as error:
        return {"why_not": str(error)}
    flat = Flat.read(flat_text(past.bundle, name="backtest", made={}, reference={}))
    scored = compare.score(flat, tested)
    return {
        "trained_until_ms": then_closed[-1].at_ms,
        "from_ms": start_ms,
        "until_ms": tested[-1].at_ms,
        **evaluate.metrics(scored),
    }
