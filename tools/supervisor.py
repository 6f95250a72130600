"""Start programs in order, restart the one that dies, stop every process they made.

Ours and not a library's: a shell-style runner stops all when one stops, and knows neither order nor
readiness. Each program leads a session of its own, so that its children can be found and ended.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tools import ROOT, CannotStart
from tools.console import Console

POLL_S = 0.2
START_TIMEOUT_S = 120
STOP_TIMEOUT_S = 6
HURRY_AFTER_S = 0.5
FIRST_PAUSE_S = 0.5  # doubled with each death
MAX_DEATHS = 5
DEATHS_WINDOW_S = 60  # so many deaths within this long, and we give up


@dataclass
class Program:
    """One process to keep alive; `stage` says in which group it starts (and, reversed, stops)."""

    name: str
    command: list[str]
    env: dict[str, str]
    stage: int
    is_ready: Callable[[], bool] = lambda: True
    process: subprocess.Popen[bytes] | None = None
    sessions: set[int] = field(default_factory=set)
    deaths: deque[float] = field(default_factory=deque)
    start_again_at: float = 0.0

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    def __init__(self, programs: list[Program], console: Console) -> None:
        self.programs = programs
        self.console = console
        self.asked_to_stop_at = 0.0
        self.is_in_a_hurry = False
        self._make = Make.above_us()

    def install_signals(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        # Only plain assignments: a lock that the interrupted code holds would never be released.
        now = time.monotonic()
        self.asked_to_stop_at = self.asked_to_stop_at or now
        # One Ctrl-C may arrive twice, from the terminal and through make; a later one is in earnest.
        self.is_in_a_hurry = now - self.asked_to_stop_at > HURRY_AFTER_S

    @property
    def is_stopping(self) -> bool:
        return bool(self.asked_to_stop_at)

    def start(self) -> None:
        """Start stage after stage; the next one begins when all of this one are ready."""
        for stage in sorted({program.stage for program in self.programs}):
            batch = [program for program in self.programs if program.stage == stage]
            for program in batch:
                self._spawn(program)
            self._wait_until_ready(batch)

    def watch(self) -> None:
        """Keep everything alive until we are asked to stop."""
        while not self.is_stopping:
            self._revive()
            time.sleep(POLL_S)
            if self._make and self._make.wants_to_end():
                return

    def stop(self) -> None:
        """Ask in reverse order, wait, and end whatever is still there, grandchildren too."""
        for stage in sorted({program.stage for program in self.programs}, reverse=True):
            batch = [program for program in self.programs if program.stage == stage]
            for program in filter(Program.is_running, batch):
                program.process.terminate()  # type: ignore[union-attr]
            deadline = time.monotonic() + STOP_TIMEOUT_S
            while any(map(Program.is_running, batch)) and time.monotonic() < deadline:
                if self.is_in_a_hurry:
                    break
                time.sleep(0.05)
            self._kill(batch)

    def _spawn(self, program: Program) -> None:
        # Should we be killed, the kernel tells our children (setpriv is part of every Debian).
        with_us = [shutil.which("setpriv") or "", "--pdeathsig", "TERM", "--"]
        program.process = subprocess.Popen(
            [*(with_us if with_us[0] else []), *program.command],
            cwd=ROOT,
            env=program.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        program.sessions.add(program.process.pid)
        self.console.follow(program.name, program.process)

    def _wait_until_ready(self, batch: list[Program]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        waiting = list(batch)
        while waiting and not self.is_stopping:
            self._revive()
            time.sleep(0.05)
            waiting = [program for program in waiting if not program.is_ready()]
            if waiting and time.monotonic() > deadline:
                raise CannotStart(self.console.story(waiting[0].name, "does not become ready"))

    def _revive(self) -> None:
        """Start the dead again, each time after a longer pause; give up when it is hopeless."""
        now = time.monotonic()
        for program in self.programs:
            if program.process is None or program.is_running():
                continue
            if not program.start_again_at:
                self._note_death(program, now)
            elif now >= program.start_again_at:
                program.start_again_at = 0.0
                self._spawn(program)

    def _note_death(self, program: Program, now: float) -> None:
        self._kill([program])
        program.deaths.append(now)
        while program.deaths[0] < now - DEATHS_WINDOW_S:
            program.deaths.popleft()
        code = program.process.returncode if program.process else 0
        if len(program.deaths) >= MAX_DEATHS:
            told = f"stopped {MAX_DEATHS} times within {DEATHS_WINDOW_S} s (exit status {code})"
            raise CannotStart(self.console.story(program.name, told))
        pause = FIRST_PAUSE_S * 2 ** (len(program.deaths) - 1)
        program.start_again_at = now + pause
        self.console.say(f"{program.name} stopped (exit status {code}); again in {pause:.1f} s")

    def _kill(self, batch: list[Program]) -> None:
        """End what is left of these programs, and see it gone."""
        sessions = set().union(*(program.sessions for program in batch))
        while left := processes_in(sessions):
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for program in batch:
                if program.process is not None:
                    program.process.poll()
            time.sleep(0.01)


class Make:
    """The `make` that started us. It passes SIGTERM on, but not SIGINT, and cannot pass SIGKILL."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._catches_interrupts = self._catches(signal.SIGINT)

    @classmethod
    def above_us(cls) -> Make | None:
        parent = os.getppid()
        name = Path(f"/proc/{parent}/comm")
        return cls(parent) if name.exists() and name.read_text().strip() == "make" else None

    def wants_to_end(self) -> bool:
        """An interrupted GNU make stops catching SIGINT, waits for us, and tells us nothing."""
        if os.getppid() != self.pid:
            return True
        return self._catches_interrupts and not self._catches(signal.SIGINT)

    def _catches(self, number: signal.Signals) -> bool:
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return False
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        return bool(caught >> (number - 1) & 1)


def processes_in(sessions: set[int]) -> list[int]:
    """Every living process that belongs to one of these sessions, from /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, _group, session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it ended while we looked
        if int(session) in sessions and state != "Z":
            found.append(int(path.parent.name))
    return found
