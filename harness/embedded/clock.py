"""Virtual time: waits of minutes pass in moments, and every timestamp agrees with them."""

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SLICE = 0.05  # real seconds after which a sleeper notices that the speed was changed


class Signal:
    """Something that may come to pass once, and then ends the sleep of whoever sleeps until it does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._given = False

    def give(self) -> None:
        """Let it have come to pass."""
        with self._changed:
            self._given = True
            self._changed.notify_all()

    def is_given(self) -> bool:
        """Tell whether it came to pass."""
        return self._given

    def nudge(self) -> None:
        """Let whoever waits look at the clock."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait real seconds at most, until it comes to pass or somebody nudges."""
        with self._changed:
            if not self._given:
                self._changed.wait(seconds)


@dataclass(frozen=True, eq=False)
class _Sleeper:
    end: float  # virtual
    signal: Signal
    awaited: bool


class _Worker(threading.local):
    busy = False  # the thread counts among those that work


class Clock:
    """Time that runs `speed` times as fast as real time, without a jump but where one is asked for.

    A clock that `leaps` jumps to the end of the next sleep as soon as all that works sleeps: waits pass at once, and no
    work is late because the machine is slow.
    """

    def __init__(self, speed: float = 1.0, leaps: bool = False) -> None:
        self._lock = threading.Lock()
        self._sleepers: set[_Sleeper] = set()
        self._working = 0
        self._worker = _Worker()
        self._leaps = leaps
        # The real and the virtual time at which the hand was set, and the speed: replaced as one, so never torn.
        self._set = (time.monotonic(), time.time(), _positive(speed))

    @property
    def speed(self) -> float:
        """Virtual seconds per real second."""
        return self._set[2]

    @property
    def leaps(self) -> bool:
        """Whether the clock leaps."""
        return self._leaps

    def run(self, speed: float, leaps: bool = False) -> None:
        """Run on at another speed; this alone moves no hand of the clock.

        Raises ValueError when the speed is not a positive number.
        """
        with self._lock:
            self._move(0, _positive(speed))
            self._leaps = leaps
            self._leap()

    def skip(self, seconds: float) -> None:
        """Move the clock's hand forward: whoever sleeps until then wakes up.

        Raises ValueError when `seconds` is not a positive number.
        """
        with self._lock:
            self._move(_positive(seconds), self.speed)

    def now(self) -> float:
        """Virtual seconds since the epoch."""
        real, virtual, speed = self._set
        return virtual + (time.monotonic() - real) * speed

    def sleep(self, seconds: float, signal: Signal | None = None, awaited: bool = True) -> bool:
        """Sleep for `seconds` of virtual time; True if the signal came before they were over.

        No leap is made for the sake of sleeps alone whose end nobody awaits.
        """
        sleeper = _Sleeper(self.now() + seconds, signal or Signal(), awaited)
        busy = self._worker.busy
        with self._lock:
            self._sleepers.add(sleeper)
            self._working -= busy
            self._leap()
        while (left := sleeper.end - self.now()) > 0 and not sleeper.signal.is_given():
            sleeper.signal.wait(min(left / self.speed, _SLICE))
        with self._lock:
            self._sleepers.remove(sleeper)
            self._working += busy
        return sleeper.signal.is_given()

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Count this thread among those that work: no leap while it does not sleep."""
        if self._worker.busy:
            yield
            return
        with self._lock:
            self._working += 1
        with self._counted():
            yield

    def start(self, work: Callable[[], None]) -> Signal:
        """Work in a thread of its own; the signal tells that it is over."""
        over = Signal()

        def run() -> None:
            with self._counted():
                try:
                    work()
                finally:
                    over.give()  # before it counts no more: whoever sleeps until then is about to work

        with self._lock:
            self._working += 1
        threading.Thread(target=run, daemon=True).start()
        return over

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        self._worker.busy = True
        try:
            yield
        finally:
            self._worker.busy = False
            with self._lock:
                self._working -= 1
                self._leap()

    def _leap(self) -> None:
        """Jump to the end of the next sleep, unless somebody works or is about to, since their signal came."""
        sleepers = self._sleepers
        if not self._leaps or self._working or any(sleeper.signal.is_given() for sleeper in sleepers):
            return
        if any(sleeper.awaited for sleeper in sleepers):
            end = min(sleeper.end for sleeper in sleepers)
            if self.now() < end < math.inf:
                self._move(end - self.now(), self.speed)

    def _move(self, seconds: float, speed: float) -> None:
        self._set = (time.monotonic(), self.now() + seconds, speed)
        for sleeper in self._sleepers:
            if sleeper.end <= self.now():
                sleeper.signal.nudge()


def _positive(number: float) -> float:
    if not 0 < number < float("inf"):
        raise ValueError(f"The clock takes positive numbers only, not {number}.")
    return float(number)


CLOCK = Clock()  # the one clock of the process
