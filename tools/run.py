"""`make run`: from a fresh checkout to a shop that takes test payments, with one command.

Environment, secrets, ports, Redis, migrations, demo merchant, processes, health, and only then the
banner. Everything is kept under .venv and var/; nothing else on the machine is touched.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import IO

from tools import (
    PYTHON,
    ROOT,
    VAR,
    CannotStart,
    banner,
    environment,
    keys,
    programs,
    redis_server,
    settings,
)
from tools.console import Console
from tools.supervisor import Supervisor

COMMAND_TIMEOUT_S = 120


def main() -> int:
    os.chdir(ROOT)
    os.umask(0o077)  # what we write is for this user alone
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    try:
        if arguments.clean:
            return clean()
        environment.ensure("run")
        return only(arguments.only) if arguments.only else run()
    except CannotStart as problem:
        print(f"{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument(
        "--only", metavar="COMMAND", nargs="+", help="run these flask commands, then stop"
    )
    parser.add_argument("--clean", action="store_true", help="remove var/")
    return parser.parse_args()


def run() -> int:
    started = time.monotonic()
    with _only_one():
        addresses = settings.choose_addresses()
        known = keys.load()
        redis = redis_server.find()
        app = settings.of_app(addresses, known, redis.url)
        is_new = settings.is_new_database(app, known)
        flask(app, "migrate")
        if is_new:
            known = seed(app, known) if addresses.sandbox else settings.without_demo(known)
        console = Console(VAR / "log")
        supervisor = Supervisor(programs.needed(addresses, known, redis), console)
        supervisor.install_signals()
        try:
            supervisor.start()
            if not supervisor.is_stopping:
                facts = banner.Facts(
                    addresses=addresses,
                    keys=known,
                    redis=redis.named,
                    database=app.get("DB_URI", "as DB_URI_FILE says"),
                    seconds=time.monotonic() - started,
                )
                keys.write_private(VAR / "demo.json", banner.demo(facts))
                print(banner.text(facts), flush=True)
                console.shown = True
                supervisor.watch()
        finally:
            console.shown = False
            print("\nStopping …", flush=True)
            supervisor.stop()
    print("Stopped.")
    return 0


def _only_one() -> IO[str]:
    """Hold var/lock for as long as we run; the kernel lets go of it whatever happens to us."""
    lock = (VAR / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        demo = VAR / "demo.json"
        where = f" at {json.loads(demo.read_text())['app_url']}" if demo.exists() else ""
        raise CannotStart(f"Till already runs from this checkout{where}.") from None
    return lock


def seed(app: dict[str, str], known: dict[str, str]) -> dict[str, str]:
    """The demo. Its API key is shown once, so it is kept beside the other secrets; the passwords are ours."""
    passwords = {name: user["password"] for name, user in keys.users(known).items()}
    made = json.loads(flask(app, "seed", "--json", "--passwords", "-", told=json.dumps(passwords)))
    complete = {
        **known,
        "API_KEY": made["api_key"],
        "PAYMENT_LINK_URL": made["payment_link_url"],
        "INDIA_LINK_URL": made["india_link_url"],
        "SEEDED": settings.fingerprint(app),
    }
    keys.save(complete)
    return complete


def flask(app: dict[str, str], *command: str, told: str = "") -> str:
    """The output of one of our own commands, or a clear end. `told` is what it can read."""
    outcome = subprocess.run(
        [str(PYTHON), "-m", "flask", "--app", "wsgi", *command],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env=app,
        input=told,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
    )
    if outcome.returncode != 0:
        raise CannotStart(f"{outcome.stderr.strip()}\n`flask {' '.join(command)}` failed.")
    return outcome.stdout


def only(commands: list[str]) -> int:
    """Flask commands, with the environment that `make run` would give them."""
    app = settings.of_app(settings.last_addresses(), keys.load(), redis_server.find().url)
    if "seed" in commands:
        flask(app, "migrate")
    for command in commands:
        words = [str(PYTHON), "-m", "flask", "--app", "wsgi", command]
        status = subprocess.run(words, check=False, cwd=ROOT, env=app).returncode
        if status != 0:
            return status
    return 0


def clean() -> int:
    if not VAR.exists():
        return 0
    with _only_one():
        shutil.rmtree(VAR)
    print("var/ is gone; the next `make run` starts afresh.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
