"""Markdown, as the generated documents need it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell may hold any text of one line."""
    return "\n".join([_row(headings), _row(["---"] * len(headings)), *(_row(row) for row in rows)])


def introduction(file: str) -> str:
    """Return what is written by hand at the beginning of a document, from beside the file that renders the rest."""
    return Path(file).with_suffix(".introduction.md").read_text(encoding="utf-8").rstrip()


def between(text: str, begin: str, end: str, content: str) -> str:
    """Return the text with other content between two marks. Raises ValueError where it has not each of them once."""
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return "".join([before, begin, content, end, after])


def _row(cells: Iterable[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
