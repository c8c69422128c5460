"""What can end a piece of a run early: the run itself, or the Parallel or Map that a branch belongs to."""

import math
import threading

from harness.embedded.clock import CLOCK, Signal
from harness.embedded.stepfunctions.errors import TIMEOUT, Ended


class Scope:
    """The one place where a run waits, so that its end, its deadline or a failing sibling ends every wait.

    The end of `parent`, the scope around this one, is this one's end too. `deadline` is the virtual time, in seconds
    since the epoch, at which the run ends as TIMED_OUT.
    """

    def __init__(self, parent: "Scope | None" = None, deadline: float = math.inf) -> None:
        self._lock = threading.Lock()
        self._reason: Ended | None = None
        self._waiting: set[Signal] = set()
        self._children: list[Scope] = []
        self._deadline = parent._deadline if parent else deadline
        if parent:
            with parent._lock:
                parent._children.append(self)
                self._reason = parent._reason

    def end(self, reason: Ended) -> None:
        """End everything inside; the first reason counts."""
        with self._lock:
            self._reason = self._reason or reason
            waiting, children = list(self._waiting), list(self._children)
        for signal in waiting:
            signal.give()
        for child in children:
            child.end(reason)

    def check(self) -> None:
        """Raise Ended when it is over, or when the run's time is."""
        if self._reason:
            raise self._reason
        if CLOCK.now() >= self._deadline:
            raise Ended("TIMED_OUT", TIMEOUT)

    def wait(self, seconds: float, signal: Signal | None = None) -> bool:
        """Wait virtual seconds, or until the signal; True if the signal came. Raises Ended as `check` does."""
        signal = signal or Signal()
        with self._lock:
            if not self._reason:
                self._waiting.add(signal)
        try:
            self.check()
            came = CLOCK.sleep(min(seconds, self._deadline - CLOCK.now()), signal)
        finally:
            with self._lock:
                self._waiting.discard(signal)
        self.check()
        return came
