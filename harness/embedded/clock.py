"""Virtual time: waits of minutes pass in moments, and every timestamp agrees with them."""

import threading
import time

_SLICE = 0.05  # real seconds after which a sleeper notices that the speed was changed


class Clock:
    """Time that runs `speed` times as fast as real time, without a jump when the speed changes."""

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._real = time.monotonic()
        self._virtual = time.time()
        self._speed = _positive(speed)

    @property
    def speed(self) -> float:
        """Virtual seconds per real second; setting it moves no hand of the clock.

        Raises ValueError when the new speed is not a positive number.
        """
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        speed = _positive(speed)
        with self._lock:
            real = time.monotonic()
            self._virtual += (real - self._real) * self._speed
            self._real, self._speed = real, speed

    def now(self) -> float:
        """Virtual seconds since the epoch."""
        with self._lock:
            return self._virtual + (time.monotonic() - self._real) * self._speed

    def real(self, seconds: float) -> float:
        """Real seconds that `seconds` of virtual time take at the current speed."""
        return seconds / self._speed

    def sleep(self, seconds: float, wake: threading.Event | None = None) -> bool:
        """Sleep for `seconds` of virtual time; True if `wake` was set before they were over."""
        wake = wake or threading.Event()
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            if wake.wait(min(self.real(left), _SLICE)):
                return True
        return wake.is_set()


def _positive(speed: float) -> float:
    if not 0 < speed < float("inf"):
        raise ValueError(f"The clock's speed must be a positive number, not {speed}.")
    return float(speed)


CLOCK = Clock()  # the one clock of the process
