"""`python -m risk.benchmark --data DIR`: the published table, and ours beside it."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from risk.benchmark.report import run
from risk.benchmark.table import BadData, day


def main(arguments: list[str] | None = None) -> int:
    """0: it was measured. 1: the data is not there, or is not what it should be."""
    parser = argparse.ArgumentParser(prog="python -m risk.benchmark", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="a file with the raw columns, or a folder of such files",
    )
    parser.add_argument(
        "--train-until",
        metavar="DATE",
        help="last day of training (8 days before the test, unless told)",
    )
    parser.add_argument("--test-from", metavar="DATE", help="score only the days from here on")
    parser.add_argument("--test-days", type=int, default=7, metavar="N", help="so many days (7)")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    try:
        run(
            given.data,
            train_until=day(given.train_until) if given.train_until else None,
            test_from=day(given.test_from) if given.test_from else None,
            test_days=given.test_days,
            say=lambda line: print(line, flush=True),  # noqa: T201 -- a command line prints
        )
    except BadData as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    print(f"Took {time.monotonic() - began:.0f} s.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
