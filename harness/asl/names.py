"""The names that Step Functions and JSONata know: functions, intrinsics, errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _table() -> Mapping[str, Any]:
    return json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))


@cache
def names(kind: str) -> frozenset[str]:
    """Return the names of one kind of `names.json`, where each kind has the page that lists it."""
    return frozenset(_table()[kind]["names"])


def intrinsic_arguments(name: str) -> tuple[int, int | None]:
    """Return how many arguments an intrinsic function takes: at least, and at most (None: as many as one likes)."""
    low, high = _table()["intrinsics"]["names"][name]
    return low, high
