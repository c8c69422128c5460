"""The names that Step Functions and JSONata know: functions, intrinsics, errors."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path


@cache
def names(kind: str) -> frozenset[str]:
    """Return the names of one kind of `names.json`, where each kind has the page that lists it."""
    text = Path(__file__).with_name("names.json").read_text(encoding="utf-8")
    return frozenset(json.loads(text)[kind]["names"])
