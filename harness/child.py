"""Child processes that say when they are ready and die with their parent."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_ROOT = Path(__file__).parents[1]
_PATIENCE_SECONDS = 60


class Child:
    """A process of `python -m module arguments` that ends with the block, or with this process, whatever comes first.

    The module must call `serve_parent`. It is deaf to the terminal's Ctrl-C, so that its parent can finish there what
    it began.
    """

    def __init__(self, module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._ready: dict[str, Any] | None = None
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", module, *arguments],
            cwd=_ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def id(self) -> int:
        """Return the id of the process."""
        return self._process.pid

    def ready(self) -> dict[str, Any]:
        """Wait until the child is ready and return what it reported. Raises RuntimeError when it ended before."""
        with self._lock:
            if self._ready is None:
                line = self._process.stdout.readline()
                if not line:
                    code = self._process.wait()
                    raise RuntimeError(f"{self._module} ended before it was ready, with exit code {code}.")
                self._ready = json.loads(line)
            return self._ready

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End with the block."""
        self.end()

    def end(self) -> None:
        """End the child and wait until it is gone; one that does not notice, since others hold its pipe, is killed."""
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve_parent(ready: Mapping[str, Any]) -> None:
    """Report to the parent that this process is ready, and end the process as soon as the parent is gone."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    with contextlib.suppress(BrokenPipeError):  # the parent is gone already, and the thread ends this process
        announce(ready)


def announce(ready: Mapping[str, Any]) -> None:
    """Print the one line that says that this process is ready."""
    print(json.dumps(ready), flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nobody reads further lines: the pipe would fill up and block


def _die_with_parent() -> None:
    while os.read(sys.stdin.fileno(), 1024):  # empty when the parent closed its end, or died
        pass
    os._exit(0)  # threads in the midst of a call must not keep the process
