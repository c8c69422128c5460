"""Wheels of this checkout, and environments that hold nothing but one and what it asks for."""

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

from harness.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
[BACKEND] = PROJECT["build-system"]["requires"]
CORE = ("botocore", "jsonata-python", "jsonschema")


def run(*command, cwd, path=None, check=True):
    """Run a command without what this environment would lend it; return the finished process."""
    lent = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
    environment = {name: value for name, value in os.environ.items() if name not in lent}
    environment |= {"PYTHONPATH": str(path)} if path else {}
    process = subprocess.run(  # noqa: S603 - our own commands
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert not check or process.returncode == 0, process.stderr
    return process


def built(source, backend, directory):
    options = ("--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", directory, source, cwd=directory, path=backend)
    [file] = directory.glob("*.whl")
    return file


def closure(names):
    """Return the installed distributions that these need, themselves included."""
    found, pending = {}, list(names)
    while pending:
        name = re.split(r"[ ;<>=!~\[(]", pending.pop(), maxsplit=1)[0].lower()
        if name not in found:
            found[name] = importlib.metadata.distribution(name)
            pending += [one for one in found[name].requires or () if "extra ==" not in one and _is_installed(one)]
    return found


def _is_installed(requirement):
    try:
        return bool(importlib.metadata.distribution(re.split(r"[ ;<>=!~\[(]", requirement, maxsplit=1)[0]))
    except importlib.metadata.PackageNotFoundError:
        return False


def environment(wheel, directory):
    """Return an environment with the wheel alone, and the place for what it needs."""
    run(sys.executable, "-m", "venv", "--without-pip", directory, cwd=directory.parent)
    options = ("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    run(
        sys.executable, "-m", "pip", "--python", directory / "bin" / "python", "install", *options, wheel, cwd=directory
    )
    [packages] = directory.glob("lib/python*/site-packages")
    return packages


def link(packages, names):
    """Link the installed packages that these distributions need into an environment."""
    here = Path(sysconfig.get_path("purelib"))
    for distribution in closure(names).values():
        for name in {file.parts[0] for file in distribution.files if file.parts[0] not in ("..", "__pycache__")}:
            if not (packages / name).exists():
                (packages / name).symlink_to(here / name)
