"""Where the states of a scope are placed in a drawing, and which way the links between them run.

One state a row, in two columns: the main path in the left one, everything else in the right one. A link runs straight
down its column where nothing is between, else through a lane between the columns; all links to one state share a
lane.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.report.definition import Link, Part, links

MAIN, SIDE = 0, 1


@dataclass(frozen=True)
class Layout:
    """States top to bottom, the column of each, the links, and those of them that run straight down."""

    rows: list[str]
    columns: Mapping[str, int]
    links: list[Link]
    straight: frozenset[Link]

    def lanes(self, place: Mapping[str, float]) -> dict[str, int]:
        """Return the lane of each target that links reach through one; `place` is how far down each state is.

        A target gets the first lane that is free along all its links; short ones stay near the main path.
        """
        spans: dict[str, tuple[float, float]] = {}
        for link in self.links:
            if link not in self.straight:
                low, high = spans.get(link.target, (place[link.target],) * 2)
                spans[link.target] = min(low, place[link.source]), max(high, place[link.source])
        lanes: dict[str, int] = {}
        taken: dict[int, list[tuple[float, float]]] = defaultdict(list)
        for target in sorted(spans, key=lambda name: (self.columns[name], spans[name][1] - spans[name][0])):
            low, high = spans[target]
            lane = next(n for n in range(len(spans)) if all(high < begin or end < low for begin, end in taken[n]))
            taken[lane].append((low, high))
            lanes[target] = lane
        return lanes


def arrange(part: Part) -> Layout:
    """Lay out one scope of a definition."""
    ways = [link for link in links(part) if link.source != link.target and link.target in part["States"]]
    rows = _order(part, ways)
    main = _main_path(part, ways, rows)
    columns = {name: MAIN if name in main else SIDE for name in rows}
    return Layout(rows, columns, ways, frozenset(link for link in ways if _is_straight(link, rows, columns)))


def _order(part: Part, ways: Iterable[Link]) -> list[str]:
    """Put every state below those that lead to it, else in the definition's order; a way back counts for nothing."""
    written = {name: position for position, name in enumerate(part["States"])}
    ahead = _ahead(part["StartAt"], ways)
    waiting = dict.fromkeys(written, 0)
    for targets in ahead.values():
        for target in targets:
            waiting[target] += 1
    ready = [(name != part["StartAt"], written[name], name) for name, count in waiting.items() if not count]
    heapq.heapify(ready)
    order = []
    while ready:
        name = heapq.heappop(ready)[-1]
        order.append(name)
        for target in ahead[name]:
            waiting[target] -= 1
            if not waiting[target]:
                heapq.heappush(ready, (True, written[target], target))
    return order


def _ahead(start: str, ways: Iterable[Link]) -> dict[str, list[str]]:
    """Return the targets of each state without the ways back, found by walking in depth."""
    targets = defaultdict(list)
    for link in ways:
        targets[link.source].append(link.target)
    ahead: dict[str, list[str]] = defaultdict(list)
    done, path = set(), []

    def walk(name: str) -> None:
        path.append(name)
        for target in targets[name]:
            if target not in path:
                ahead[name].append(target)
                if target not in done:
                    walk(target)
        done.add(path.pop())

    for name in [start, *list(targets)]:
        if name not in done:
            walk(name)
    return ahead


def _main_path(part: Part, ways: Iterable[Link], rows: list[str]) -> set[str]:
    """Return the longest way from the start to a good end, clear of what the failures of blocks lead to."""
    states = part["States"]
    handlers = {link.target for link in ways if link.catch and states[link.source]["Type"] in ("Parallel", "Map")}
    below = {name: set(rows[row + 1 :]) for row, name in enumerate(rows)}
    longest: dict[str, list[str]] = {}
    for name in reversed(rows):
        onward = [link.target for link in ways if link.source == name and not link.catch]
        tails = [longest[target] for target in onward if target in below[name] and target not in handlers]
        tail = max(tails, key=len, default=[])
        ends_well = states[name]["Type"] == "Succeed" or states[name].get("End", False)
        longest[name] = [name, *tail] if tail or ends_well else []
    return set(longest[part["StartAt"]]) or {part["StartAt"]}


def _is_straight(link: Link, rows: list[str], columns: Mapping[str, int]) -> bool:
    source, target = rows.index(link.source), rows.index(link.target)
    between = rows[source + 1 : target]
    return (
        columns[link.source] == columns[link.target]
        and source < target
        and not any(columns[name] == columns[link.source] for name in between)
    )
