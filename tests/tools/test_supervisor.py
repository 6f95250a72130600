"""Real processes, real signals: what Ctrl-C must do."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from tools import CannotStart, supervisor
from tools.console import Console
from tools.supervisor import Program, Supervisor

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
STUBBORN = """
    import signal, subprocess, time, os
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(["sleep", "600"], preexec_fn=os.setpgrp)  # as RQ's work horse does
    print("up", flush=True)
    time.sleep(600)
"""


def program(name: str, command: list[str], stage: int = 0, **more: object) -> Program:
    return Program(name, command, dict(os.environ), stage, **more)


@pytest.fixture
def console(tmp_path):
    return Console(tmp_path)


@pytest.fixture
def supervise(console):
    made = []

    def make(*programs: Program) -> Supervisor:
        made.append(Supervisor(list(programs), console))
        return made[-1]

    yield make
    for each in made:
        each.stop()


def said(console: Console, name: str) -> bool:
    return bool(console.last_lines.get(name))


def start_and_watch(running: Supervisor) -> None:
    running.start()
    running.watch()


def test_a_stage_waits_for_the_one_before(supervise, console):
    order = []
    first = program("first", SLEEPER, 0, is_ready=lambda: said(console, "first"))
    second = program(
        "second", SLEEPER, 1, is_ready=lambda: order.append(said(console, "first")) or True
    )
    supervise(second, first).start()
    assert order == [True]


def test_stop_ends_every_process_even_the_deaf_ones_and_their_children(
    supervise, console, monkeypatch
):
    monkeypatch.setattr(supervisor, "STOP_TIMEOUT_S", 0.2)
    deaf = program(
        "deaf",
        [sys.executable, "-c", textwrap.dedent(STUBBORN)],
        is_ready=lambda: said(console, "deaf"),
    )
    running = supervise(deaf, program("polite", SLEEPER))
    running.start()
    sessions = deaf.sessions | running.programs[1].sessions
    assert len(supervisor.processes_in(sessions)) == 3
    running.stop()
    assert supervisor.processes_in(sessions) == []


def test_the_dead_come_back(supervise, monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(supervisor, "POLL_S", 0.01)
    web = program("web", SLEEPER)
    running = supervise(web)
    running.start()
    first = web.process
    first.kill()
    first.wait()
    web.is_ready = lambda: web.process is not first and web.is_running()
    running._wait_until_ready([web])
    assert web.process.pid != first.pid


def test_what_keeps_dying_ends_everything_with_one_clear_line(supervise, monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(supervisor, "POLL_S", 0.01)
    broken = program("broken", [sys.executable, "-c", "print('why'); raise SystemExit(3)"])
    running = supervise(broken)
    with pytest.raises(CannotStart) as failure:
        start_and_watch(running)
    *story, last = str(failure.value).splitlines()
    assert last.startswith("broken stopped 5 times within 60 s (exit status 3): see ")
    assert any("why" in line for line in story)


def test_what_does_not_become_ready_is_named(supervise, monkeypatch):
    monkeypatch.setattr(supervisor, "START_TIMEOUT_S", 0.1)
    with pytest.raises(CannotStart, match="mute does not become ready"):
        supervise(program("mute", SLEEPER, is_ready=lambda: False)).start()


def test_watch_ends_when_asked(supervise):
    running = supervise(program("web", SLEEPER))
    running.start()
    threading.Timer(0.05, running._on_signal, (signal.SIGINT, None)).start()
    running.watch()


def test_one_wish_that_arrives_twice_is_not_two(supervise):
    running = supervise()
    running._on_signal(signal.SIGTERM, None)
    running._on_signal(signal.SIGTERM, None)
    assert running.is_stopping
    assert not running.is_in_a_hurry


def test_whoever_asks_again_is_in_a_hurry(supervise, monkeypatch):
    monkeypatch.setattr(supervisor, "STOP_TIMEOUT_S", 600)
    deaf = program("deaf", [sys.executable, "-c", textwrap.dedent(STUBBORN)])
    running = supervise(deaf)
    deaf.is_ready = lambda: said(running.console, "deaf")
    running.start()
    running._on_signal(signal.SIGINT, None)
    monkeypatch.setattr(supervisor, "HURRY_AFTER_S", -1)
    running._on_signal(signal.SIGINT, None)
    running.stop()
    assert supervisor.processes_in(deaf.sessions) == []


def test_a_line_goes_to_the_log_and_once_shown_to_the_terminal(console, capsys, tmp_path):
    def speak(text: str) -> None:
        process = subprocess.Popen(["echo", text], stdout=subprocess.PIPE)
        console._copy("web", process)
        process.wait()

    console.last_lines["web"] = supervisor.deque()
    speak("before the banner")
    console.shown = True
    speak("after it")
    assert (tmp_path / "web.log").read_text() == "before the banner\nafter it\n"
    assert capsys.readouterr().out == "web          | after it\n"


def all_gone(sessions: set[int]) -> bool:
    deadline = time.monotonic() + 120
    while supervisor.processes_in(sessions) and time.monotonic() < deadline:
        time.sleep(0.02)
    return supervisor.processes_in(sessions) == []


MAKEFILE = "run:\n\t@exec {python} {script}\n"
UNDER_MAKE = """
    import sys, pathlib
    sys.path.insert(0, {root!r})
    from tools.console import Console
    from tools.supervisor import Program, Supervisor
    import os
    web = Program("web", ["sleep", "600"], dict(os.environ), 0)
    running = Supervisor([web], Console(pathlib.Path({folder!r})))
    running.install_signals()
    running.start()
    print(web.process.pid, flush=True)
    running.watch()
    running.stop()
    print("Stopped.", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("to", ["make alone", "its group"])
def test_a_signal_to_make_stops_what_make_started(tmp_path, number, to):
    """`kill -INT` of make alone is the case that GNU make does not pass on."""
    root = str(supervisor.ROOT)
    script = tmp_path / "start.py"
    script.write_text(textwrap.dedent(UNDER_MAKE.format(root=root, folder=str(tmp_path))))
    (tmp_path / "Makefile").write_text(MAKEFILE.format(python=sys.executable, script=script))
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    make = subprocess.Popen(
        ["make", "run"],
        env=outside,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        session = {int(make.stdout.readline())}
        assert supervisor.processes_in(session)
        (os.kill if to == "make alone" else os.killpg)(make.pid, number)
        make.stdout.read()  # until make and ours have gone; our children are told by the kernel
        assert all_gone(session)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(make.pid, signal.SIGKILL)
        make.stdout.close()
        make.wait()
