"""The path that a run took, drawn with characters for a terminal."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable

from rich.text import Text

from harness.report.definition import Link, Part, parts
from harness.report.layout import MAIN, Layout, arrange
from harness.report.path import MARKS, Path, path_through
from harness.report.visits import Visit

UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
STROKES = {  # the character whose arms go where the bits say
    UP | DOWN: "│",
    LEFT | RIGHT: "─",
    UP | RIGHT: "╰",
    UP | LEFT: "╯",
    DOWN | RIGHT: "╭",
    DOWN | LEFT: "╮",
    UP | DOWN | RIGHT: "├",
    UP | DOWN | LEFT: "┤",
    DOWN | LEFT | RIGHT: "┬",
    UP | LEFT | RIGHT: "┴",
    UP | DOWN | LEFT | RIGHT: "┼",
}
BEHIND = {UP: DOWN, DOWN: UP, LEFT: RIGHT, RIGHT: LEFT}
FAINT = "bright_black"
LANE = 2
TIMES = "\u00d7"


def sketch(part: Part, visits: Iterable[Visit]) -> Text:
    """Draw one scope of a definition, one state a line, blocks in boxes, with the way that a run took."""
    layout = arrange(part)
    path = path_through(part, [visit for visit in visits if visit.block is None])
    return _Sketch(part, layout, path).text()


class _Sketch:
    def __init__(self, part: Part, layout: Layout, path: Path) -> None:
        self._layout, self._path = layout, path
        self._arms: dict[tuple[int, int], int] = defaultdict(int)
        self._cells: dict[tuple[int, int], tuple[str, str]] = {}  # (line, column) -> character, style
        self._blocks = {name for name in layout.rows if parts(part["States"][name])}
        self._labels = {name: self._label(name) for name in layout.rows}
        self._widths = {name: len(label) + (4 if name in self._blocks else 0) for name, label in self._labels.items()}
        self._lines = self._stack()
        self._lanes = layout.lanes(self._lines)
        self._first_lane = max(width for name, width in self._widths.items() if layout.columns[name] == MAIN) + 3
        self._side = self._first_lane + LANE * (max(self._lanes.values(), default=0) + 1) + 2
        ordered = sorted(layout.links, key=lambda link: link in path.links)  # what was taken stays on top
        for link in ordered:
            self._link(link, self._style(link))
        for link in ordered:
            self._tip(link, self._style(link))
        for name in layout.rows:
            self._state(name)

    def text(self) -> Text:
        """Return the lines."""
        drawn = Text(no_wrap=True, overflow="crop")
        for line in range(max(at for at, _ in self._cells) + 1):
            for column in range(max((x for y, x in self._cells if y == line), default=-1) + 1):
                drawn.append(*self._cells.get((line, column), (" ", "")))
            drawn.append("\n")
        return drawn

    def _label(self, name: str) -> str:
        visits = self._path.visits.get(name, [])
        attempts = max((visit.attempts for visit in visits), default=1)
        times = f" {TIMES}{attempts}" if attempts > 1 else ""
        return f"{MARKS[self._path.status(name)].symbol} {name}{times}"

    def _stack(self) -> dict[str, int]:
        """Return the line of each state; a box has one above and one below."""
        lines, free = {}, 0
        for name in self._layout.rows:
            above = 1 if name in self._blocks else 0
            lines[name] = free + above
            free = lines[name] + above + 1
        return lines

    def _left(self, name: str) -> int:
        return 0 if self._layout.columns[name] == MAIN else self._side

    def _style(self, link: Link) -> str:
        if link not in self._path.links:
            return FAINT
        return MARKS["caught" if link.catch else "succeeded"].colour

    def _state(self, name: str) -> None:
        line, left, width = self._lines[name], self._left(name), self._widths[name]
        status = self._path.status(name)
        style = MARKS[status].colour
        if name in self._blocks:
            for at, text in (
                (-1, f"╭{'─' * (width - 2)}╮"),
                (0, f"│{' ' * (width - 2)}│"),
                (1, f"╰{'─' * (width - 2)}╯"),
            ):
                self._write(line + at, left, text, style)
            left += 2
        self._write(line, left, self._labels[name], FAINT if status == "untaken" else "bold")
        self._write(line, left, MARKS[status].symbol, style)

    def _write(self, line: int, column: int, text: str, style: str) -> None:
        for offset, character in enumerate(text):
            self._cells[line, column + offset] = character, style

    def _link(self, link: Link, style: str) -> None:
        source, target = self._lines[link.source], self._lines[link.target]
        if link in self._layout.straight:
            self._stroke([(source, self._left(link.source)), (target, self._left(link.target))], style)
            return
        lane = self._first_lane + LANE * self._lanes[link.target]
        out, into = self._edge(link.source), self._edge(link.target)
        self._stroke([(source, out), (source, lane), (target, lane), (target, into)], style)

    def _tip(self, link: Link, style: str) -> None:
        if link not in self._layout.straight:
            tip = "◂" if self._layout.columns[link.target] == MAIN else "▸"
            self._cells[self._lines[link.target], self._edge(link.target)] = tip, style

    def _edge(self, name: str) -> int:
        """Return the column beside a state where links begin and end."""
        return self._widths[name] + 1 if self._layout.columns[name] == MAIN else self._side - 2

    def _stroke(self, points: list[tuple[int, int]], style: str) -> None:
        """Draw along points that follow each other at right angles."""
        for (line, column), (to_line, to_column) in itertools.pairwise(points):
            down, across = _sign(to_line - line), _sign(to_column - column)
            ahead = DOWN if down > 0 else UP if down < 0 else RIGHT if across > 0 else LEFT
            while (line, column) != (to_line, to_column):
                self._arm(line, column, ahead, style)
                line, column = line + down, column + across
                self._arm(line, column, BEHIND[ahead], style)

    def _arm(self, line: int, column: int, arm: int, style: str) -> None:
        self._arms[line, column] |= arm
        bits = self._arms[line, column]
        self._cells[line, column] = STROKES.get(bits, "│" if bits & (UP | DOWN) else "─"), style


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
