"""Debian packages: unpacked inside the repository by anybody, installed by root only."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from tools import VAR

if TYPE_CHECKING:
    from pathlib import Path

APT_TIMEOUT_S = 600


def is_there() -> bool:
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def unpack(*packages: str) -> Path | None:
    """Download packages and what they need, and unpack them under var/; nothing is installed.

    Works without root: apt keeps its state where we say. None when that was not possible.
    """
    if not is_there():
        return None
    tree = VAR / "debian" / packages[0]
    done = tree / ".complete"
    if done.exists():
        return tree
    print(f"Unpacking {', '.join(packages)} into {tree.relative_to(VAR.parent)}/ …", flush=True)
    archives = _download(packages)
    if not archives:
        return None
    shutil.rmtree(tree, ignore_errors=True)
    for archive in archives:
        subprocess.run(["dpkg-deb", "-x", archive, tree], check=True)
    done.touch()
    return tree


def _download(packages: tuple[str, ...]) -> list[Path]:
    """With the package lists the machine has; when they are missing or stale, with fresh ones."""
    state = VAR / "debian" / "apt"
    archives = state / "archives"
    shutil.rmtree(archives, ignore_errors=True)
    (archives / "partial").mkdir(parents=True)
    (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    apt = [
        "apt-get", "-qq", "-y",
        "-o", "Debug::NoLocking=true",
        "-o", "APT::Sandbox::User=root",
        "-o", f"Dir::Cache={state}",
    ]  # fmt: skip
    fetch = ["install", "--download-only", "--no-install-recommends", *packages]
    own_lists = ["-o", f"Dir::State::Lists={state / 'lists'}"]
    if not _succeeds([*apt, *fetch]):
        _succeeds([*apt, *own_lists, "update"])
        _succeeds([*apt, *own_lists, *fetch])
    return sorted(archives.glob("*.deb"))


def install(*packages: str, purpose: str) -> bool:
    """Install packages on this machine, which only root can, and say so."""
    if os.geteuid() != 0 or not is_there():
        return False
    print(f"Installing {', '.join(packages)} with apt-get, {purpose} …", flush=True)
    command = ["apt-get", "-qq", "-y", "--no-install-recommends", "install", *packages]
    return _succeeds(command) or (_succeeds(["apt-get", "-qq", "update"]) and _succeeds(command))


def _succeeds(command: list[str]) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    outcome = subprocess.run(
        command,
        check=False,
        env=quiet,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=APT_TIMEOUT_S,
    )
    return outcome.returncode == 0
