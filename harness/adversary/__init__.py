"""The adversary: plays what may happen to documents at random, and holds the outcome against a model of a few lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.adversary.model import violations
from harness.adversary.shrink import shrink
from harness.adversary.stage import Stage
from harness.adversary.story import Operation, draw
from harness.stack import Stack

TOGETHER = 6  # documents of one story
TRIES = 150  # stories that are played to make one smaller


@dataclass(frozen=True)
class Found:
    """A story that breaks the model, made small, and what is wrong about it."""

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
    tries: int = TRIES,
) -> Found | None:
    """Play stories of `together` documents until `documents` were through; return the first that breaks the model.

    The stack is an applied one in an embedded AWS, Express, and nothing else uses it meanwhile. The first story follows
    from the seed, the next from the one after it, and so on. `played` hears of each: its seed and its starts.
    """
    stage = Stage(stack)

    def sentences(story: list[Operation]) -> list[str]:
        return violations(story, stage.play(story))

    for number in range(-(-documents // together)):
        story = draw(seed + number, together)
        outcome = stage.play(story)
        if violations(story, outcome):
            small = shrink(story, lambda part: bool(sentences(part)), tries)
            return Found(seed + number, together, small, sentences(small) or violations(story, outcome))
        played(seed + number, len(outcome.starts))
    return None
