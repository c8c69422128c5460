"""Locks between processes, each a file; the operating system frees one when its process ends, however that comes."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO


def exclusive(path: Path, wait: bool = True) -> IO[str]:
    """Return the lock of this path, open, which one process at a time can have: it is held until it is closed.

    Raises BlockingIOError where another process has it, unless this one is to wait, and OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        file.close()
        raise
    return file
