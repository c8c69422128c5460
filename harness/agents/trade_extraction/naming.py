"""The names of the parties in labels: Harbour Bank plc sells, or a column of a table for each party."""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.agents.trade_extraction.cells import Cell
from harness.agents.trade_extraction.names import clean, ends_with_form, name_of
from harness.agents.trade_extraction.parties import Parties
from harness.agents.trade_extraction.vocabulary import meanings
from harness.agents.trade_extraction.wording import SEPARATOR, whole


def columns_of_parties(cells: Sequence[Cell]) -> list[tuple[str, str]]:
    """Find the two names that head the columns of a table, as (role, name); nothing if that is not clear."""
    rows = [pair for pair in _heads(cells) if all(ends_with_form(cell.text) for cell in pair)]
    if len(rows) != 1:
        return []
    one, other = (clean(cell.text) for cell in rows[0])
    return [("party_a", one), ("party_b", other)]


def with_roles(cells: Sequence[Cell], parties: Parties) -> list[Cell]:
    """Put words of the vocabulary in the place of the parties' names, where a label or a column's head has them."""
    named = (pair for pair in _heads(cells) if all(_is_name(parties.in_words(cell.text)) for cell in pair))
    heads = {cell for pair in named for cell in pair}
    return [
        _with(cell, parties.in_words(cell.text).rstrip(".")) if cell in heads else _in_label(cell, parties)
        for cell in cells
    ]


def _in_label(cell: Cell, parties: Parties) -> Cell:
    separator = SEPARATOR.search(cell.text)
    head, rest = (cell.text[: separator.start()], cell.text[separator.start() :]) if separator else (cell.text, "")
    words = parties.in_words(_without_initials(head, parties))
    in_label = words != head and not _is_name(re.sub(r"\([^)]*\)", "", words)) and meanings(words)
    return _with(cell, words + rest) if in_label else cell


def _without_initials(label: str, parties: Parties) -> str:
    """Put a party's name in the place of its initials at a label's beginning: TMB Reference."""
    first, _, rest = label.partition(" ")
    named = [
        party.name for party in parties.both if first == _initials(party.name) or first == _initials(party.name, 3)
    ]
    return f"{named[0]} {rest}" if len(named) == 1 and first.isupper() and len(first) > 1 and rest else label


def _initials(name: str, count: int | None = None) -> str:
    return "".join(word[0] for word in name_of(name).words.split()[:count] if word[0].isalpha()).upper()


def _with(cell: Cell, text: str) -> Cell:
    return replace(cell, lines=(text,), full=())


def _is_name(words: str) -> bool:
    return words.rstrip(". ") in ("partyone", "partytwo")


def _heads(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Cell]]:
    """Find pairs of cells that head columns: labels are below to the left, and no label beside them."""
    for _, on_page in itertools.groupby(cells, key=lambda cell: cell.page):
        page = list(on_page)
        for cell in page:
            row = sorted((other for other in page if other.beside(cell)), key=lambda other: other.x0)
            *left, one, other = row if len(row) in (2, 3) else (None, None)
            if cell is one and other and not (left and whole(left[0].text)) and _have_rows(one, other, page):
                yield one, other


def _have_rows(one: Cell, other: Cell, page: Sequence[Cell]) -> bool:
    below = [cell for cell in page if 0 < cell.top - one.bottom < 2 * one.size]
    labelled = any(cell.x1 <= one.x0 + 3 and whole(cell.text) for cell in below)
    return labelled and all(any(cell.under(head) for cell in below) for head in (one, other))
