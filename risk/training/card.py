"""The model card: what a model was made from, how good it is known to be, and what it cannot do, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from risk import features
from risk.magnitude import in_words
from risk.training.plot import calibration_svg, in_percent
from risk.trees import Flat

_LIMITS = """
- It ranks attempts by how much they resemble fraud that was reported. Fraud that nobody reports, it does not learn.
- It knows the payments that were let through. What was blocked has no outcome, but for the few drawn to go on.
- It ages: thieves change what they do. Watch the drift, and compare it with a newer one in shadow.
- On real card traffic, an average precision near 0.1 is usual. Figures from simulated payments, published ones
  included, are far higher and promise nothing.
- A score is a reason to look or to ask for 3-D Secure. It is no proof against a person.
""".strip()


def markdown(flat: Flat, metrics: Mapping[str, Any], *, plot: str | None = None) -> str:
    """The card. `plot`: where the calibration plot lies; without it, it stands in the card itself."""
    return "\n\n".join(_sections(flat, metrics, plot)) + "\n"


def _sections(flat: Flat, metrics: Mapping[str, Any], plot: str | None) -> Iterator[str]:
    rows, backtest = metrics["rows"], metrics["backtest"]
    yield f"# {flat.name}"
    if metrics["source"]:
        yield metrics["source"]
    yield "## What it was made from"
    yield _table(
        ("", ""),
        (
            ("Trained", day(metrics["trained_ms"])),
            ("Attempts from", f"{day(rows['from_ms'])} to {day(rows['until_ms'])}"),
            ("Looks given, learnt from", f"{rows['given']:,}, {rows['used']:,}"),
            ("Of them fraud", f"{rows['frauds']:,} ({in_percent(rows['frauds'] / rows['used'])})"),
            ("Labels", ", ".join(f"{k} {v:,}" for k, v in rows["labels"].items())),
            ("Features", f"{len(features.NAMES)}, version {flat.features_version}"),
            ("Trees", f"{len(flat.trees)}, at most {metrics['settings']['leaves']} leaves each"),
            ("Made with", ", ".join(f"{k} {v}" for k, v in metrics["versions"].items())),
        ),
    )
    yield "## How good it is known to be"
    yield from _ranking(backtest)
    yield "## Whether its probabilities are frequencies"
    yield from _calibration(metrics, plot)
    yield "## What it goes by"
    yield _table(("Feature", "Family", "Share of the splits"), _most_used(flat))
    yield "## What it cannot do"
    yield _LIMITS


def _ranking(backtest: Mapping[str, Any]) -> Iterator[str]:
    if "why_not" in backtest:
        yield f"Nothing is known yet. A backtest was not possible: {backtest['why_not']} Let it run in shadow first."
        return
    yield (
        f"Backtest: a model of the same settings, made from what was known on {day(backtest['from_ms'])} "
        f"(attempts until {day(backtest['trained_until_ms'])}), scored the attempts from then to "
        f"{day(backtest['until_ms'])}: {backtest['rows']:,}, of them {backtest['frauds']:,} fraud."
    )
    rate = backtest["frauds"] / backtest["rows"]
    yield _table(
        ("Figure", "Value"),
        (
            ("Average precision", f"{_number(backtest['average_precision'])} (chance: {rate:.3f})"),
            ("Area under the ROC curve", _number(backtest["auc"])),
            *(
                (
                    f"Stopping the highest {in_percent(one['budget'])}",
                    f"recall {_number(one['recall'])}, precision {_number(one['precision'])}",
                )
                for one in backtest["within"]
            ),
        ),
    )
    yield _table(
        ("Currency", "Fraud", "Caught within the larger budget", "Good money stopped"),
        (
            (code, *(in_words(m[key], code) for key in ("fraud_minor", "caught_minor", "good_stopped_minor")))
            for code, m in backtest["within"][-1]["money"].items()
        ),
    )  # fmt: skip


def _calibration(metrics: Mapping[str, Any], plot: str | None) -> Iterator[str]:
    held, backtest = metrics["calibration"], metrics["backtest"]
    tested = "why_not" not in backtest
    shown = backtest["calibration"] if tested else held
    yield (
        f"A line through the trees' log-odds (slope {held['slope']:.3f}, intercept {held['intercept']:.3f}) was fitted "
        f"on the newest closed days, which the trees have not seen: mean probability over rate of fraud "
        f"{_number(held['ratio_before'])} before, {_number(held['ratio'])} after; Brier score "
        f"{held['brier_before']:.5f} before, {held['brier']:.5f} after."
    )
    if tested:
        yield (
            f"On the days of the backtest: ratio {_number(shown['ratio'])}, Brier score {shown['brier']:.5f}."
        )
    title = "Told probability against the share of fraud"
    yield f"![{title}]({plot})" if plot else calibration_svg(shown["bins"], title)
    yield _table(
        ("Attempts", "Mean told probability", "Share of fraud"),
        (
            (f"{one['rows']:,}", in_percent(one["mean_probability"]), in_percent(one["fraud_rate"]))
            for one in shown["bins"]
        ),
    )


def _most_used(flat: Flat, most: int = 12) -> Iterator[tuple[str, str, str]]:
    counts: dict[int, int] = {}
    for tree in flat.trees:
        for node in tree:
            if node.feature >= 0:
                counts[node.feature] = counts.get(node.feature, 0) + 1
    whole = sum(counts.values())
    for at, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:most]:
        name = features.NAMES[at]
        yield features.MEANING[name], features.FAMILIES[name], in_percent(count / whole)


def _table(head: Sequence[str], rows: Any) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"


def day(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d}"
