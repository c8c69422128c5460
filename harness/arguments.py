"""Types of arguments that several commands take: what cannot be used is refused before anything begins."""

from __future__ import annotations

import argparse
from collections.abc import Callable


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return an argument's type: a whole number from `least` on, up to `most`."""
    limits = f"of at least {least}" if most is None else f"from {least} to {most}"

    def number(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = least - 1
        if found < least or (most is not None and found > most):
            raise argparse.ArgumentTypeError(f"{text!r} cannot be used: say a whole number {limits}.")
        return found

    return number
