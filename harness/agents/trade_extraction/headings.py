"""What the headings of a document make of the labels under them."""

from collections.abc import Sequence
from dataclasses import replace

from harness.agents.trade_extraction.cells import Cell
from harness.agents.trade_extraction.labels import OF_PARTIES, Candidate, Label, Layout
from harness.agents.trade_extraction.vocabulary import KINDS, Heading, Meaning
from harness.agents.trade_extraction.writing import WORDS

_NAMES = {"name", "sender", "recipient"}
_OF_THE_PARTY_ABOVE = {"lei", "role", "pays", "receives"}


class Headings:
    """A document's headings: the cells that could be one, but for labels and values of the `valued` candidates."""

    def __init__(self, layout: Layout, valued: Sequence[Candidate]) -> None:
        self._layout = layout
        relations = {(cell, candidate.relation) for candidate in valued for cell in candidate.label.cells}
        self._above_value = {cell for cell, relation in relations if relation == "below"}
        roles = {
            candidate.cell
            for candidate in valued
            if candidate.relation == "right"
            and (
                candidate.meaning.field in ("role", "pays", "receives")
                or (candidate.meaning.kind in OF_PARTIES and candidate.meaning.subject)
            )
        }
        self._rows: list[list[tuple[Cell, Heading]]] = []
        for cell, meaning in layout.headings():
            if cell in roles or {(cell, "inline"), (cell, "right")} & relations:
                continue  # a label, or a value
            if self._rows and cell.beside(self._rows[-1][-1][0]):
                self._rows[-1].append((cell, meaning))
            else:
                self._rows.append([(cell, meaning)])

    def meaning_of(self, candidate: Candidate) -> Meaning | None:
        """Return what a candidate means in its place; None if it is not a term of the trade."""
        heading, in_columns = (candidate.heading, True) if candidate.heading else self._over(candidate)
        meaning = candidate.meaning
        if heading and heading.section == "accounts":
            return None
        if candidate.relation == "right" and not in_columns and not self._nearest(candidate):
            return None
        if heading:
            name = heading.means.get(meaning.field, meaning.field)
            subject = heading.means.get(meaning.subject or "", meaning.subject) or heading.subject
            meaning = replace(meaning, field=name, kind=KINDS[name], subject=subject)
        if meaning.field == "name" and self._layout.is_signed(candidate.label.area):
            return None
        if meaning.field in _OF_THE_PARTY_ABOVE and not meaning.subject:
            meaning = replace(meaning, subject=self._named_before(candidate.label))
        return meaning

    def _over(self, candidate: Candidate) -> tuple[Heading | None, bool]:
        """Find the heading over a candidate, and whether it is that of the value's column in a table."""
        label = candidate.label.area
        for row in reversed(self._rows):
            first = row[0][0]
            if not _above(first, label):
                continue
            in_columns = candidate.relation == "right" and label.x1 <= first.x0 + 3
            in_columns = in_columns and (first.box is None or label.box is not None)
            if len(row) > 1 and first.page == label.page and in_columns:
                value = candidate.cell
                return min(row, key=lambda pair: abs(_middle(pair[0]) - _middle(value)))[1], True
            left = [pair for pair in row if pair[0].x0 <= label.x0 + 5]
            cell, heading = left[-1] if left else row[0]
            is_label = cell in self._above_value and candidate.meaning.field not in _OF_THE_PARTY_ABOVE
            if not is_label and (left or self._layout.alone_on_its_height(first)):
                return heading, False
        return None, False

    def _nearest(self, candidate: Candidate) -> bool:
        right = self._layout.right_of(candidate.label.area)
        nearest = right[: 2 if right and right[0].text in WORDS["currencies"]["codes"] else 1]  # a currency's column
        return any(cell.x0 >= candidate.cell.x0 - 3 for cell in nearest)

    def _named_before(self, label: Label) -> str | None:
        """Find the party that was named last, in this column, before a label."""
        subject = None
        for other in self._layout.labels:
            if other is label:
                break
            if abs(other.area.x0 - label.area.x0) <= 3:
                for meaning in other.meanings:
                    if meaning.field in _NAMES and (meaning.subject or meaning.field != "name"):
                        subject = meaning.subject or meaning.field
        return subject


def _above(cell: Cell, other: Cell) -> bool:
    return (cell.page, cell.bottom) <= (other.page, other.top + 0.5 * other.size)


def _middle(cell: Cell) -> float:
    return (cell.x0 + cell.x1) / 2
