"""Lays the variables of a case over those that every case has."""

from collections.abc import Mapping
from typing import Any


def merged(one: Any, other: Any) -> Any:
    """Return one object with another laid over it, however deep; what is no object is replaced."""
    if not (isinstance(one, Mapping) and isinstance(other, Mapping)):
        return other
    return {**one, **{key: merged(one.get(key), value) for key, value in other.items()}}
