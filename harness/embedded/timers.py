"""Actions at a virtual time that take a while: the clock's own thread starts them, and does not wait for them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from harness.embedded.clock import CLOCK


def at(time: float, action: Callable[[], Any], awaited: bool = True) -> None:
    """Run `action` in a thread of its own at a virtual time, in seconds since the epoch; at once if that has passed.

    No time is skipped for the sake of actions alone that nobody awaits.
    """
    CLOCK.call_at(time, partial(CLOCK.start, action), awaited)
