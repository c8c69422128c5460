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


def returned_type(function: str | None) -> str | None:
    """Return what a JSONata function returns if that is always text, a number, or true or false; None otherwise."""
    types = {"text": "text_functions", "a number": "number_functions", "true or false": "boolean_functions"}
    return next((returned for returned, kind in types.items() if function in names(kind)), None)


def intrinsic_arguments(name: str) -> tuple[int, int | None, str]:
    """Return an intrinsic function's arguments: how many at least, at most (None: any number), and the kind of each.

    The kinds are a string of `n` for a number, `l` for a list and `x` for any value.
    """
    low, high, kinds = _table()["intrinsics"]["names"][name]
    return low, high, kinds
