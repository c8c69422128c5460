"""The environment of checkov, which pins libraries that the rest of the harness has in other versions."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from harness.errors import HarnessError
from harness.locks import exclusive
from harness.paths import ROOT

OF_A_CHECKOUT = ROOT / ".venv-policy"  # which `make policy` installs
REQUIREMENTS = ROOT / "requirements" / "policy.txt"
COMPLETE = ".complete"


def checkov() -> Path:
    """Return the executable: a checkout's, else one in the user's cache directory, installed at its first use.

    Raises HarnessError where it cannot be installed.
    """
    if (found := OF_A_CHECKOUT / "bin" / "checkov").exists():
        return found
    return installed(REQUIREMENTS, cache_directory()) / "bin" / "checkov"


def cache_directory() -> Path:
    """Return where this user keeps what can be made again.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if os.path.isabs(named) else Path.home() / ".cache") / "agentcore-harness"


def installed(requirements: Path, cache: Path) -> Path:
    """Return an environment with exactly these pinned requirements, made now unless it is there from before.

    Another version of the requirements, or of Python, has another environment. Raises HarnessError.
    """
    content = requirements.read_bytes() + sys.version.encode()
    environment = cache / f"checkov-{hashlib.sha256(content).hexdigest()[:16]}"
    try:
        with exclusive(environment.with_suffix(".lock")):
            if not (environment / COMPLETE).exists():
                _install(requirements, environment)
    except OSError as error:
        raise HarnessError(f"checkov cannot be installed under {cache}: {error.strerror}.") from error
    return environment


def _install(requirements: Path, environment: Path) -> None:
    print(f"checkov is installed into {environment}, once; this takes a minute.", file=sys.stderr)
    shutil.rmtree(environment, ignore_errors=True)
    python = environment / "bin" / "python"
    pip = (str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    for command in (
        (sys.executable, "-m", "venv", str(environment)),
        (*pip, "--require-hashes", "-r", str(requirements)),
    ):
        process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if process.returncode:
            reason = (process.stderr or process.stdout).strip().splitlines()[-1:] or ["it printed no reason."]
            raise HarnessError(f"checkov cannot be installed into {environment}: {reason[0]}")
    (environment / COMPLETE).touch()
