"""Bursts of any size against the quota of new sessions, as a discrete-event simulation.

The settings are read from the rendered state machine; what a burst of a size that the embedded AWS can run comes to is
compared with it in docs/benchmarks.md.
"""

from __future__ import annotations

import heapq
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from harness.benchmark.trial import NEW_SESSIONS, ONE_RUN, SECONDS
from harness.fault_matrix import STEPS

_SEED = 1
_DEFERRED_SECONDS = 15  # the longest wait of the first deferral; it doubles with each
_RUN_SECONDS = 250  # of a run, in which an agent may be called


@dataclass(frozen=True)
class Policy:
    """How a workflow answers throttling."""

    name: str
    retries: int = 0
    interval: float = 1
    rate: float = 1
    cap: float = 0
    jitter: bool = True  # full
    defers: bool = False  # goes on later, in place of failing
    start_interval: float = 0  # seconds between the starts of documents
    places: int | None = None

    def wait(self, attempt: int, random: Random) -> float:
        """Return the seconds before a retry; the first is number 0."""
        longest = min(self.cap, self.interval * self.rate**attempt)
        return random.uniform(0, longest) if self.jitter else longest


LOOP = Policy("the loop, one process for each document")
# With the values that a retrier has by default:
# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
PLAIN = Policy("a state machine with Retry only", retries=3, interval=1, rate=2, cap=float("inf"), jitter=False)


@dataclass(frozen=True)
class Burst:
    """What came of documents that were started at once."""

    workflow: str
    documents: int
    right: int
    calls: int  # new sessions that were asked for
    throttled: int
    seconds: float  # until the last document was done
    exceptions: int = 0
    dead_letters: int = 0
    simulated: bool = False

    @property
    def throttled_share(self) -> float:
        """Which part of the calls was refused."""
        return self.throttled / self.calls

    @property
    def ratio(self) -> float:
        """The time against what the quota alone allows: all sessions at its rate, and one run."""
        return self.seconds / (self.documents * len(STEPS) / NEW_SESSIONS + ONE_RUN)


@dataclass
class _Document:
    starts_at: float
    step: int = 0
    attempt: int = 0
    deferrals: int = 0


def of_module(definition: str, places: int | None) -> Policy:
    """Return the policy of a rendered state machine."""
    states = json.loads(definition)["States"]
    interval = 0.0
    if places:
        interval = float(states["QueueForPlace"]["Arguments"]["ExpressionAttributeValues"][":interval"]["N"]) / 1000
    name = f"this module, {places:,} places" if places else "this module, without places"
    return Policy(name, **_retrier(states["PDFAdapter"]), defers=True, start_interval=interval, places=places)


def _retrier(state: Mapping[str, Any]) -> dict[str, Any]:
    retrier = next(one for one in state["Retry"] if any("Throttling" in error for error in one["ErrorEquals"]))
    return {
        "retries": retrier["MaxAttempts"],
        "interval": retrier["IntervalSeconds"],
        "rate": retrier["BackoffRate"],
        "cap": retrier["MaxDelaySeconds"],
    }


def simulate(policy: Policy, documents: int, seed: int = _SEED) -> Burst:
    """Start so many documents at once."""
    random, order = Random(seed), itertools.count()  # noqa: S311 - drawn anew from the same seed, guards nothing
    bucket, events, waiting = _Bucket(), [], iter(range(documents))
    right = calls = throttled = 0
    end = 0.0

    def admit(now: float, most: int) -> None:
        for number in itertools.islice(waiting, most):
            at = max(now, number * policy.start_interval)
            heapq.heappush(events, (at, next(order), _Document(at)))

    admit(0, policy.places or documents)
    while events:
        now, _, document = heapq.heappop(events)
        if document.step == len(STEPS):
            right, end = right + 1, now
            admit(now, 1)
            continue
        calls += 1
        if bucket.take(now):
            document.step, document.attempt, later = document.step + 1, 0, SECONDS[STEPS[document.step]]
        else:
            throttled += 1
            again = _again(policy, document, now, random)
            if again is None:
                end = max(end, now)
                continue
            later = again
        heapq.heappush(events, (now + later, next(order), document))
    return Burst(policy.name, documents, right, calls, throttled, end, simulated=True)


def _again(policy: Policy, document: _Document, now: float, random: Random) -> float | None:
    """Return after how many seconds a throttled document goes on; None: never."""
    longest = min(policy.cap, policy.interval * policy.rate**document.attempt)
    if document.attempt < policy.retries and (not policy.defers or now + longest < document.starts_at + _RUN_SECONDS):
        document.attempt += 1
        return policy.wait(document.attempt - 1, random)
    if not policy.defers:
        return None
    document.deferrals += 1
    later = random.uniform(0, _DEFERRED_SECONDS * 2 ** min(document.deferrals, 6))
    document.attempt, document.starts_at = 0, now + later
    return later


class _Bucket:
    """A token bucket that holds what a second allows."""

    def __init__(self) -> None:
        self._tokens, self._filled = float(NEW_SESSIONS), 0.0

    def take(self, now: float) -> bool:
        self._tokens = min(NEW_SESSIONS, self._tokens + (now - self._filled) * NEW_SESSIONS)
        self._filled = now
        allowed = self._tokens >= 1
        self._tokens -= allowed
        return allowed
