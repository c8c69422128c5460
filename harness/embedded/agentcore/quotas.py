"""The account's quotas of AgentCore's data plane, each off until it is set; rates are counted in virtual time.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/bedrock-agentcore-limits.html
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.embedded.clock import CLOCK
from harness.embedded.json_values import is_finite

# Named as `--quota` and `PUT /_quotas` name them.
NEW_SESSIONS = "new_sessions"  # a second, over all runtimes
ACTIVE_SESSIONS = "active_sessions"
REQUESTS = "requests"  # a second, of all operations, StopRuntimeSession included
_NAMES = (NEW_SESSIONS, ACTIVE_SESSIONS, REQUESTS)


@dataclass
class _Quota:
    """One quota; `tokens` is what is left of a rate's bucket, which holds what one second allows."""

    limit: float | None = None
    calls: int = 0
    throttled: int = 0
    tokens: float = 0.0
    filled: float = 0.0  # virtual time

    def take(self) -> bool:
        now = CLOCK.now()
        self.tokens = min(self.limit, self.tokens + (now - self.filled) * self.limit)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Quotas:
    """The quotas in force and how often each was used and exceeded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._quotas = {name: _Quota() for name in _NAMES}

    def put(self, limits: Any) -> None:
        """Set quotas: {name: a number, at least 1, or None for no limit}. Raises ValueError with a sentence."""
        if not isinstance(limits, Mapping) or limits.keys() - set(_NAMES):
            raise ValueError(f'Quotas are an object such as {{"new_sessions": 25}}, of {", ".join(_NAMES)}.')
        for name, limit in limits.items():
            if limit is not None and not (is_finite(limit) and limit >= 1):
                raise ValueError(f"The quota {name} must be a number, at least 1, or null for no limit.")
        with self._lock:
            for name, limit in limits.items():
                quota = self._quotas[name]
                quota.limit, quota.tokens, quota.filled = limit, limit or 0, CLOCK.now()

    def clear(self) -> None:
        """Remove all limits and counts."""
        with self._lock:
            self._quotas = {name: _Quota() for name in _NAMES}

    def describe(self) -> dict[str, dict[str, Any]]:
        """Return each quota's limit, the calls that counted against it, and those that it refused."""
        with self._lock:
            return {
                name: {"limit": quota.limit, "calls": quota.calls, "throttled": quota.throttled}
                for name, quota in self._quotas.items()
            }

    def allows(self, name: str, used: Callable[[], int] | None = None) -> bool:
        """Count a call against a rate, or against a number of which some are `used`. False when it is exceeded."""
        with self._lock:
            quota = self._quotas[name]
            quota.calls += 1
            allowed = quota.limit is None or (used() < quota.limit if used else quota.take())
            quota.throttled += not allowed
            return allowed


QUOTAS = Quotas()
