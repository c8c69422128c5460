"""The loop that the workflow replaces, written afresh from its description.

One document after the other through the agents. Three attempts at server errors, timeouts and broken connections, with
waits of 1 s and 2 s; throttling is not repeated; a matching that failed is reported as a success of class UNKNOWN; no
circuit breaker, no queue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.benchmark.trial import SECONDS
from harness.contract import STEPS

WAITS = (1.0, 2.0)  # seconds before the second and the third attempt
TIMEOUT = 100.0  # seconds that it waits for a response


@dataclass
class Loop:
    """The loop in virtual time; `fault` says what a document's call of an agent meets: an error, slow or throttled."""

    fault: Callable[[str, str], str | None]
    seconds: float = 0.0
    calls: Counter[str] = field(default_factory=Counter)

    def process(self, document: str) -> str:
        """Return what the loop reports of a document: MATCHED, UNKNOWN (its matching failed) or ERROR."""
        for agent in STEPS:
            if not self._call(agent, document):
                return "UNKNOWN" if agent == STEPS[-1] else "ERROR"
        return "MATCHED"

    def _call(self, agent: str, document: str) -> bool:
        for wait in (*WAITS, None):
            self.calls[agent] += 1
            fault = self.fault(agent, document)
            self.seconds += TIMEOUT if fault == "slow" else 0 if fault else SECONDS[agent]
            if fault in (None, "throttled"):
                return fault is None
            self.seconds += wait or 0
        return False
