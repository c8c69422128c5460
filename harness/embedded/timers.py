"""Actions at a virtual time, without a thread that waits for each."""

import heapq
import itertools
import math
import threading
from collections.abc import Callable

from harness.embedded.clock import CLOCK, Signal

Action = Callable[[], None]


class Timers:
    """Runs actions when their time has come, each in a thread of its own that lasts only as long as the action."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due: list[tuple[float, int, Action]] = []
        self._order = itertools.count()
        self._changed = Signal()
        self._running = False

    def at(self, time: float, action: Action) -> None:
        """Run `action` at a virtual time, in seconds since the epoch; at once if that has passed."""
        with self._lock:
            heapq.heappush(self._due, (time, next(self._order), action))
            self._changed.give()
            if not self._running:
                self._running = True
                CLOCK.start(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                changed = self._changed = Signal()
                while self._due and self._due[0][0] <= CLOCK.now():
                    CLOCK.start(heapq.heappop(self._due)[2])
                due = self._due[0][0] if self._due else math.inf
            CLOCK.sleep(due - CLOCK.now(), changed, awaited=False)


TIMERS = Timers()
