"""What can end a piece of a run early: the run itself, or the Parallel or Map that a branch belongs to."""

import math

from harness.embedded.clock import CLOCK, Signal
from harness.embedded.stepfunctions.errors import TIMEOUT, ExecutionEnded


class Scope:
    """The one place where a run waits, so that its end, its deadline or a failing sibling ends every wait.

    The end of `parent`, the scope around this one, is this one's end too. `deadline` is the virtual time, in seconds
    since the epoch, at which the run ends as TIMED_OUT. All of it happens in the clock's own thread.
    """

    def __init__(self, parent: "Scope | None" = None, deadline: float = math.inf) -> None:
        self._reason: ExecutionEnded | None = parent._reason if parent else None
        self._last: ExecutionEnded | None = None  # why no further state is entered
        self._waiting: set[Signal] = set()
        self._children: set[Scope] = set()
        self._parent = parent
        self._deadline = parent._deadline if parent else deadline
        if parent:
            parent._children.add(self)

    def close(self) -> None:
        """Leave the scope around this one: nothing happens in it any more."""
        if self._parent:
            self._parent._children.discard(self)

    def end(self, reason: ExecutionEnded) -> None:
        """End everything inside; the first reason counts."""
        self._reason = self._reason or reason
        for signal in list(self._waiting):
            signal.set()
        for child in list(self._children):
            child.end(reason)

    def end_with_state(self, reason: ExecutionEnded) -> None:
        """End it where the next state would be entered, inside or here."""
        self._last = reason

    def enter(self) -> None:
        """Enter a state. Raises ExecutionEnded as `check` does."""
        self.check()
        scope: Scope | None = self
        while scope:
            if scope._last:
                raise scope._last
            scope = scope._parent

    def check(self) -> None:
        """Raise ExecutionEnded when it is over, or when the run's time is."""
        if self._reason:
            raise self._reason
        if CLOCK.now() >= self._deadline:
            raise ExecutionEnded("TIMED_OUT", TIMEOUT)

    async def wait(self, seconds: float, signal: Signal | None = None, awaited: bool = True) -> bool:
        """Wait virtual seconds, or until the signal; returns whether it came. Raises ExecutionEnded as `check` does.

        `awaited` is False for a signal from outside: no time is skipped before it can come.
        """
        signal = signal or Signal()
        self.check()
        if not signal.is_set():
            wake = Signal()
            timer = CLOCK.call_at(min(CLOCK.now() + seconds, self._deadline), wake.set, awaited)
            self._waiting.add(wake)
            signal.then(wake.set)
            try:
                await wake
            finally:
                CLOCK.cancel(timer)
                self._waiting.discard(wake)
                signal.forget(wake.set)
        self.check()
        return signal.is_set()
