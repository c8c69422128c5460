"""A workflow as an SVG drawing, alone or with the path that a run took through it.

It needs nothing from outside, follows light and dark, and says in words what it shows.
"""

from __future__ import annotations

import html
import itertools
import math
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as File

from harness.plain import safe
from harness.report.definition import Link, Part, State, does, parts
from harness.report.layout import MAIN, SIDE, Layout, arrange
from harness.report.path import MARKS, Path, attempts_at, duration, path_through, short
from harness.report.visits import Visit

WIDTH, WIDE = 280, 530  # of a state, and of a block that was visited
HEIGHT, LINE, GAP = 44, 16, 20  # a state and the gap below it are whole lines, so that states are on a grid
SHIFT = LINE // 2  # of the side column against the main one: no two links run on the same line
LANE, MARGIN, ROUND, PORT = 15, 16, 6, 7
CHARACTERS, ERROR_CHARACTERS = 86, 42  # of the small type that fit into a visited block, and into a state
ARROW = " \u203a "
ENDS = {"Succeed": "succeeded", "Fail": "failed"}  # the ends of a run have colours where no run is shown

STYLE = File(__file__).with_name("picture.css").read_text()


@dataclass(frozen=True)
class Box:
    """Where a state is drawn, and the lines of small type inside: (class, text)."""

    name: str
    x: float
    y: float
    width: float
    height: float
    lines: list[tuple[str, str]]

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2


def draw(part: Part, title: str, visits: Iterable[Visit] | None = None) -> str:
    """Draw one scope of a definition as an SVG element.

    With the `visits` of a run, visited states are emphasised, and a block shows its path at each attempt.
    """
    layout = arrange(part)
    visits = None if visits is None else list(visits)
    path = None if visits is None else path_through(part, [visit for visit in visits if visit.block is None])
    lines = {name: list(_lines(part["States"][name], name, path, visits or [])) for name in layout.rows}
    drawing = _Drawing(part, layout, path, lines)
    described = _description(layout, path)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="workflow{"" if path else " whole"}" role="img" '
            f'aria-labelledby="picture-title picture-description" '
            f'width="{drawing.width:.0f}" height="{drawing.height:.0f}" '
            f'viewBox="0 0 {drawing.width:.0f} {drawing.height:.0f}">',
            f'<title id="picture-title">{escaped(title)}</title>',
            f'<desc id="picture-description">{escaped(described)}</desc>',
            f"<style>{STYLE}</style>",
            *drawing.links(),
            *drawing.boxes(),
            "</svg>",
        ]
    )


def escaped(text: object) -> str:
    """Return any text as it may stand between tags and in attributes, without what XML cannot hold."""
    return html.escape(safe(text))


class _Drawing:
    """The geometry of one scope: boxes in two columns with the lanes between."""

    def __init__(self, part: Part, layout: Layout, path: Path | None, lines: dict[str, list[tuple[str, str]]]) -> None:
        self._part, self._layout, self._path = part, layout, path
        widths = {name: WIDE if _shows_inside(path, name, part["States"][name]) else WIDTH for name in layout.rows}
        heights = {name: HEIGHT + LINE * (len(lines[name]) - 1) for name in layout.rows}
        tops = _tops(layout, heights)
        self._lanes = layout.lanes(tops)
        span = {
            column: max((widths[name] for name in layout.rows if layout.columns[name] == column), default=0)
            for column in (MAIN, SIDE)
        }
        self._first_lane = MARGIN + span[MAIN] + 1.5 * LANE
        side = self._first_lane + (max(self._lanes.values(), default=0) + 1.5) * LANE
        self.width = side + span[SIDE] + MARGIN
        self.height = max(tops[name] + heights[name] for name in layout.rows) + MARGIN
        self._boxes: dict[str, Box] = {}
        for name in layout.rows:
            middle = (MARGIN if layout.columns[name] == MAIN else side) + span[layout.columns[name]] / 2
            self._boxes[name] = Box(
                name, middle - widths[name] / 2, tops[name], widths[name], heights[name], lines[name]
            )

    def boxes(self) -> Iterator[str]:
        """Yield the states."""
        for box in self._boxes.values():
            state = self._part["States"][box.name]
            status = self._path.status(box.name) if self._path else ""
            visits = self._path.visits.get(box.name, []) if self._path else []
            round_ = HEIGHT / 2 if state["Type"] in ("Choice", "Succeed", "Fail") else ROUND
            look = status if self._path else ENDS.get(state["Type"], "")
            yield f'<g class="{look}"><title>{escaped(_hint(box.name, state, visits))}</title>'
            yield f'<rect class="box" {_at(box.x, box.y)} width="{box.width}" height="{box.height}" rx="{round_}"/>'
            indent = box.x + 16
            if status and status != "untaken":
                yield f'<text class="name toned" {_at(indent, box.y + 18)}>{MARKS[status].symbol}</text>'
                indent += 16
                took = duration(sum(visit.seconds or 0 for visit in visits)) if visits[-1].seconds is not None else ""
                yield f'<text class="small" {_at(box.x + box.width - 16, box.y + 18)} text-anchor="end">{took}</text>'
            yield f'<text class="name" {_at(indent, box.y + 18)}>{escaped(box.name)}</text>'
            for number, (kind, text) in enumerate(box.lines):
                yield f'<text class="small {kind}" {_at(indent, box.y + 33 + LINE * number)}>{escaped(text)}</text>'
            yield "</g>"

    def links(self) -> Iterator[str]:
        """Yield the links, those that were taken on top."""
        taken = self._path.links if self._path else frozenset()
        for link in sorted(self._layout.links, key=lambda link: link in taken):
            status = self._link_status(link) if link in taken else ""
            points = self._points(link)
            way, classes = _way(points), f"{'catch ' if link.catch else ''}{f'taken {status}' if status else ''}"
            if status:
                yield f'<path class="halo" d="{way}"/>'
            yield f'<path class="link {classes}" d="{way}"/><path class="tip {status}" d="{_tip(*points[-2:])}"/>'

    def _link_status(self, link: Link) -> str:
        return "caught" if link.catch else "succeeded"

    def _points(self, link: Link) -> list[tuple[float, float]]:
        source, target = self._boxes[link.source], self._boxes[link.target]
        if link in self._layout.straight:
            return [(source.middle, source.y + source.height), (target.middle, target.y)]
        lane = self._first_lane + self._lanes[link.target] * LANE
        out, into = source.y + HEIGHT / 2 + PORT, target.y + HEIGHT / 2 - PORT
        return [(self._inner_edge(source), out), (lane, out), (lane, into), (self._inner_edge(target), into)]

    def _inner_edge(self, box: Box) -> float:
        return box.x + box.width if self._layout.columns[box.name] == MAIN else box.x


def _tops(layout: Layout, heights: Mapping[str, int]) -> dict[str, int]:
    """Stack each column as closely as the links allow: a state is below those that lead to it."""
    tops: dict[str, int] = {}
    free = {MAIN: MARGIN, SIDE: MARGIN + SHIFT}
    for name in layout.rows:
        column = layout.columns[name]
        above = [tops[link.source] for link in layout.links if link.target == name and link.source in tops]
        least = max((top + HEIGHT for top in above), default=0)
        lines = max(0, math.ceil((least - free[column]) / LINE))
        tops[name] = free[column] + lines * LINE
        free[column] = tops[name] + heights[name] + GAP
    return tops


def _shows_inside(path: Path | None, name: str, state: State) -> bool:
    """Whether a state is a block whose inside is shown."""
    return bool(path and name in path.visits and parts(state))


def _lines(state: State, name: str, path: Path | None, visits: list[Visit]) -> Iterator[tuple[str, str]]:
    """Yield the small type in a state's box: what it does, what went wrong, and the ways taken inside a block."""
    seen = path.visits.get(name, []) if path else []
    if not _shows_inside(path, name, state):
        yield "", does(state)
        errors = [failure.error for visit in seen for failure in visit.failures if failure.error]
        yield from (("toned", cut(error, ERROR_CHARACTERS)) for error in errors[-1:])
        return
    for visit in seen:
        attempts = attempts_at(visit, visits)
        for attempt in attempts:
            if attempt.error is not None:
                yield "failed toned", cut(f"attempt {attempt.number}: {attempt.error or 'failed'}", CHARACTERS)
            elif len(attempts) > 1:
                yield "succeeded toned", f"attempt {attempt.number}: succeeded"
            steps = ARROW.join(short(inner.name) for inner in attempt.visits)
            yield from (("", line) for line in textwrap.wrap(steps, CHARACTERS) or [does(state)])


def cut(text: str, characters: int) -> str:
    """Cut a text that is too long for its place."""
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


def _description(layout: Layout, path: Path | None) -> str:
    if path is None:
        return f"The states {', '.join(layout.rows)} and the links between them."
    visited = sorted(path.visits, key=lambda name: path.visits[name][0].entered)
    return "The run visited " + ", ".join(f"{name} ({MARKS[path.status(name)].word})" for name in visited) + "."


def _hint(name: str, state: State, visits: list[Visit]) -> str:
    """Return what a pointer at rest shows."""
    failures = [f"{failure.error}: {failure.cause}" for visit in visits for failure in visit.failures]
    return "\n".join([f"{name} ({does(state)})", *filter(None, [state.get("Comment")]), *failures])


def _at(x: float, y: float) -> str:
    return f'x="{x:.1f}" y="{y:.1f}"'


def _way(points: list[tuple[float, float]]) -> str:
    """Return a path along right angles, its corners rounded."""
    (x, y), *rest = points
    steps = [f"M{x:.1f} {y:.1f}"]
    for corner, after in itertools.pairwise(rest):
        enter, leave = _towards(corner, (x, y)), _towards(corner, after)
        steps.append(f"L{enter[0]:.1f} {enter[1]:.1f}Q{corner[0]:.1f} {corner[1]:.1f} {leave[0]:.1f} {leave[1]:.1f}")
        x, y = corner
    return "".join([*steps, f"L{rest[-1][0]:.1f} {rest[-1][1]:.1f}"])


def _towards(corner: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    """Return the point a corner's radius away from it, at most half the way to the other point."""
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    share = min(ROUND, length / 2) / length if length else 0
    return corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share


def _tip(before: tuple[float, float], end: tuple[float, float]) -> str:
    """Return an arrow's tip at the end of a line."""
    (x, y), size = end, 4
    if before[0] == x:
        return f"M{x - size} {y - 2 * size}H{x + size}L{x} {y}Z"
    back = -1 if before[0] < x else 1
    return f"M{x + back * 2 * size} {y - size}V{y + size}L{x} {y}Z"
