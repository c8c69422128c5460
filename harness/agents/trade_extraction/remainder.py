"""What a document says besides the trade that is read: an amount or a rate that no field holds may change the trade."""

import re
import tomllib
from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

from harness.agents.trade_extraction.cells import Cell
from harness.agents.trade_extraction.documents import sentences
from harness.agents.trade_extraction.labels import Layout
from harness.agents.trade_extraction.numbers import FIGURES, number, plain
from harness.agents.trade_extraction.rates import rates_in
from harness.agents.trade_extraction.values import dates_in
from harness.agents.trade_extraction.vocabulary import heading
from harness.agents.trade_extraction.wording import SEPARATOR, bare
from harness.agents.trade_extraction.writing import CODES, FACTORS, Style, plain_signs

_DATA = tomllib.loads(Path(__file__).with_name("documents.toml").read_text(encoding="utf-8"))
_OTHER_SUBJECTS = re.compile(_DATA["other_subjects"], re.IGNORECASE)
_OF_THE_TRADE = re.compile(_DATA["of_the_trade"], re.IGNORECASE)
_OF_AN_AGREEMENT = re.compile(_DATA["of_an_agreement"], re.IGNORECASE)
_LONGEST_ROW = 7  # words: more are a sentence
_HARMLESS = re.compile(_DATA["harmless_rows"], re.IGNORECASE)
_LARGE_FIGURES = re.compile(r"(?<![\w.,/-])\d{1,3}(?:[,.'\u2019 ]\d{3}){1,4}(?:[.,]\d{1,2})?(?![\w/-]|[.,]\d)")
_MONEY = re.compile(
    rf"(?:\b(?:{CODES})|US\$|[$\u20ac\u00a3\u00a5])(?:\s|(?=[\d.,]{{3}})|(?<=[$\u20ac\u00a3\u00a5]))(?P<before>{FIGURES})(?:\s?(?P<factor>[a-z]+))?"
    rf"|(?P<after>{FIGURES})\s?(?:(?P<unit>[a-z]+)\s)?(?:(?:{CODES})\b|[\u20ac\u00a3])",
    re.IGNORECASE,
)


def require_nothing_else(layout: Layout, accounted: Collection[Cell], values: Collection[str], style: Style) -> None:
    """Raise ValueError that quotes an amount, a rate or a date which is none of the trade's values.

    What a sentence says of a case, an example or another agreement, and what bank details say, is no term of the trade.
    """
    known = {_canonical(value) for value in values}
    for text in _unaccounted(layout, accounted):
        for value in (*rates_in(text), *_amounts_in(text, style), *_dates_in(text, style)):
            if _canonical(value) not in known:
                shown = text if len(text) < 160 else f"{text[:160]}\u2026"
                raise ValueError(f"it says '{shown}', which no field holds")


def _dates_in(text: str, style: Style) -> Iterator[str]:
    """Return the dates of a sentence of the trade."""
    is_sentence = len(text.split()) > _LONGEST_ROW and not _OF_AN_AGREEMENT.search(text)
    return dates_in(text, style) if is_sentence and _OF_THE_TRADE.search(text) else iter(())


def _unaccounted(layout: Layout, accounted: Collection[Cell]) -> Iterator[str]:
    """Return the rows and sentences that were not read as a term."""
    left: list[Cell] = []
    accounted = {*accounted, *layout.inside_an_obligation}
    in_accounts = False
    for cell in layout.cells:
        title = heading(bare(cell.text)) or heading(SEPARATOR.split(cell.text, maxsplit=1)[0])
        if title and layout.alone_on_its_height(cell):
            in_accounts = title.section == "accounts"
        beside = [other for other in layout.grid.beside(cell) if other.x1 <= cell.x0]
        label = min(beside, key=lambda other: other.x0, default=cell)
        if (cell not in accounted or cell.is_note) and not in_accounts and not _HARMLESS.match(label.text):
            left.append(cell)
    for sentence in sentences(left):
        if not _OTHER_SUBJECTS.search(sentence):
            yield sentence


def _amounts_in(text: str, style: Style) -> Iterator[str]:
    plain_text = plain_signs(text)
    for match in _MONEY.finditer(plain_text):
        figures, factor = match["before"] or match["after"], (match["factor"] or match["unit"] or "").lower()
        yield _amount(figures, FACTORS.get(factor, 1), style)
    yield from (_amount(match[0], 1, style) for match in _LARGE_FIGURES.finditer(_MONEY.sub(" ; ", plain_text)))


def _amount(figures: str, factor: int, style: Style) -> str:
    try:
        return plain(number(figures, decimal_comma=style.decimal_comma, money=factor == 1) * factor)
    except ValueError:
        return figures


def _canonical(value: str) -> str:
    try:
        return plain(abs(Decimal(value)))
    except InvalidOperation:
        return value
