"""The path that a run took through its workflow, as table and picture show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.report.definition import Link, Part, links
from harness.report.visits import BLOCKS, Visit


@dataclass(frozen=True)
class Mark:
    """How a status is shown: a symbol, a word and a colour of the terminal."""

    symbol: str
    word: str
    colour: str


MARKS: Mapping[str, Mark] = {
    "succeeded": Mark("✓", "succeeded", "green"),
    "retried": Mark("↻", "succeeded after a retry", "yellow"),
    "caught": Mark("!", "error caught", "yellow"),
    "deferred": Mark("⏸", "waits to go on", "yellow"),
    "failed": Mark("✗", "failed", "red"),
    "unfinished": Mark("…", "did not end", "magenta"),
    "untaken": Mark("·", "not visited", "bright_black"),
}


@dataclass(frozen=True)
class Path:
    """The visits of one scope by state, and the links that led to them."""

    visits: Mapping[str, list[Visit]]
    links: frozenset[Link]

    def status(self, name: str) -> str:
        """Return the status of a state: of its last visit, `untaken` when there is none."""
        return self.visits[name][-1].status if name in self.visits else "untaken"


def path_through(part: Part, visits: Iterable[Visit]) -> Path:
    """Return the path through one scope of a definition."""
    inside: dict[str, list[Visit]] = {}
    steps = set()
    for visit in visits:
        if visit.name in part["States"]:
            inside.setdefault(visit.name, []).append(visit)
            if visit.came_from:
                steps.add((visit.came_from.name, visit.name))
    return Path(inside, frozenset(link for link in links(part) if (link.source, link.target) in steps))


@dataclass(frozen=True)
class Attempt:
    """One attempt at a block: the visits inside it, and what it failed with, empty when it worked."""

    number: int
    visits: list[Visit]
    error: str | None


def attempts_at(block: Visit, visits: Iterable[Visit]) -> list[Attempt]:
    """Return the attempts at a block; none for other states."""
    if block.type not in BLOCKS:
        return []
    inside = [visit for visit in visits if visit.block is block]
    errors = {failure.attempt: failure.error for failure in block.failures}
    return [
        Attempt(number, [visit for visit in inside if visit.block_attempt == number], errors.get(number))
        for number in range(1, block.attempts + 1)
    ]


def duration(seconds: float | None) -> str:
    """Write a duration for people; empty when it is not known."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def short(name: str) -> str:
    """Return a state's name without the block that it names in front."""
    return name.rpartition(".")[2]
