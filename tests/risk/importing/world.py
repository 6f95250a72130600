"""What the tests bring to an import: the tables that Till itself uses."""

from pathlib import Path

from app.declines import TEXTS
from app.pan import has_pan
from models.money import exponent
from risk.importing import Summary, World, run

SAMPLES = Path(__file__).parent / "samples"

WORLD = World(
    exponent=exponent,
    holds_card=has_pan,
    identities=lambda facts: {
        name: getattr(facts, name) for name in ("card", "email", "ip", "device")
    },
    is_soft=lambda code: code in TEXTS and TEXTS[code].retryable,
)


def read(*files, **options):
    """Everything that some files tell, and the summary."""
    summary = Summary()
    paths = [SAMPLES / file if isinstance(file, str) else file for file in files]
    options = {"merchant_id": "mer_1", "world": WORLD, "summary": summary, **options}
    return {found.provider_ref: found for found in run(paths, **options)}, summary


def told(summary):
    """(file, line, column) of every problem."""
    return [(one.file, one.line, one.column) for one in summary.problems.first]
