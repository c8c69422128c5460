"""Finds the labels on a document's pages and, for each, the values that it may have.

A value is written after its label in one cell, in the cell to the right, or in the cell below. Where both of the latter
are possible, both are returned: which one is meant shows when they are read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from harness.agents.trade_extraction.cells import Cell, Grid
from harness.agents.trade_extraction.vocabulary import ANY_WORDS, Heading, Meaning, heading, meanings
from harness.agents.trade_extraction.wording import (
    SEPARATOR,
    bare,
    beginnings,
    begins_with_label,
    is_label,
    parted,
    whole,
)

_NO_CONTINUATION = re.compile(r"(?:\S+\s+){0,6}[^\s\d]+\s*:(?:\s|$)|\(?\w{1,3}[.)]\s")  # a label, an enumeration
_SIGNED = re.compile(r"(?:by|title|signatures?|signed|signatory|authori[sz]ed signator\w+)\b", re.IGNORECASE)
_ROLES_OF_NAMES = {"party_a", "party_b", "sender", "recipient", "bank", "client", "counterparty"}
_LEGS = {"fixed", "floating"}
_OF_AN_OBLIGATION = {"reference_obligation", "seniority"}
OF_PARTIES = {"party", "agent", "direction", "role"}  # kinds of values that may be `Party A`


@dataclass(frozen=True)
class Label:
    """A label on a page: its cells, what it means, and what follows it in its own cell."""

    cells: tuple[Cell, ...]
    text: str
    meanings: tuple[Meaning, ...]
    rest: str
    marked: bool = True  # the label is a cell of its own, or a colon or dots end it

    @cached_property
    def area(self) -> Cell:
        """The place of all its cells."""
        first, last = self.cells[0], self.cells[-1]
        return replace(first, x1=max(cell.x1 for cell in self.cells), bottom=last.bottom)


@dataclass(frozen=True)
class Candidate:
    """A value that a label may have."""

    meaning: Meaning
    label: Label
    cell: Cell  # where the value begins
    lines: tuple[str, ...]  # of the value, and those under it that may continue it
    sure: int  # how many of the lines are the value's for certain
    cells: tuple[Cell, ...]  # those of its lines
    full: tuple[bool, ...]  # for each line but the last: the next one's first word had no room on it
    relation: str  # inline, right, below
    heading: Heading | None = None  # of the row, in a table with a row for each leg or party
    row: bool = False  # it is in a further row of the column that the label heads


class Layout:
    """The cells of a document and how they lie to each other."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = cells
        self.grid = Grid(cells)
        self.labels = [label for cell in cells for label in self._labels_at(cell)]
        self._unmarked_cells = {label.cells[0] for label in self.labels if not label.marked}
        self._label_cells = {
            cell
            for label in self.labels
            for cell in label.cells
            if label.marked and (cell is label.cells[0] or not _label(label.cells[:1]))
        }

    def candidates(self) -> list[Candidate]:
        """Find all values that the document's labels may have."""
        inside = self.inside_an_obligation
        return [
            candidate
            for label in self.labels
            for candidate in self._values_of(label)
            if label.cells[0] not in inside or candidate.meaning.field in _OF_AN_OBLIGATION
        ]

    def headings(self) -> list[tuple[Cell, Heading]]:
        """Find the cells that may be headings, in reading order."""
        found = ((cell, *SEPARATOR.split(cell.text, maxsplit=1)) for cell in self.cells)
        named = ((cell, heading(title), "".join(rest)) for cell, title, *rest in found)
        return [
            (cell, meaning)
            for cell, meaning, rest in named
            if meaning
            and (meaning.section != "obligation" or self.alone_on_its_height(cell))
            and not (meaning.section in _LEGS and re.search(r"[\d%]", rest))  # Fixed Rate: to be agreed %
        ]

    def alone_on_its_height(self, cell: Cell) -> bool:
        """Return whether nothing is beside a cell."""
        return len(self.grid.beside(cell)) == 1

    @cached_property
    def inside_an_obligation(self) -> set[Cell]:
        """Find the cells under the value of a reference obligation, which are its own maturity and coupon."""
        inside: set[Cell] = set()
        for label in self.labels:
            right = self.right_of(label.area)
            if right and not label.rest and any(meaning.field == "reference_obligation" for meaning in label.meanings):
                below = [
                    c for c in self.cells if c.page == label.area.page and c.top > label.area.top + label.area.size / 2
                ]
                end = min((cell.top for cell in below if cell.x0 < right[0].x0 - 3), default=float("inf"))
                inside |= {cell for cell in below if cell.top < end - 1} | {right[0]}
        return inside

    def is_signed(self, area: Cell) -> bool:
        """Return whether a label is in a signature block."""
        near = self.grid.between(area.page, area.top - 5 * area.size, area.top + 5 * area.size)
        return any(_SIGNED.match(cell.text) for cell in near if abs(cell.x0 - area.x0) <= 3 and cell is not area)

    def right_of(self, area: Cell) -> list[Cell]:
        """List the cells to the right, the nearest first."""
        beside = (cell for cell in self.grid.beside(area) if cell.x0 >= area.x1 - 1)
        return sorted(beside, key=lambda cell: (round(cell.x0), cell.top))

    def _labels_at(self, cell: Cell) -> Iterator[Label]:
        lines = [cell]
        while len(lines) < 3 and (following := self._line_below(lines[-1], lines[-1])):
            lines.append(following)
        for count in range(1, len(lines) + 1):
            label = _label(tuple(lines[:count]))
            if label and (count == 1 or not self._is_several(label)):
                yield label
        if not is_label(cell.text) and (unmarked := _unmarked(cell)):
            yield unmarked

    def _is_several(self, label: Label) -> bool:
        """Return whether the lines of a label are several: rows with values, or a heading or value over a label."""
        first, *others = label.cells
        if sum(bool(self.right_of(cell)) for cell in label.cells) > 1 and any(_label((c,)) for c in label.cells):
            return True
        valued = any(not begins_with_label(cell.text) for cell in self.right_of(first))
        alone = not is_label(first.text) or (heading(first.text) and not valued)
        return bool(alone and _label(tuple(others)))

    def _values_of(self, label: Label) -> Iterator[Candidate]:
        for meaning in label.meanings:
            if label.rest:
                yield self._candidate(meaning, label, label.cells[-1], "inline")
                continue
            for cell in self._values_right_of(label, meaning):
                yield self._candidate(meaning, label, cell, "right")
            if rows := self._rows_below(label):
                for title, cell in rows:
                    yield replace(self._candidate(meaning, label, cell, "below"), heading=title)
                continue
            below = self._below(label)
            if below and self._may_be_value(below, meaning):
                yield self._candidate(meaning, label, below, "below")
                for cell in self._further_rows(label, below):
                    yield replace(self._candidate(meaning, label, cell, "below"), row=True)

    def _values_right_of(self, label: Label, meaning: Meaning) -> list[Cell]:
        """List the cells between a label and the next one, one for each column."""
        values: list[Cell] = []
        for cell in self.right_of(label.area):
            if not self._may_be_value(cell, meaning):
                break
            if not any(cell.under(value) for value in values):
                values.append(cell)
        return values

    def _may_be_value(self, cell: Cell, meaning: Meaning) -> bool:
        if _names_a_party(cell, meaning):
            return True
        title = heading(cell.text) if meaning.kind in ANY_WORDS else None
        if title and title.section in _LEGS and meaning.field in ("pays", "receives"):
            return True
        return cell not in self._label_cells and (title is None or title.section == "party")

    def _candidate(self, meaning: Meaning, label: Label, cell: Cell, relation: str) -> Candidate:
        own = (label.rest,) if relation == "inline" else cell.lines
        under = self._continuation(cell, label, relation)
        more = [line for other in under for line in other.lines]
        full = (*cell.full, *[False] * (len(own) + len(more) - 1 - len(cell.full)))
        return Candidate(meaning, label, cell, (*own, *more), len(own), (cell, *under), full, relation)

    def _below(self, label: Label) -> Cell | None:
        area = label.area
        nearest = next((cell for cell in self.grid.under(area) if cell not in label.cells), None)
        if nearest is None:
            return None
        near = nearest.top - area.bottom < 1.8 * area.size or (area.box and nearest.box)
        return nearest if near else None

    def _further_rows(self, label: Label, first: Cell) -> list[Cell]:
        """Find the values under the first one, in a table whose columns a row of labels heads."""
        heads = [cell for cell in self.grid.beside(label.area) if cell not in label.cells]
        rows = [first]
        for cell in self.grid.under(label.area):
            if cell.top <= rows[-1].top + 0.5 * first.size:
                continue
            near = cell.top - rows[-1].bottom < 2 * first.size or (first.box and cell.box)
            others = [other for other in self.grid.beside(cell) if other is not cell]
            in_table = any(other.under(head) and other not in self._label_cells for other in others for head in heads)
            has_label = any(other in self._label_cells and other.x1 <= cell.x0 for other in others)
            if cell in self._label_cells or has_label or not (near and in_table):
                break
            rows.append(cell)
        return rows[1:]

    def _rows_below(self, label: Label) -> list[tuple[Heading, Cell]]:
        """Find a label's values in a table with a row for each leg or party, with what heads each row."""
        area, rows = label.area, []
        for cell in self.grid.under(area):
            above = rows[-1][1] if rows else area
            left = [other for other in self.grid.beside(cell) if other.x1 <= cell.x0]
            title = heading(min(left, key=lambda other: other.x0).text) if left else None
            near = cell.top - above.bottom < 1.8 * area.size or (area.box and cell.box)
            is_value = cell not in self._label_cells or _names_a_party(cell, label.meanings[0])
            if not (near and title and title.subject and is_value):
                break
            rows.append((title, cell))
        sections = {title.section for title, _ in rows}
        are_two = len({title.subject for title, _ in rows}) > 1
        return rows if are_two and (len(sections) == 1 or sections == _LEGS) else []

    def _continuation(self, cell: Cell, label: Label, relation: str) -> list[Cell]:
        """Collect the cells under a value that may belong to it."""
        under: list[Cell] = []
        column = label.cells[0] if relation == "inline" else cell
        while cell and len(under) < 3 and (following := self._line_below(cell, column)):
            if relation != "inline" and self._starts_a_row(following, label):
                break
            if following in self._label_cells or _NO_CONTINUATION.match(following.text):
                break
            if not label.marked and following in self._unmarked_cells:
                break
            under.append(following)
            cell = following
        return under

    def _starts_a_row(self, cell: Cell, label: Label) -> bool:
        beside = (other for other in self.grid.beside(cell) if other.x1 <= cell.x0)
        return any(other not in label.cells for other in beside)

    def _line_below(self, cell: Cell, column: Cell) -> Cell | None:
        """Find the next line of the same column and, in a table, of the same cell."""
        lines = (
            other
            for other in self.grid.between(cell.page, cell.bottom - 0.3 * cell.size, cell.bottom + 0.9 * cell.size)
            if other.box is None is cell.box
            and -0.3 * cell.size < other.top - cell.bottom < 0.9 * cell.size
            and other is not cell
            and (other.under(column) or (column is not cell and column.x0 - 3 <= other.x0 <= column.x1))
        )
        return min(lines, key=lambda other: (other.top, other.x0), default=None)


def _label(cells: tuple[Cell, ...]) -> Label | None:
    """Read cells, one under the other, as one label with what follows it."""
    for text in dict.fromkeys((" ".join(cell.text for cell in cells), "".join(cell.text for cell in cells))):
        if found := whole(text):
            return Label(cells, bare(text), found, "")
        for head, rest in parted(text):
            ends_in_last_line = len(cells) == 1 or len(rest) < len(cells[-1].text)
            if ends_in_last_line and (found := meanings(head)):
                return Label(cells, head, found, rest)
    return None


def _unmarked(cell: Cell) -> Label | None:
    """Read the first words of a cell as a label, where only the value's kind can confirm it."""
    for head, rest in beginnings(cell.text):
        if found := meanings(head):
            is_name = " " in head and not rest[:1].islower()  # Party A acknowledges that
            readable = tuple(m for m in found if m.kind not in ANY_WORDS or (m.kind == "party" and is_name))
            return Label((cell,), head, readable, rest, marked=False) if readable else None
    return None


def _names_a_party(cell: Cell, meaning: Meaning) -> bool:
    """Return whether a cell that could be a label may be another's value: Party A, or Fixed Rate Payer as a role."""
    if meaning.kind not in OF_PARTIES or meaning.subject in _ROLES_OF_NAMES:
        return False
    roles = {m.subject for m in meanings(cell.text) if m.field == "name"}
    return bool(roles if meaning.kind in ("role", "agent") else roles & _ROLES_OF_NAMES)
