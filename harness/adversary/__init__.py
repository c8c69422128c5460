"""The adversary: plays what may happen to documents at random, and holds the outcome against a model of a few lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.adversary.model import violations
from harness.adversary.shrink import shrink
from harness.adversary.stage import Stage
from harness.adversary.story import Operation, draw
from harness.stack import Stack

TOGETHER = 6  # documents of one story
TRIES, SECONDS = 150, 600  # stories that are played to make one smaller, and for how long


@dataclass(frozen=True)
class Found:
    """A story that breaks the model, and what is wrong about it."""

    seed: int
    documents: int
    story: Sequence[Operation]
    sentences: Sequence[str]


def attack(
    stack: Stack,
    seed: int,
    documents: int,
    together: int = TOGETHER,
    played: Callable[[int, int], None] = lambda _seed, _runs: None,
) -> Found | None:
    """Play stories of `together` documents until `documents` were through; return the first that breaks the model.

    The stack is an applied one in an embedded AWS, Express, and nothing else uses it meanwhile. The first story follows
    from the seed, the next from the one after it, and so on. `played` hears of each: its seed and its starts.
    Raises StandstillError where a story does not go on.
    """
    stage = Stage(stack)
    for number in range(-(-documents // together)):
        story = draw(seed + number, together)
        outcome = stage.play(story)
        if sentences := violations(story, outcome):
            return Found(seed + number, together, story, sentences)
        played(seed + number, len(outcome.starts))
    return None


def smaller(stack: Stack, found: Found, tried: Callable[[int], None]) -> Found:
    """Return the smallest part of a story that still breaks the model, as far as a few minutes suffice.

    `tried` hears after each try how many operations the part has that was tried.
    """
    stage, end = Stage(stack), time.monotonic() + SECONDS
    smallest = found

    def fails(part: list[Operation]) -> bool:
        nonlocal smallest
        if time.monotonic() > end:
            return False
        sentences = violations(part, stage.play(part))
        smallest = replace(found, story=part, sentences=sentences) if sentences else smallest
        tried(len(part))
        return bool(sentences)

    shrink(found.story, fails, TRIES)
    return smallest
