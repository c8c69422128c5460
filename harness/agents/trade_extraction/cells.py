"""The pages of a canonical document as cells: adjacent words, over one line or several."""

import itertools
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.agents.trade_extraction.vocabulary import heading
from harness.agents.trade_extraction.wording import begins_with_label, is_label
from harness.agents.trade_extraction.writing import plain_signs

_NOTE = re.compile(r"[*\u2020\u2021]")  # the mark of a footnote
_GAP = 0.85  # of the letters' size: a wider space between words parts two cells
_EDGE = 0.12  # of a page's height: where running headers and footers are
_MAX_LINES = 6
_MARKS = {":", "=", "::"}
_PAGE_NUMBER = re.compile(r"\bpage\s+\d+\b|^\d+\s+of\s+\d+$|^-\s*\d+\s*-$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Cell:
    """Adjacent words; lengths in points, from the page's top left corner."""

    lines: tuple[str, ...]
    page: int
    x0: float
    x1: float
    top: float
    bottom: float
    size: float
    font: str
    box: tuple[float, ...] | None  # the ruled cell of a table around it
    full: tuple[bool, ...] = ()  # for each line but the last: the next line's first word had no room on it

    @property
    def is_note(self) -> bool:
        """Return whether it is a footnote: its text is no value, and belongs to no cell above it."""
        return bool(_NOTE.match(self.text))

    @property
    def text(self) -> str:
        """All its words."""
        return " ".join(self.lines)

    def beside(self, other: "Cell") -> bool:
        """Return whether both are at one height."""
        overlap = min(self.bottom, other.bottom) - max(self.top, other.top)
        return self.page == other.page and overlap > 0.3 * min(self.bottom - self.top, other.bottom - other.top)

    def under(self, other: "Cell") -> bool:
        """Return whether this is below `other`, in one column with it."""
        in_column = _aligned(self, other) or (
            self.box is not None and other.box is not None and abs(self.box[0] - other.box[0]) <= 2
        )
        return self.page == other.page and self.top >= other.bottom - 0.3 * other.size and in_column


class Grid:
    """Cells by their place, so that neighbours are found without looking at all cells."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._pages: dict[int, list[Cell]] = {}
        for cell in cells:
            self._pages.setdefault(cell.page, []).append(cell)
        self._tops: dict[int, list[float]] = {}
        self._tallest: dict[int, float] = {}
        for page, some in self._pages.items():
            some.sort(key=lambda cell: (cell.top, cell.x0))
            self._tops[page] = [cell.top for cell in some]
            self._tallest[page] = max(cell.bottom - cell.top for cell in some)

    def between(self, page: int, top: float, bottom: float) -> list[Cell]:
        """List the cells of a page that begin between two heights, from top to bottom."""
        tops = self._tops.get(page, [])
        return self._pages[page][bisect_left(tops, top) : bisect_right(tops, bottom)] if tops else []

    def beside(self, cell: Cell) -> list[Cell]:
        """List the cells on the height of a cell, and itself."""
        start = cell.top - self._tallest.get(cell.page, 0.0)
        return [other for other in self.between(cell.page, start, cell.bottom) if other.beside(cell)]

    def under(self, cell: Cell) -> Iterator[Cell]:
        """Return the cells below a cell, in one column with it, the nearest first."""
        start = cell.bottom - 0.3 * cell.size
        return (other for other in self.between(cell.page, start, float("inf")) if other.under(cell))


def cells_of(pages: Sequence[Mapping[str, Any]]) -> list[Cell]:
    """Cut the pages into cells, in reading order, without running headers and footers."""
    repeated = Counter(
        text for page in pages for text in {_masked(line) for line in page["lines"] if _at_edge(page, line)}
    )
    cells = []
    for page in pages:
        boxes = [tuple(box) for box in page["boxes"]]
        lines = (line for line in page["lines"] if not _is_running(page, line, repeated))
        cells += _joined([cell for line in lines for cell in _cut(page["number"], line["words"], boxes)])
    return cells


def text_of(cells: Sequence[Cell]) -> str:
    """Return the words of cells, in reading order."""
    return "\n".join(cell.text for cell in cells)


def _cut(page: int, words: Sequence[Mapping[str, Any]], boxes: Sequence[tuple[float, ...]]) -> list[Cell]:
    """Cut a line where it has wide gaps, and at the rules of a table."""
    runs: list[list[Mapping[str, Any]]] = []
    for word in words:
        last = runs[-1][-1] if runs and runs[-1] else None
        gap = word["x0"] - last["x1"] if last else 0.0
        if set(word["text"]) <= set("|\u2502"):  # a rule drawn with letters
            runs.append([])
        elif last and gap <= _GAP * max(last["size"], word["size"]) and _box(last, boxes) == _box(word, boxes):
            runs[-1].append(word)
        else:
            runs.append([word])
    return [
        Cell(
            (plain_signs(" ".join(word["text"] for word in run)).lstrip(":=").lstrip(),),
            page,
            run[0]["x0"],
            run[-1]["x1"],
            min(word["top"] for word in run),
            max(word["bottom"] for word in run),
            max(word["size"] for word in run),
            run[0]["font"],
            _box(run[0], boxes),
        )
        for run in runs
        if run and not (len(run) == 1 and run[0]["text"] in _MARKS)  # a mark in a column of its own
    ]


def _box(word: Mapping[str, Any], boxes: Sequence[tuple[float, ...]]) -> tuple[float, ...] | None:
    x, y = (word["x0"] + word["x1"]) / 2, (word["top"] + word["bottom"]) / 2
    around = [box for box in boxes if box[0] <= x <= box[2] and box[1] <= y <= box[3]]
    return min(around, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)


def _joined(cells: Sequence[Cell]) -> list[Cell]:
    """Join the lines of each cell of a table: those in one ruled box, or closer to each other than to others."""
    whole: dict[Cell, Cell] = {}  # line -> the cell that it is part of
    grid = Grid(cells)
    for cell in sorted(cells, key=lambda cell: (cell.x0, cell.top)):
        if cell not in whole:
            chain = _chain(cell, grid, whole)
            joined = _one(chain, cells) if len(chain) > 1 else cell
            whole.update(dict.fromkeys(chain, joined))
    return sorted(set(whole.values()), key=lambda cell: (cell.top, cell.x0))


def _chain(first: Cell, grid: Grid, whole: Mapping[Cell, Cell]) -> list[Cell]:
    """Find the lines, one under the other, that are one cell; a label and its value are two."""
    lines = [first]
    while len(lines) < _MAX_LINES and (following := _line_below(lines[-1], grid)):
        if following in whole or following.is_note:
            break
        if first.box is None and not _in_one_row([*lines, following], grid, whole):
            break
        lines.append(following)
    if len(lines) == 1 or (first.box is None and not _set_apart(lines, grid)):
        return [first]
    for count in range(min(len(lines), 4), 1, -1):
        some = lines[:count]
        certain = first.box is not None or count == len(lines) or not _are_several(some, grid)
        if certain and is_label(*(line.text for line in some)):
            return some
    ends = (at for at, line in enumerate(lines) if begins_with_label(line.text) or _heads_row(line, grid))
    end = next(ends, len(lines))
    return lines[: max(end, 1)]


def _heads_row(line: Cell, grid: Grid) -> bool:
    return bool(heading(line.text)) and any(cell.x0 >= line.x1 for cell in grid.beside(line))


def _are_several(lines: Sequence[Cell], grid: Grid) -> bool:
    """Return whether lines are several things: rows with values, or a heading or value over a label."""
    beside = [[cell for cell in grid.beside(line) if cell.x0 >= line.x1] for line in lines]
    has_value = any(not begins_with_label(cell.text) for cell in beside[0])
    alone = not is_label(lines[0].text) or (heading(lines[0].text) and not has_value)
    return sum(map(bool, beside)) > 1 or bool(alone and is_label(*(line.text for line in lines[1:])))


def _line_below(cell: Cell, grid: Grid) -> Cell | None:
    near = (
        other
        for other in grid.between(cell.page, cell.bottom - 0.3 * cell.size, cell.bottom + cell.size)
        if other.box == cell.box and -0.3 * cell.size < other.top - cell.bottom < cell.size and _aligned(other, cell)
    )
    return min((other for other in near if other is not cell), key=lambda other: other.top, default=None)


def _in_one_row(lines: Sequence[Cell], grid: Grid, whole: Mapping[Cell, Cell]) -> bool:
    """Return whether lines have at most one cell of a table to their left, and look alike."""
    gap = lines[-1].top - lines[-2].bottom
    if gap > 0.5 * lines[0].size or lines[0].font != lines[-1].font:
        return False
    left = {whole.get(cell, cell) for line in lines for cell in grid.beside(line) if cell.x1 <= line.x0}
    return len({cell for cell in left if not any(cell.beside(other) and other.x0 > cell.x0 for other in left)}) <= 1


def _set_apart(lines: Sequence[Cell], grid: Grid) -> bool:
    """Return whether lines are closer to each other than to what is above and below them."""
    first, last = lines[0], lines[-1]
    widest = max(below.top - above.bottom for above, below in itertools.pairwise(lines))
    room = widest + 0.3 * first.size
    near = grid.between(first.page, first.top - 2 * room - 4 * first.size, last.bottom + room)
    column = [cell for cell in near if cell not in lines and _aligned(cell, first)]
    above = [first.top - cell.bottom for cell in column if cell.bottom <= first.top + 1]
    below = [cell.top - last.bottom for cell in column if cell.top >= last.bottom - 1]
    return all(min(gaps) > room for gaps in (above, below) if gaps)


def _one(lines: Sequence[Cell], cells: Iterable[Cell]) -> Cell:
    """Make one cell of several lines."""
    first = lines[0]
    edge = first.box[2] - 4 if first.box else max(cell.x1 for cell in cells if abs(cell.x0 - first.x0) <= 2) + 1
    full = tuple(
        line.x1 + 0.28 * line.size + _width_of_first_word(following) > edge
        for line, following in itertools.pairwise(lines)
    )
    return replace(
        first,
        lines=tuple(line.text for line in lines),
        x0=min(line.x0 for line in lines),
        x1=max(line.x1 for line in lines),
        bottom=lines[-1].bottom,
        full=full,
    )


def _width_of_first_word(cell: Cell) -> float:
    return (cell.x1 - cell.x0) * len(cell.text.split()[0]) / len(cell.text)


def _aligned(one: Cell, other: Cell) -> bool:
    """Return whether two cells begin, end or centre at one x."""
    return abs(one.x0 - other.x0) <= 3 or abs(one.x1 - other.x1) <= 1 or abs(one.x0 + one.x1 - other.x0 - other.x1) <= 4


def _is_running(page: Mapping[str, Any], line: Mapping[str, Any], repeated: Counter[str]) -> bool:
    if not _at_edge(page, line):
        return False
    again = repeated[_masked(line)] > 1
    at_foot = line["words"][0]["top"] > page["height"] / 2
    return bool(_PAGE_NUMBER.search(line["text"])) or (again and (at_foot or page["number"] > 1))


def _at_edge(page: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    top = line["words"][0]["top"] / page["height"]
    return top < _EDGE or top > 1 - _EDGE


def _masked(line: Mapping[str, Any]) -> str:
    return re.sub(r"\d+", "#", line["text"])
