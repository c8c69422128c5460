"""Where things are: in a checkout, or in the installed distribution, which carries what the commands need of one."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
IS_CHECKOUT = (_PACKAGE.parent / "pyproject.toml").is_file()
ROOT = _PACKAGE.parent if IS_CHECKOUT else _PACKAGE / "_repository"
BUILD = ROOT / "build" if IS_CHECKOUT else Path.cwd() / "build"
DOCS = ROOT / "docs"
EXAMPLES = ROOT / "examples"
SAMPLES = ROOT / "samples"


def shown(path: Path) -> str:
    """Return a path as a person at the current directory writes it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def write_whole(file: Path, text: str) -> None:
    """Write a file whole or not at all: who reads it meanwhile sees the old one. Raises OSError."""
    draft = file.with_name(f"{file.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
