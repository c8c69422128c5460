"""Text on a terminal: whatever is printed passes `safe`, since ids and file names come from who uploads documents."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

PLAIN_WIDTH = 110  # of what is not read on a terminal
REPLACEMENT = "�"


def safe(text: Any) -> str:
    """Return the text without what a terminal or a browser obeys: control characters, bidirectional marks and others.

    Line ends and tabs stay; each other character that does not print becomes U+FFFD.
    """
    return "".join(map(_safe, str(text)))


def _safe(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    return " " if character.isspace() and character not in "\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\u2028\u2029" else REPLACEMENT


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


def say(text: str, error: bool = False) -> None:
    """Print one text as it is but for what is not safe; lines are not wrapped."""
    print(safe(text), file=sys.stderr if error else sys.stdout)


def tolerate() -> None:
    """Let no character end the process that standard output or standard error cannot encode: `?` stands for it."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
