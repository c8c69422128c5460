"""Child processes that say when they are ready and die with their parent."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[1]


@contextlib.contextmanager
def child(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """Run `python -m module arguments` while the block runs and give the JSON line with which it said that it is ready.

    The child must call `serve_parent`. It is deaf to the terminal's Ctrl-C, so that its parent can finish what it
    began there. Raises RuntimeError when the child ends before it is ready.
    """
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [sys.executable, "-m", module, *arguments],
        cwd=_ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{module} ended before it was ready, with exit code {process.wait()}.")
        yield json.loads(line)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


def serve_parent(ready: Mapping[str, Any]) -> None:
    """Say to the parent that this process is ready, and end the process as soon as the parent is gone."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    announce(ready)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads further lines: the pipe would fill up and block


def announce(ready: Mapping[str, Any]) -> None:
    """Print the one line that says that this process is ready."""
    print(json.dumps(ready), flush=True)


def _die_with_parent() -> None:
    sys.stdin.buffer.read()  # returns when the parent closed its end, or died
    os._exit(0)  # threads in the midst of a call must not keep the process
