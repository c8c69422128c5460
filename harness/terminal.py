"""Text on a terminal: whatever is printed passes `safe`, since ids and file names come from who uploads documents."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Column, Table

from harness.plain import REPLACEMENT as REPLACEMENT
from harness.plain import safe as safe
from harness.plain import say as say

PLAIN_WIDTH = 110  # of what is not read on a terminal


class SafeConsole(Console):
    """A console on which nothing but its own styles and cursor movements controls the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as Rich does, with safe text."""
        return self._sanitised(super().render(renderable, options))

    @staticmethod
    def _sanitised(segments: Iterable[Segment]) -> Iterator[Segment]:
        for segment in segments:
            if segment.control or (segment.text.isascii() and segment.text.isprintable()):
                yield segment
            else:
                yield Segment(safe(segment.text), segment.style)


def output(wrap: bool = True) -> SafeConsole:
    """Return the console for a command's results; progress goes to `harness.progress.CONSOLE`.

    Without `wrap` a long line stays one line, fit to be copied.
    """
    settings: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False, "soft_wrap": not wrap}
    console = SafeConsole(**settings)
    if console.is_terminal or "COLUMNS" in os.environ:
        return console
    return SafeConsole(**settings, width=PLAIN_WIDTH)


def table(*columns: str | Column) -> Table:
    """Return a table that folds what has no room rather than cut it off: names in it are typed back to commands."""
    return Table(*(Column(column, overflow="fold") if isinstance(column, str) else column for column in columns))


def moment(at: datetime | None) -> str:
    """Return a time as it is shown, to the second and with its offset; empty for none."""
    return at.isoformat(sep=" ", timespec="seconds") if at else ""
