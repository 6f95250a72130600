"""What a web worker must not carry: the libraries that train models cost 160 MB and a second, and can run anything."""

import os
import subprocess
import sys
from pathlib import Path

from tools.migrations import NEUTRAL

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "scipy", "sklearn", "joblib", "pandas", "pickle5")
PROGRAM = f"""
import sys
from wsgi import app
app.test_client().get("/healthz")
from app.screening import force
force.shipped()
print(*(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_a_web_worker_scores_without_the_libraries_that_train() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        check=False,
        cwd=ROOT,
        env={**os.environ, **NEUTRAL},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
