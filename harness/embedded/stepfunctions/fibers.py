"""Fibers: coroutines that run in the clock's own thread and wait for signals, thousands of them at little cost."""

from collections.abc import Coroutine, Generator
from typing import Any

from harness.embedded.clock import CLOCK, Signal


class Fiber:
    """A coroutine under way; `over` is set when it has ended, and `result` is what it returned."""

    def __init__(self, coroutine: Coroutine[Signal, None, Any]) -> None:
        self.over = Signal()
        self.result: Any = None
        self._coroutine = coroutine
        CLOCK.call(self._step)

    def _step(self) -> None:
        try:
            awaited = self._coroutine.send(None)
        except StopIteration as end:
            self.result = end.value
            self.over.set()
        except BaseException:
            self.over.set()
            raise
        else:
            awaited.then(self._resume)

    def _resume(self) -> None:
        CLOCK.call(self._step)


class Turn:
    """Awaiting it lets all others that are ready go first."""

    def __await__(self) -> Generator[Signal, None, None]:
        """Suspend the fiber, and put it at the end of the queue."""
        signal = Signal()
        signal.set()
        yield signal
