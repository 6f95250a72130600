"""What the processes say: each line into a file of its own, and, once shown, onto the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

COLOURS = ("36", "33", "35", "32", "34", "31")
REMEMBERED_LINES = 20
LARGEST_LOG_BYTES = 5_000_000


class Console:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.shown = False
        self.last_lines: dict[str, deque[str]] = {}
        self._lock = threading.Lock()
        self._in_colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ

    def follow(self, name: str, process: subprocess.Popen[bytes]) -> None:
        self.last_lines.setdefault(name, deque(maxlen=REMEMBERED_LINES))
        threading.Thread(target=self._copy, args=(name, process), daemon=True).start()

    def say(self, line: str) -> None:
        self._print("till", line)

    def story(self, name: str, fact: str) -> str:
        """One clear line about a program that failed, after the last lines that it wrote."""
        said = [f"{self._prefix(name)}{line}" for line in self.last_lines.get(name, ())]
        return "\n".join([*said, f"{name} {fact}: see {self._path(name)}"])

    def _copy(self, name: str, process: subprocess.Popen[bytes]) -> None:
        path = self._path(name)
        if path.exists() and path.stat().st_size > LARGEST_LOG_BYTES:
            path.replace(path.with_suffix(".log.1"))
        assert process.stdout is not None
        with path.open("a") as log, process.stdout as stdout:
            for raw in stdout:
                line = raw.decode(errors="replace").rstrip("\n")
                log.write(f"{line}\n")
                log.flush()
                self.last_lines[name].append(line)
                if self.shown:
                    self._print(name, line)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _print(self, name: str, line: str) -> None:
        with self._lock:
            print(f"{self._prefix(name)}{line}", flush=True)

    def _prefix(self, name: str) -> str:
        prefix = f"{name:<13}| "
        if not self._in_colour:
            return prefix
        names = [*self.last_lines, "till"]
        colour = COLOURS[names.index(name) % len(COLOURS)] if name in names else "37"
        return f"\033[{colour}m{prefix}\033[0m"
