"""What a measurement prints: facts first, then figures, then what the audit found."""

from __future__ import annotations

from typing import Any

from tools.bench import processes, search
from tools.bench.measure import Step

COLUMNS = "offered/s   paid/s  failed       p50       p99  provider  sustained  CPU ms per payment"


def facts(known: dict[str, str]) -> None:
    for name, value in known.items():
        print(f"{name + ':':<22} {value}", flush=True)


def database(name: str, known: dict[str, str]) -> None:
    print(f"\n{name}", flush=True)
    facts(known)


def heading() -> None:
    print(f"\n{COLUMNS}", flush=True)


def step(done: Step) -> None:
    kept_up = "yes" if done.is_sustained(search.P99_BOUND_MS) else "NO"
    spent = {name: ms for name, ms in done.cpu.items() if ms >= 0.01}
    cpu = "  ".join(f"{name} {ms:.2f}" for name, ms in sorted(spent.items(), key=lambda i: -i[1]))
    print(
        f"{done.offered:>9.0f} {done.per_second:>8.0f} {done.sent - done.paid:>7}"
        f" {done.p50:>6.0f} ms {done.p99:>6.0f} ms {done.latency_ms:>6} ms  {kept_up:>9}  {cpu}",
        flush=True,
    )


def result(best: Step | None, slow: Step | None) -> None:
    if best is None:
        print("\nNo rate was sustained.")
        return
    per_core = best.per_second / processes.CORES
    print(
        f"\nSustained: {best.per_second:.0f} payments/s over {best.seconds:.0f} s"
        f" ({per_core:.0f} per core), p50 {best.p50:.0f} ms, p99 {best.p99:.0f} ms."
    )
    if slow is not None:
        print(
            f"With a provider that takes {slow.latency_ms} ms: {slow.per_second:.0f} of"
            f" {slow.offered:.0f}/s, p50 {slow.p50:.0f} ms, p99 {slow.p99:.0f} ms."
        )


def audited(
    answers: list[dict[str, Any]], books: list[dict[str, Any]], findings: list[str]
) -> None:
    told = sum(answer["status"] == 201 for answer in answers)
    print(
        f"Audit: {len(answers)} requests, {told} acknowledged, {len(books)} charges at the provider:"
        f" {'nothing found' if not findings else f'{len(findings)} FINDINGS'}.",
        flush=True,
    )
    for finding in findings:
        print(f"  FOUND {finding}", flush=True)
