"""The names of the parties in labels: Harbour Bank plc sells, or a column of a table for each party."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.agents.trade_extraction.cells import Cell
from harness.agents.trade_extraction.names import clean, ends_with_form
from harness.agents.trade_extraction.parties import Parties
from harness.agents.trade_extraction.vocabulary import meanings
from harness.agents.trade_extraction.wording import SEPARATOR


def columns_of_parties(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """Find the two names that head the columns of a table, as (role, name); nothing if that is not clear."""
    rows = [pair for pair in _pairs(cells) if all(ends_with_form(cell.text) for cell in pair)]
    return [(role, clean(cell.text)) for role, cell in zip(("party_a", "party_b"), rows[0], strict=True)] if len(rows) == 1 else []


def with_roles(cells: Sequence[Cell], parties: Parties) -> list[Cell]:
    """Put words of the vocabulary in the place of the parties' names, where a label or a column's head has them."""
    named = (pair for pair in _pairs(cells) if all(_is_name(parties.in_words(cell.text)) for cell in pair))
    heads = {cell for pair in named for cell in pair}
    return [
        replace(cell, lines=(parties.in_words(cell.text).rstrip("."),), full=()) if cell in heads else _in_label(cell, parties)
        for cell in cells
    ]


def _in_label(cell: Cell, parties: Parties) -> Cell:
    separator = SEPARATOR.search(cell.text)
    head, rest = (cell.text[: separator.start()], cell.text[separator.start() :]) if separator else (cell.text, "")
    words = parties.in_words(head)
    is_label = words != head and not _is_name(words) and meanings(words)
    return replace(cell, lines=(words + rest,), full=()) if is_label else cell


def _is_name(words: str) -> bool:
    return words.rstrip(". ") in ("partyone", "partytwo")


def _pairs(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Cell]]:
    """Find pairs of cells that head columns: at most a word for the rows stands to the left, and labels below that."""
    for cell in cells:
        row = sorted((other for other in cells if other.beside(cell)), key=lambda other: other.x0)
        if cell is not row[0] and row[0] not in row[-2:]:
            first, pair = row[0], row[-2:]
        else:
            first, pair = None, row
        if cell is not pair[0] or len(pair) != 2 or len(row) > 3 or (first and meanings(first.text)):
            continue
        below = [other for other in cells if other.page == cell.page and 0 < other.top - cell.bottom < 2 * cell.size]
        labels = [other for other in below if other.x1 <= pair[0].x0 + 3 and meanings(re.sub(r"[\s:]+$", "", other.text))]
        if labels and any(other.under(pair[0]) for other in below) and any(other.under(pair[1]) for other in below):
            yield pair[0], pair[1]
