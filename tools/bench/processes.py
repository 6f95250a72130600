"""What a process and its children have cost so far, and what this machine is. Read from /proc."""

from __future__ import annotations

import os
import platform
import statistics
import time
from pathlib import Path

CORES = 2  # every process of a run shares so many, whatever the machine has
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def share_cores() -> list[int]:
    """Keep this process, and all that it starts, on two cores."""
    chosen = sorted(os.sched_getaffinity(0))[:CORES]
    os.sched_setaffinity(0, chosen)
    return chosen


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and everything under it, the dead included."""
    table = _table()
    family, front = set(), [pid]
    while front:
        here = front.pop()
        family.add(here)
        front += [child for child, row in table.items() if row[0] == here and child not in family]
    return sum(sum(table[member][1:]) for member in family if member in table) * _TICK_S


def _table() -> dict[int, tuple[int, int, int, int, int]]:
    """By pid: the parent, and ticks in user and system mode, its own and of children that have ended."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        user, system, dead_user, dead_system = map(int, words[11:15])
        found[int(path.parent.name)] = (int(words[1]), user, system, dead_user, dead_system)
    return found


def machine() -> dict[str, str]:
    """The facts without which a figure means nothing."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = cpuinfo.partition("model name")[2].partition(":")[2].partition("\n")[0].strip()
    busy = Path("/proc/loadavg").read_text().split()[0]
    return {
        "cores": f"{CORES} of {os.cpu_count()}",
        "CPU": model or platform.machine(),
        "Python": platform.python_version(),
        "load before": f"{busy} (what else runs here; 0 is alone)",
    }


def fsync_ms(folder: Path) -> float:
    """What it costs on this disk to make 8 kB durable: the median of 50 tries, in ms."""
    took = []
    path = folder / "fsync"
    with path.open("wb") as file:
        for _ in range(50):
            file.write(b"\0" * 8192)
            file.flush()
            before = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - before) * 1000)
    path.unlink()
    return statistics.median(took)
