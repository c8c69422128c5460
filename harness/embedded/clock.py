"""Virtual time: waits of minutes pass in moments, and every timestamp agrees with them."""

import contextlib
import heapq
import itertools
import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import SimpleQueue
from typing import Any

Callback = Callable[[], Any]
_CANCELLED = 1000  # timers that may wait to be removed
_SHOWN = 5  # timers


class Signal:
    """An event that happens once, and then ends the wait of whoever waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_set = False
        self._callbacks: list[Callback] = []

    def set(self) -> None:
        """Set it, and call back whoever waits for it."""
        with self._lock:
            self._is_set = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._is_set

    def then(self, callback: Callback) -> None:
        """Call back once, in the thread that sets the signal; at once where it is set already."""
        with self._lock:
            if not self._is_set:
                self._callbacks.append(callback)
                return
        callback()

    def forget(self, callback: Callback) -> None:
        """Call this back no more."""
        with self._lock, contextlib.suppress(ValueError):
            self._callbacks.remove(callback)

    def wait(self, seconds: float | None = None) -> bool:
        """Block this thread until it happens, for real seconds at most; returns whether it did."""
        happened = threading.Event()
        self.then(happened.set)
        try:
            return happened.wait(seconds)
        finally:
            self.forget(happened.set)

    def __await__(self) -> Iterator["Signal"]:
        """Suspend a fiber until it happens."""
        if not self._is_set:
            yield self


class Timer:
    """A callback that is due at a moment of virtual time."""

    __slots__ = ("awaited", "callback", "end")

    def __init__(self, end: float, callback: Callback, awaited: bool) -> None:
        self.end = end
        self.callback: Callback | None = callback  # None: cancelled, or called
        self.awaited = awaited


class _Worker(threading.local):
    busy = False  # the thread counts among those that work


class _Crew:
    """Threads that are kept for the next work: as many as work at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle = 0
        self._work: SimpleQueue[Callback] = SimpleQueue()

    def run(self, work: Callback) -> None:
        """Run the work in a thread of its own."""
        with self._lock:
            if self._idle:
                self._idle -= 1
                self._work.put(work)
                return
        threading.Thread(target=self._serve, args=(work,), daemon=True).start()

    def _serve(self, work: Callback) -> None:
        while True:
            work()
            del work  # nothing of it lives on while the thread is idle
            with self._lock:
                self._idle += 1
            work = self._work.get()


class Clock:
    """Time that runs `speed` times as fast as real time, without a jump but where one is requested.

    A clock with `leaps` skips to the next timer as soon as nothing works: waits pass at once, and no work is late
    because the machine is slow. What works is what `call`, `start` and `working` run, while it does not `sleep`.

    Its own thread makes all calls: those of `call` in their order, and a timer's once no other call is waiting. So what
    was finished before a timer was due is never overtaken by it.
    """

    def __init__(self, speed: float = 1.0, leaps: bool = False) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._thread: threading.Thread | None = None
        self._calls: deque[Callback] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._awaited = 0  # timers that somebody waits for
        self._cancelled = 0  # timers that are only not removed yet
        self._working = 0
        self._worker = _Worker()
        self._crew = _Crew()
        self._leaps = leaps
        self._horizon: tuple[float, Signal] | None = None  # the moment up to which time is worked off
        # The real and the virtual time at which the clock was set, and the speed: replaced as one, so never torn.
        self._set = (time.monotonic(), time.time(), _positive(speed))

    @property
    def speed(self) -> float:
        """Virtual seconds per real second."""
        return self._set[2]

    @property
    def leaps(self) -> bool:
        """Whether the clock skips the time in which nothing works."""
        return self._leaps

    def run(self, speed: float, leaps: bool = False) -> None:
        """Continue at another speed; this alone changes no time.

        Raises ValueError when the speed is not a positive number.
        """
        with self._lock:
            self._move(0, _positive(speed))
            self._leaps = leaps

    def skip(self, seconds: float) -> None:
        """Move the time forward: what is due by then happens.

        Raises ValueError when `seconds` is not a positive number.
        """
        with self._lock:
            self._move(_positive(seconds), self.speed)

    def work_off(self, seconds: float) -> Signal:
        """Skip to each moment in the next `seconds` at which something is due, when the work of the last one is over.

        The signal is set when they are over and nothing works. Unlike with `leaps`, what nobody awaits comes too.
        Raises ValueError when `seconds` is not a positive number, or while earlier ones are being worked off.
        """
        with self._lock:
            if self._horizon:
                raise ValueError("The clock is working off an earlier stretch of time.")
            reached = Signal()
            self._horizon = self.now() + _positive(seconds), reached
            self._wake()
        return reached

    def now(self) -> float:
        """Return virtual seconds since the epoch."""
        real, virtual, speed = self._set
        return virtual + (time.monotonic() - real) * speed

    def date(self) -> datetime:
        """Return the virtual time as a date of UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def describe(self) -> dict[str, Any]:
        """Return what the clock waits for: what works, and in how many virtual seconds the next timers are due."""
        with self._lock:
            now = self.now()
            due = (end - now for end, _, timer in self._timers if timer.callback and not math.isinf(end))
            return {
                "now": now,
                "speed": self.speed,
                "leaps": self._leaps,
                "working": self._working,
                "calls": len(self._calls),
                "awaited_timers": self._awaited,
                "next_timers": heapq.nsmallest(_SHOWN, due),
                "works_off": self._horizon[0] - now if self._horizon else None,
            }

    def call(self, callback: Callback) -> None:
        """Make a call in the clock's own thread; from now on it counts as work."""
        with self._lock:
            self._working += 1
            self._calls.append(callback)
            self._wake()

    def call_at(self, end: float, callback: Callback, awaited: bool = True) -> Timer:
        """Make a call in the clock's own thread when it is `end`, in virtual seconds since the epoch.

        No time is skipped for the sake of timers alone that nobody awaits.
        """
        timer = Timer(end, callback, awaited)
        with self._lock:
            heapq.heappush(self._timers, (timer.end, next(self._order), timer))
            self._awaited += awaited
            if self._timers[0][2] is timer:
                self._wake()
        return timer

    def cancel(self, timer: Timer) -> None:
        """Cancel a timer."""
        with self._lock:
            if timer.callback is not None:
                timer.callback = None
                self._awaited -= timer.awaited
                self._cancelled += 1
            if self._cancelled > _CANCELLED and self._cancelled * 2 > len(self._timers):
                self._timers = [entry for entry in self._timers if entry[2].callback is not None]
                heapq.heapify(self._timers)
                self._cancelled = 0

    def sleep(self, seconds: float, signal: Signal | None = None, awaited: bool = True) -> bool:
        """Block this thread for `seconds` of virtual time; returns whether the signal came before they were over.

        No time is skipped for the sake of sleeps alone whose end nobody awaits.
        """
        if threading.current_thread() is self._thread:
            raise RuntimeError("The clock's own thread must not sleep.")
        signal = signal or Signal()
        if signal.is_set():
            return True
        busy, over = self._worker.busy, threading.Event()

        def wake() -> None:
            with self._lock:
                if not over.is_set():
                    self._working += busy  # here, so that no time is skipped before the thread goes on
                    over.set()

        timer = self.call_at(self.now() + seconds, wake, awaited)
        with self._lock:
            self._working -= busy
            self._wake()
        signal.then(wake)
        over.wait()
        self.cancel(timer)
        signal.forget(wake)
        return signal.is_set()

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Count this thread among those that work: no time is skipped while it does not sleep."""
        if self._worker.busy:
            yield
            return
        with self._lock:
            self._working += 1
        with self._counted():
            yield

    def start(self, work: Callback) -> Signal:
        """Work in a thread of its own; the signal is set when the work is over."""
        over = Signal()

        def run() -> None:
            with self._counted():
                try:
                    work()
                finally:
                    over.set()  # before it counts no more: whoever waits for it is about to work

        with self._lock:
            self._working += 1
        self._crew.run(run)
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
                self._wake()

    def _wake(self) -> None:
        """Wake the clock's own thread after a change."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="clock", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _serve(self) -> None:
        while True:
            with self._lock:
                while (callback := self._next()) is None:
                    self._changed.wait(self._real_seconds())
            try:
                callback()
            except Exception:  # a defect of one must not stop the time of all
                logging.getLogger(__name__).exception("A call of the clock failed.")
            with self._lock:
                self._working -= 1

    def _next(self) -> Callback | None:
        """Return the next call to make, which counts as work; skips the time until then where that may be skipped."""
        if self._calls:
            return self._calls.popleft()
        timers = self._timers
        while timers:
            end, _, timer = timers[0]
            if timer.callback is None:
                heapq.heappop(timers)
                self._cancelled -= 1
                continue
            if end > self.now():
                if not self._skips_to(end):
                    break
                self._set = (time.monotonic(), end, self.speed)
            heapq.heappop(timers)
            callback, timer.callback = timer.callback, None
            self._awaited -= timer.awaited
            self._working += 1
            return callback
        return self._reach_horizon()

    def _skips_to(self, end: float) -> bool:
        if self._working or math.isinf(end):
            return False
        if self._horizon:
            return end <= self._horizon[0]
        return self._leaps and bool(self._awaited)

    def _reach_horizon(self) -> Callback | None:
        """Move on to the end of what is being worked off, and return the call that reports it."""
        if self._horizon is None or self._working:
            return None
        (end, reached), self._horizon = self._horizon, None
        self._set = (time.monotonic(), max(end, self.now()), self.speed)
        self._working += 1
        return reached.set

    def _real_seconds(self) -> float | None:
        """Return how long nothing is due."""
        if not self._timers or math.isinf(self._timers[0][0]):
            return None
        return min(max(self._timers[0][0] - self.now(), 0) / self.speed, threading.TIMEOUT_MAX)

    def _move(self, seconds: float, speed: float) -> None:
        self._set = (time.monotonic(), self.now() + seconds, speed)
        self._wake()


def _positive(number: float) -> float:
    if not 0 < number < float("inf"):
        raise ValueError(f"The clock accepts positive numbers only, not {number}.")
    return float(number)


CLOCK = Clock()  # the one clock of the process
