"""AgentCore sessions: each a microVM with one call at a time, until it is stopped, idles too long or is too old.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-lifecycle-settings.html
"""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from harness.embedded.clock import CLOCK, Signal

IDLE_SECONDS = 900
LIFETIME_SECONDS = 28_800

SessionKey = tuple[str, str, str]  # runtime ARN, qualifier, session id


class SessionBusy(Exception):  # noqa: N818 - a state, not a mistake
    """Another call is in progress in the session."""


@dataclass(eq=False)
class Session:
    """One session; times are virtual, in seconds since the epoch."""

    created: float
    stopped: Signal = field(default_factory=Signal)  # set when the session ends, whatever it is doing
    ended: float | None = None
    calling: bool = True
    used: float = 0.0  # when its last call ended
    busy_until: float = 0.0  # when its background work ends: an agent that reports itself busy does not idle
    works: dict[Hashable, Any] = field(default_factory=dict)  # background work, gone with the session

    @property
    def expires(self) -> float:
        """When the session ends by its age."""
        return self.created + LIFETIME_SECONDS

    def is_alive(self, now: float) -> bool:
        """Whether the session neither was stopped nor has expired."""
        idle = not self.calling and now - max(self.used, self.busy_until) > IDLE_SECONDS
        return not idle and now < self.expires


class Sessions:
    """The live sessions of an account."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[SessionKey, Session] = {}
        self._peaks: dict[int, int] = {}

    def begin_call(self, key: SessionKey, admit: Callable[[Callable[[], int]], None]) -> tuple[Session, bool]:
        """Return the session, held for one call, and whether it is new.

        `admit` is called before a new one is opened, with what counts the live sessions, and raises to refuse it.
        Raises SessionBusy.
        """
        with self._lock:
            session = self._alive(key)
            if session and session.calling:
                raise SessionBusy
            if session:
                session.calling = True
                return session, False
            admit(self._count)
            session = self._live[key] = Session(CLOCK.now())
            minute = int(session.created // 60)
            if minute not in self._peaks:
                self._count()  # without those that have expired since
            self._peaks[minute] = max(self._peaks.get(minute, 0), len(self._live))
            return session, True

    def end_call(self, session: Session) -> None:
        """Make the session ready for its next call."""
        with self._lock:
            session.calling, session.used = False, CLOCK.now()

    def stop(self, key: SessionKey) -> bool:
        """End the session and all that it is doing; False where none lives."""
        with self._lock:
            session = self._alive(key)
            if session is None:
                return False
            self._end(key)
            return True

    def count(self) -> int:
        """Return how many sessions live."""
        with self._lock:
            return self._count()

    def peaks(self) -> dict[int, int]:
        """Return the largest number of live sessions in each minute, since the epoch, in which one was opened."""
        with self._lock:
            return dict(self._peaks)

    def _alive(self, key: SessionKey) -> Session | None:
        session = self._live.get(key)
        if session and not session.is_alive(CLOCK.now()):
            self._end(key)
            return None
        return session

    def _count(self) -> int:
        now = CLOCK.now()
        for key in [key for key, session in self._live.items() if not session.is_alive(now)]:
            self._end(key)
        return len(self._live)

    def _end(self, key: SessionKey) -> None:
        session = self._live.pop(key)
        session.ended = CLOCK.now()
        session.stopped.set()


SESSIONS = Sessions()
