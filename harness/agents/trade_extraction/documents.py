"""What a document is: only the confirmation of one new trade is read. How others are recognised: documents.toml."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.agents.trade_extraction.cells import Cell
from harness.agents.trade_extraction.labels import Layout
from harness.agents.trade_extraction.names import ends_with_form
from harness.agents.trade_extraction.vocabulary import meanings
from harness.agents.trade_extraction.wording import SEPARATOR, bare
from harness.agents.trade_extraction.writing import WORDS, fold

_DATA = tomllib.loads(Path(__file__).with_name("documents.toml").read_text(encoding="utf-8"))
_LONGEST_TITLE = 14  # words
_LONGEST_LABEL = 8
_NO = {*WORDS["no_spread"], "no", "does not apply", "not agreed", "none agreed", "not used"}
_CONDITIONAL = re.compile(_DATA["conditional"], re.IGNORECASE)
_OF_TITLES = re.compile(_DATA["titles"], re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<=[.;])\s+(?=[A-Z(\"\u201c])")
_TERMS = {
    "trade_date",
    "effective_date",
    "termination_date",
    "settlement_date",
    "notional",
    "fixed_rate",
    "bought",
    "sold",
}


@dataclass(frozen=True)
class Row:
    """A label, known or not, with the text at it."""

    cells: tuple[Cell, ...]
    label: str
    value: str

    @property
    def applies(self) -> bool:
        """Return whether the row says more than that there is no such thing."""
        return fold(self.value) not in _NO and self.value.strip() not in _NO


@dataclass(frozen=True)
class _Kind:
    name: str
    patterns: Mapping[str, re.Pattern[str]]

    def found_in(self, where: str, text: str) -> re.Match[str] | None:
        pattern = self.patterns.get(where)
        if pattern is None:
            return None
        found = pattern.match(text) if where in ("row", "of_term") else pattern.search(text)
        return found if found and (where != "of_term" or meanings(text[found.end() :])) else None


_KINDS = [
    _Kind(
        entry["is"],
        {where: re.compile(entry[where], re.IGNORECASE) for where in entry if where != "is"},
    )
    for entry in _DATA["document"]
]


def require_new_trade(layout: Layout, stamps: Sequence[Mapping[str, str]]) -> None:
    """Raise ValueError that says what a document is, if it is not the confirmation of one new trade."""
    for stamp in stamps:
        if stamp["kind"] == "annotation":
            raise ValueError(f"it bears the note '{stamp['text']}', which may change what it says")
    rows = list(rows_of(layout))
    titles = [*(stamp["text"] for stamp in stamps), *_titles(layout), *_titles_in(rows)]
    for title in titles:
        _require_none("title", title)
    for row in rows:
        if row.applies:
            for where in ("row", "of_term"):
                _require_none(where, row.label, f"{row.label}: {row.value}" if row.value else row.label)
    for sentence in sentences(layout.cells):
        _require_none("even_if", sentence)
        if not _CONDITIONAL.search(sentence):
            _require_none("says", sentence)


def _require_none(where: str, text: str, shown: str = "") -> None:
    for kind in _KINDS:
        if found := kind.found_in(where, text):
            what = shown or (
                text if len(text) < 100 else f"\u2026{text[max(0, found.start() - 40) : found.end() + 40]}\u2026"
            )
            raise ValueError(f"it is {kind.name}: '{' '.join(what.split())}'")


def rows_of(layout: Layout) -> Iterator[Row]:
    """Return the rows of a document: a label with a mark behind it or with a cell beside it, and the text at it."""
    values: set[Cell] = set()
    for cell in layout.cells:
        separator = SEPARATOR.search(cell.text)
        if separator and len(cell.text[: separator.start()].split()) <= _LONGEST_LABEL:
            value = cell.text[separator.end() :]
            right = [] if value else layout.right_of(cell)[:1]
            values.update(right)
            yield Row((cell, *right), cell.text[: separator.start()], value or " ".join(other.text for other in right))
        elif len(cell.text.split()) <= _LONGEST_LABEL and (right := layout.right_of(cell)):
            if cell not in values:
                values.add(right[0])
                yield Row((cell, right[0]), bare(cell.text), right[0].text)
        elif len(cell.text.split()) <= _LONGEST_LABEL and cell not in values:
            yield Row((cell,), bare(cell.text), "")


def sentences(cells: Sequence[Cell]) -> list[str]:
    """List the sentences of a document's paragraphs; a row is one of its own."""
    paragraphs: list[list[Cell]] = []
    for cell in cells:
        last = paragraphs[-1][-1] if paragraphs else None
        goes_on = (
            last is not None
            and last.page == cell.page
            and abs(last.x0 - cell.x0) <= 3
            and 0 <= cell.top - last.top < 2 * cell.size * len(last.lines)
            and last.x1 - last.x0 > 25 * last.size
        )
        if goes_on:
            paragraphs[-1].append(cell)
        else:
            paragraphs.append([cell])
    return [sentence for some in paragraphs for sentence in _SENTENCE_END.split(" ".join(cell.text for cell in some))]


def _titles(layout: Layout) -> Iterator[str]:
    """Yield what is written above the first term of the trade, except sentences."""
    for cell in layout.cells:
        for text in _readings(cell):
            head = SEPARATOR.split(text, maxsplit=1)[0]
            found = {meaning.field for part in (text, head) for meaning in meanings(bare(part))}
            if found & _TERMS and not found & {"sender", "recipient"}:
                return
            is_sentence = len(text.split()) > _LONGEST_TITLE or text.rstrip().endswith((".", ","))
            if text[:1].isupper() and not found and not is_sentence:
                yield text


def _readings(cell: Cell) -> list[str]:
    """List the lines of a heading, one by one and as a whole; other cells as a whole. A company's name is no title."""
    lines = [line for line in cell.lines if not ends_with_form(line)]
    is_heading = len(lines) > 1 and all(len(line.split()) <= _LONGEST_LABEL for line in lines)
    return [*(lines if is_heading else ()), " ".join(lines)]


def _titles_in(rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        if _OF_TITLES.match(row.label) and row.value:
            yield row.value
