"""AgentCore sessions: one call at a time in each, until it is stopped or idles too long."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.embedded.clock import CLOCK, Signal

# https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-lifecycle-settings.html
IDLE_SECONDS = 900

SessionKey = tuple[str, str, str]  # runtime ARN, qualifier, session id


class SessionBusy(Exception):  # noqa: N818 - a state, not a mistake
    """Another call is under way in the session."""


@dataclass
class Session:
    """One session; `stopped` is given when StopRuntimeSession ends it, whatever it is doing."""

    stopped: Signal = field(default_factory=Signal)
    busy: bool = True
    used: float = 0.0  # virtual time at which the last call ended


class Sessions:
    """The live sessions of an account."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._live: dict[SessionKey, Session] = {}

    @contextlib.contextmanager
    def call(self, key: SessionKey) -> Iterator[Session]:
        """Hold the session, a new one where none lives, for one call. Raises SessionBusy."""
        with self._lock:
            session = self._alive(key)
            if session is None:
                session = self._live[key] = Session()
            elif session.busy:
                raise SessionBusy
            session.busy = True
        try:
            yield session
        finally:
            with self._lock:
                session.busy, session.used = False, CLOCK.now()

    def stop(self, key: SessionKey) -> bool:
        """End the session; False where none lives."""
        with self._lock:
            session = self._alive(key)
            if session is None:
                return False
            del self._live[key]
            session.stopped.give()
            return True

    def _alive(self, key: SessionKey) -> Session | None:
        session = self._live.get(key)
        if session and not session.busy and CLOCK.now() - session.used > IDLE_SECONDS:
            return None
        return session
