"""The scratch directories of Terraform under build/: each belongs to one process, and none outlives it for good."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from harness.locks import exclusive
from harness.paths import BUILD

DIRECTORY = BUILD / "workspaces"
LOCK = ".owner"
PROCESSES = Path("/proc")  # of Linux; elsewhere a process that was left ends when its calls fail


def create(name: str) -> tuple[Path, IO[str]]:
    """Remove what killed processes left, then return a new directory and its lock.

    The directory is this process's for as long as the lock is open; the system closes it when the process dies.
    """
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    with exclusive(BUILD / "workspaces.lock"):
        remove_abandoned()
        directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=DIRECTORY))
        lock = exclusive(directory / LOCK)
    return directory, lock


def remove_abandoned() -> None:
    """Remove the directories whose process is gone, and end the Terraform and the providers that still run there."""
    found = DIRECTORY.iterdir() if DIRECTORY.is_dir() else ()
    abandoned = [directory for directory in found if directory.is_dir() and not _is_owned(directory)]
    if not abandoned:
        return
    for process, place in _working_directories():
        if any(place.is_relative_to(directory) for directory in abandoned):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
    for directory in abandoned:
        shutil.rmtree(directory, ignore_errors=True)


def _is_owned(directory: Path) -> bool:
    try:
        exclusive(directory / LOCK, wait=False).close()
    except OSError:
        return True
    return False


def _working_directories() -> Iterator[tuple[int, Path]]:
    """Yield each process's number and working directory, as far as the system says."""
    if not PROCESSES.is_dir():
        return
    for process in PROCESSES.iterdir():
        if process.name.isdecimal():
            with contextlib.suppress(OSError):
                yield int(process.name), (process / "cwd").readlink()
