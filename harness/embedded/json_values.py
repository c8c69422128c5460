"""JSON values as `json` reads them: which are numbers, and what a path of names and indexes selects."""

import math
import re
from collections.abc import Mapping
from typing import Any

MISSING = object()  # in place of a value that is not there: None is null
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")


def is_number(value: Any) -> bool:
    """Return whether a value is a number: true and false are none, though Python counts with them."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def is_finite(value: Any) -> bool:
    """Return whether a value is a number, and neither infinite nor NaN, which `json` reads too."""
    return is_number(value) and -math.inf < value < math.inf


def is_integer(value: Any) -> bool:
    """Return whether a value is a number that is written without a fraction: 3.0 is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def select(value: Any, path: str) -> Any:
    """Return what a well-formed path such as `$.detail.parts[0]` selects of a value; MISSING where there is nothing."""
    for name, index in _STEP.findall(path):
        if name and isinstance(value, Mapping):
            value = value.get(name, MISSING)
        elif index and isinstance(value, list) and int(index) < len(value):
            value = value[int(index)]
        else:
            return MISSING
    return value
