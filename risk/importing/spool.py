"""Attempts put into the order of time on disk, a part at a time: exports begin with the newest, and may be large."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from risk.importing.records import Attempt

# Attempts that are sorted in memory at once: about 40 MB.
PART = 20_000


class Spool:
    """Write attempts in any order, then read them once, oldest first. An attempt that was told twice is read once."""

    def __init__(self, folder: Path, *, part: int = PART) -> None:
        self._folder = folder
        self._size = part
        self._waiting: list[tuple[int, str, str, int, str]] = []
        self._parts: list[Path] = []
        self._count = 0

    def add(self, attempt: Attempt) -> None:
        self._count += 1
        line = json.dumps(asdict(attempt), separators=(",", ":"))
        # Of the same attempt told twice, the later word counts: it stands first.
        self._waiting.append((attempt.at_ms, attempt.provider, attempt.ref, -self._count, line))
        if len(self._waiting) >= self._size:
            self._write()

    def __iter__(self) -> Iterator[Attempt]:
        if self._waiting:
            self._write()
        last: tuple[Any, ...] | None = None
        for at_ms, provider, ref, _, line in heapq.merge(*(_read(part) for part in self._parts)):
            if (at_ms, provider, ref) != last:
                last = (at_ms, provider, ref)
                yield Attempt(**json.loads(line))

    def _write(self) -> None:
        part = self._folder / f"{len(self._parts)}.jsonl"
        with part.open("w", encoding="ascii") as file:
            for row in sorted(self._waiting):
                file.write(json.dumps(row) + "\n")
        self._parts.append(part)
        self._waiting = []


def _read(part: Path) -> Iterator[tuple[int, str, str, int, str]]:
    with part.open(encoding="ascii") as file:
        for line in file:
            at_ms, provider, ref, count, told = json.loads(line)
            yield at_ms, provider, ref, count, told
