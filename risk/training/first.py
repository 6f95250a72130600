"""The first model, trained on the simulator, so that a new installation has a score on its first day.

`python -m risk.training.first [DIR]` makes the files of `risk/artifacts` anew: the same code and libraries, the same
flat model (the joblib file also tells with how many threads it was made).
What is trained here is the code's idea of fraud, and the card says so.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from risk import features
from risk.training import card
from risk.training.artefact import Artefact, digest
from risk.training.fit import DAY_MS, Report, silent
from risk.training.plot import calibration_svg
from risk.training.rows import Row
from risk.training.simulator import START_MS, rows, simulate
from risk.training.train import train, versions
from risk.trees import Flat

ARTIFACTS = Path(__file__).parent.parent / "artifacts"
NAME = "first-2026-01"
SEED, DAYS, PER_DAY = 20_260_101, 270, 400
# An end of the simulation: what would be learnt later is not known to the model.
NOW_MS = START_MS + DAYS * DAY_MS
SOURCE = (
    "Trained on Till's own checkout simulator (`risk/training/simulator.py`), not on payments. Its figures say that "
    "the code works; **they say nothing about real traffic**, because the thieves and the features were thought up "
    "together. It is there so that a new installation has an opinion on its first day. Import your own history and "
    "train, or let it run in shadow, before money depends on it."
)


def simulated() -> Iterator[Row]:
    """The rows that the first model was trained on."""
    return rows(simulate(SEED, DAYS, per_day=PER_DAY), until_ms=NOW_MS)


def make(report: Report = silent) -> Artefact:
    return train(simulated(), now_ms=NOW_MS, name=NAME, source=SOURCE, report=report)


def write(artefact: Artefact, folder: Path) -> None:
    """The files and a manifest of their hashes."""
    flat, metrics = Flat.read(artefact.flat_text), artefact.metrics
    backtest = metrics["backtest"]
    shown = metrics["calibration"] if "why_not" in backtest else backtest["calibration"]
    files = {
        "model.joblib": artefact.joblib_bytes,
        "model.json": artefact.flat_text.encode(),
        "model.md": card.markdown(flat, metrics, plot="model.svg").encode(),
        "model.svg": _on_paper(calibration_svg(shown["bins"], f"Calibration of {flat.name}")),
        "metrics.json": (json.dumps(metrics, indent=1, sort_keys=True) + "\n").encode(),
    }
    manifest = {
        "name": flat.name,
        "features_version": features.VERSION,
        "versions": versions(),
        "sha256": {name: digest(data) for name, data in files.items()},
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    text = json.dumps(manifest, indent=2, sort_keys=True) + "\n"
    (folder / "manifest.json").write_text(text)


def _on_paper(svg: str) -> bytes:
    """As a picture of its own it has no page around it whose colours it could take."""
    return svg.replace("<svg ", '<svg style="color:#111;background:#fff" ', 1).encode()


def read(folder: Path = ARTIFACTS) -> Artefact:
    """The shipped files, whose hashes match the manifest; ValueError otherwise. Nothing is unpickled."""
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    files = {name: (folder / name).read_bytes() for name in manifest["sha256"]}
    for name, data in files.items():
        if digest(data) != manifest["sha256"][name]:
            message = f"{name} is not the file that was shipped"
            raise ValueError(message)
    return Artefact(
        files["model.joblib"],
        files["model.json"].decode(),
        files["model.md"].decode(),
        json.loads(files["metrics.json"]),
    )


def _say(stage: str, done: int, of: int) -> None:
    sys.stderr.write(f"{stage} {done}{f' of {of}' if of else ''}\n")


if __name__ == "__main__":
    write(make(_say), Path(sys.argv[1]) if len(sys.argv) > 1 else ARTIFACTS)
