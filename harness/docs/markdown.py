"""Markdown, as the generated documents need it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a cell may hold any text of one line."""
    return "\n".join([_row(headings), _row(["---"] * len(headings)), *(_row(row) for row in rows)])


def between(text: str, begin: str, end: str, content: str) -> str:
    """Return the text with other content between two marks. Raises ValueError where it has not each of them once."""
    before, rest = text.split(begin)
    _, after = rest.split(end)
    return "".join([before, begin, content, end, after])


def _row(cells: Iterable[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
