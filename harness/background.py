"""The embedded stack that `make up` leaves running in the background."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import urllib3

from harness.errors import HarnessError
from harness.local import example
from harness.locks import exclusive
from harness.paths import BUILD, ROOT, write_whole
from harness.stack import Stack
from harness.terminal import say

FILE = BUILD / "embedded.json"
PID = BUILD / "embedded.pid"
LOG = BUILD / "embedded.log"
LOCK = BUILD / "embedded.lock"
MODULE = "harness.embedded"
END_SECONDS = 10


def running() -> Stack | None:
    """Return the stack that is running; None when there is none, or only what a dead one left."""
    try:
        stack = Stack(**json.loads(FILE.read_text()))
        response = urllib3.request("GET", f"{stack.endpoint}/_alive", timeout=5, retries=False)
    except FileNotFoundError:
        return None
    except (TypeError, ValueError, AttributeError):
        _ignored(FILE)
        return None
    except (OSError, urllib3.exceptions.HTTPError):
        return None
    return stack if response.status == 200 else None  # another program may have its port by now


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Allow one process at a time to start a stack in this checkout; raises HarnessError in any other one."""
    try:
        lock = exclusive(LOCK, wait=False)
    except BlockingIOError:
        raise HarnessError("Another `make up` is under way: wait for it, or end it.") from None
    with lock:
        yield


def start() -> Stack:
    """Start an embedded AWS that outlives this process, and apply the example to it.

    Raises HarnessError; nothing is left running then.
    """
    stop()
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", MODULE],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        write_whole(PID, str(process.pid))
        line = process.stdout.readline()
        if not line:
            raise HarnessError(f"The embedded AWS did not start: {LOG} says why.")
        endpoint = json.loads(line)["endpoint"]
        with example(endpoint, "upload") as workspace:
            workspace.apply()
            stack = Stack.embedded(endpoint, workspace.output())
        write_whole(FILE, json.dumps(asdict(stack), indent=2) + "\n")
    except BaseException:
        try:
            stop()
        finally:
            process.kill()  # even where its number could not be written
            process.wait()
        raise
    return stack


def _ignored(file: Path) -> None:
    say(f"{file} is damaged and is ignored. An embedded AWS that still runs is a process `{MODULE}`.", error=True)


def stop() -> bool:
    """End what `start` left running and forget it; False when nothing was running."""
    FILE.unlink(missing_ok=True)
    try:
        pid = int(PID.read_text())
    except FileNotFoundError:
        return False
    except (ValueError, OverflowError):
        _ignored(PID)
        pid = 0
    was_running = _is_ours(pid)
    if was_running:
        _end(pid)
    PID.unlink(missing_ok=True)  # only now: until the process is gone, its number is all that leads to it
    return was_running


def _end(pid: int) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, ending)
        if _wait(lambda: not _is_ours(pid)):
            return
    raise HarnessError(f"The embedded AWS does not end: it is process {pid}.")


def _is_ours(pid: int) -> bool:
    """Whether the process is still the embedded AWS: its number may belong to another one by now."""
    return pid > 0 and MODULE in _command(pid)


def _command(pid: int) -> str:
    """Return a process's command line; empty when it is gone, or dead and not yet waited for."""
    if Path("/proc/self/cmdline").exists():  # slim containers have no `ps`, macOS has no /proc
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    arguments = subprocess.run(  # noqa: S603 - no shell
        ["ps", "-o", "stat=,command=", "-p", str(pid)],  # noqa: S607 - wherever the system has it
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    return "" if arguments.startswith("Z") else arguments


def _wait(done: Callable[[], bool]) -> bool:
    end = time.monotonic() + END_SECONDS
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
