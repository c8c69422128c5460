"""Virtual time: waits of minutes pass in moments, and every timestamp agrees with them."""

import threading
import time

_SLICE = 0.05  # real seconds after which a sleeper notices that the speed was changed


class Clock:
    """Time that runs `speed` times as fast as real time, without a jump but where one is asked for."""

    def __init__(self, speed: float = 1.0) -> None:
        # The real and the virtual time at which the speed was set, and the speed: replaced as one, so never torn.
        self._set = (time.monotonic(), time.time(), _positive(speed))

    @property
    def speed(self) -> float:
        """Virtual seconds per real second; setting it moves no hand of the clock.

        Raises ValueError when the new speed is not a positive number.
        """
        return self._set[2]

    @speed.setter
    def speed(self, speed: float) -> None:
        self._set = (time.monotonic(), self.now(), _positive(speed))

    def skip(self, seconds: float) -> None:
        """Move the clock's hand forward: whoever sleeps until then wakes up.

        Raises ValueError when `seconds` is not a positive number.
        """
        self._set = (time.monotonic(), self.now() + _positive(seconds), self.speed)

    def now(self) -> float:
        """Virtual seconds since the epoch."""
        real, virtual, speed = self._set
        return virtual + (time.monotonic() - real) * speed

    def real(self, seconds: float) -> float:
        """Real seconds that `seconds` of virtual time take at the current speed."""
        return seconds / self.speed

    def sleep(self, seconds: float, wake: threading.Event | None = None) -> bool:
        """Sleep for `seconds` of virtual time; True if `wake` was set before they were over."""
        wake = wake or threading.Event()
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            if wake.wait(min(self.real(left), _SLICE)):
                return True
        return wake.is_set()


def _positive(number: float) -> float:
    if not 0 < number < float("inf"):
        raise ValueError(f"The clock takes positive numbers only, not {number}.")
    return float(number)


CLOCK = Clock()  # the one clock of the process
