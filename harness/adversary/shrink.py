"""Shrinking: the smallest part of a story that still fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def shrink(story: Sequence[T], fails: Callable[[list[T]], bool], tries: int) -> list[T]:
    """Return a part of `story` that `fails`, of which few parts do; asks so often at most.

    Leaves out halves, then quarters, down to single operations, until nothing more can be left out.
    """
    remaining = list(story)
    size = len(remaining) // 2
    while size:
        shorter, place = False, 0
        while place < len(remaining):
            if not tries:
                return remaining
            tries -= 1
            candidate = remaining[:place] + remaining[place + size :]
            if candidate and fails(candidate):
                remaining, shorter = candidate, True
            else:
                place += size
        size = min(size, len(remaining)) if shorter and size == 1 else size // 2
    return remaining
