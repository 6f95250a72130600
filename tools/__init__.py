"""Setting up and starting Till. What runs before the virtual environment uses the stdlib only."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
PYTHON = ROOT / ".venv" / "bin" / "python"


class CannotStart(Exception):
    """One clear line for the person at the terminal: what is wrong and what to do about it."""
