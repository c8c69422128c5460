"""Packages of npm that tests need and the repository does not keep."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


class Unavailable(Exception):  # noqa: N818 - no error of the caller's
    """The package is not available here; the text is the reason."""


def pack(package: str, version: str, directory: Path) -> Path:
    """Return a package as npm packs it, in `directory`. Raises Unavailable without npm or without its registry."""
    npm = shutil.which("npm")
    if not npm:
        raise Unavailable("there is no npm on PATH")
    directory.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", "--silent", f"{package}@{version}"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command, no shell
            command, cwd=directory, capture_output=True, text=True, check=True, timeout=300
        )
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"npm cannot fetch {package}: {error.stderr.strip().splitlines()[:1]}") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"npm did not fetch {package} in 300 s") from error
    return directory / done.stdout.split()[-1]
