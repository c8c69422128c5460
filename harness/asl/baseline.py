"""Findings that were there already: written down once, so that only new ones fail."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.asl.output import Result

_VERSION = 1

Key = tuple[str, str, str]  # file, rule and path in the definition: what stays when lines move


class BaselineError(Exception):
    """A baseline that cannot be used; the message is a sentence."""


def write(file: Path, results: Iterable[Result]) -> int:
    """Write a baseline of these findings and return how many they are. Raises BaselineError."""
    counted = Counter(_key(result, file) for result in results)
    findings = [
        {"file": where, "code": code, "path": path, "count": count}
        for (where, code, path), count in sorted(counted.items())
    ]
    try:
        text = json.dumps({"version": _VERSION, "findings": findings}, indent=2, ensure_ascii=False)
        file.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise BaselineError(f"{file} cannot be written: {error.strerror}.") from error
    return counted.total()


def without(file: Path, results: Sequence[Result]) -> list[Result]:
    """Return the findings that a baseline does not hold. Raises BaselineError."""
    known = _read(file)
    new = []
    for result in results:
        key = _key(result, file)
        if known[key] > 0:
            known[key] -= 1
        else:
            new.append(result)
    return new


def _read(file: Path) -> Counter[Key]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        entries = kept["findings"] if kept["version"] == _VERSION else None
        return Counter({(entry["file"], entry["code"], entry["path"]): int(entry["count"]) for entry in entries})
    except OSError as error:
        raise BaselineError(f"{file} cannot be read: {error.strerror}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BaselineError(f"{file} is no baseline: write it anew with --write-baseline.") from error


def _key(result: Result, baseline: Path) -> Key:
    where = result.file if result.file == "-" else os.path.relpath(result.file, baseline.parent)
    return Path(where).as_posix(), result.finding.code, result.finding.path
