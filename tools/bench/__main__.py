"""`python -m tools.bench`: measure, print, audit; the exit status is 1 when the audit finds something."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time

from tools import CannotStart
from tools.bench import cluster, limits, processes, report, scoring, search
from tools.bench.audit import audit
from tools.bench.measure import Bench, Step
from tools.bench.stack import Stack, running

PROVIDER_MS = 300


def main() -> int:
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    arguments = _arguments()
    processes.share_cores()
    report.facts(processes.machine())
    started = time.monotonic()
    findings = 0
    try:
        if arguments.limits:
            limits.measure(print)
            return 0
        scoring.measure(print)
        if arguments.scoring:
            return 0
        for database in arguments.database:
            findings += _run(database, arguments)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(f"\n{time.monotonic() - started:.0f} s in all, {findings} audit findings.")
    return 1 if findings else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about 30 s; for a first look")
    parser.add_argument("--scoring", action="store_true", help="only the latency of screening")
    parser.add_argument("--limits", action="store_true", help="only the cost of providers' limits")
    parser.add_argument(
        "--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"]
    )
    parser.add_argument(
        "--rates", nargs="+", type=float, metavar="R", help="measure these instead of searching"
    )
    parser.add_argument("--seconds", type=float, help="how long each of --rates takes", default=10)
    parser.add_argument(
        "--latency", type=int, help="the provider's time in ms, with --rates", default=0
    )
    return parser.parse_args()


def _run(database: str, arguments: argparse.Namespace) -> int:
    with running(database) as stack:
        report.database(database, _facts(stack))
        bench = Bench(stack)
        if arguments.rates:
            _rates(bench, arguments)
        else:
            _search(bench, search.QUICK if arguments.quick else search.FULL)
        bench.settle()
        books = [json.loads(line) for line in stack.books().splitlines()]
        findings = audit(bench.answers, books)
        report.audited(bench.answers, books, findings)
    return len(findings)


def _facts(stack: Stack) -> dict[str, str]:
    disk = {"8 kB made durable in": f"{processes.fsync_ms(stack.home):.2f} ms (median fsync)"}
    if stack.database == "postgresql":
        return {**cluster.facts(stack.home / "postgresql"), **disk}
    return {"journal": "WAL, synchronous=FULL", **disk}


def _rates(bench: Bench, arguments: argparse.Namespace) -> None:
    report.heading()
    bench.probe(2)
    bench.set_latency(arguments.latency)
    for rate in arguments.rates:
        report.step(bench.open_loop(rate, arguments.seconds))


def _search(bench: Bench, size: search.Size) -> None:
    report.heading()
    best = search.highest(bench, size, report.step)
    slow: Step | None = None
    if best is not None:
        bench.set_latency(PROVIDER_MS)
        slow = bench.open_loop(best.rate * 0.9, size.slow)
        report.step(slow)
    report.result(best, slow)


if __name__ == "__main__":
    sys.exit(main())
