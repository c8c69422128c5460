"""Plain text that is safe to print. It needs no package, so the command line can say which one is missing."""

from __future__ import annotations

import io
import sys
from typing import Any

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


def say(text: str, error: bool = False) -> None:
    """Print one text as it is but for what is not safe; lines are not wrapped."""
    print(safe(text), file=sys.stderr if error else sys.stdout)


def tolerate() -> None:
    """Print `?` for what standard output or standard error cannot encode, rather than end the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
