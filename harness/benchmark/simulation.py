"""Bursts of any size against the quota of new sessions, as a discrete-event simulation.

The settings are read from the rendered state machine; the result of a burst of a size that the embedded AWS can run is
compared with it in docs/benchmarks.md.
"""

from __future__ import annotations

import heapq
import itertools
import json
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from harness.benchmark.trial import NEW_SESSIONS, ONE_RUN, SECONDS
from harness.contract import STEPS

RUN = tuple(SECONDS[agent] for agent in STEPS)
_SEED = 1
_DEFERRED_SECONDS = 15  # half of the longest wait of the first deferral; it doubles with each
_RUN_SECONDS = 250  # of a run, in which an agent may be called
_ROUND_SECONDS, _SHORT_ROUND_SECONDS = 3, 1  # between two looks of the sweep at what is due: nothing was, something was
_RESUMED_PER_SECOND = NEW_SESSIONS // len(STEPS)  # documents of each queue
_LATENCY = 0.05  # seconds of one call of an AWS service


@dataclass(frozen=True)
class Policy:
    """How a workflow reacts to throttling."""

    name: str
    retries: int = 0
    interval: float = 1
    rate: float = 1
    cap: float = 0
    jitter: bool = True  # full
    defers: bool = False  # goes on later, in place of failing
    crowd_seconds: float = 0  # since another document was throttled, in which calls back off
    start_interval: float = 0  # seconds between the starts of documents
    places: int | None = None

    def longest(self, attempt: int) -> float:
        """Return the longest wait before a retry, in seconds; the first is number 0."""
        return min(self.cap, self.interval * self.rate**attempt)

    def wait(self, attempt: int, random: Random) -> float:
        """Return the seconds before a retry."""
        return random.uniform(0, self.longest(attempt)) if self.jitter else self.longest(attempt)


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
    calls: int  # new sessions that were requested
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


def of_module(definition: str, places: int | None) -> Policy:
    """Return the policy of a rendered state machine."""
    states = json.loads(definition)["States"]
    interval = 0.0
    if places:
        interval = float(states["QueueForPlace"]["Arguments"]["ExpressionAttributeValues"][":interval"]["N"]) / 1000
    name = f"this module, {places:,} places" if places else "this module, without places"
    read = states["PDFAdapter"]["Branches"][0]["States"]["PDFAdapter.ReadCircuit"]["Assign"]["circuit"]
    crowd = re.search(r"throttled_at\.S > \$fromMillis\(\$millis\(\) - (\d+)\)", read)
    return Policy(
        name,
        **_retrier(states["PDFAdapter"]),
        defers=True,
        crowd_seconds=int(crowd[1]) / 1000 if crowd else 0,
        start_interval=interval,
        places=places,
    )


def _retrier(state: Mapping[str, Any]) -> dict[str, Any]:
    retrier = next(one for one in state["Retry"] if any("Throttling" in error for error in one["ErrorEquals"]))
    return {
        "retries": retrier["MaxAttempts"],
        "interval": retrier["IntervalSeconds"],
        "rate": retrier["BackoffRate"],
        "cap": retrier["MaxDelaySeconds"],
    }


def simulate(policy: Policy, documents: int, steps: Sequence[float] = RUN) -> Burst:
    """Start so many documents in the same moment; each step has a session and takes so many seconds."""
    return _Simulation(policy, documents, steps).run()


@dataclass
class _Document:
    step: int = 0
    attempt: int = 0
    deferrals: int = 0
    started_at: float = 0  # its latest run


class _Simulation:
    def __init__(self, policy: Policy, documents: int, steps: Sequence[float]) -> None:
        self._policy, self._documents, self._steps = policy, documents, steps
        self._random = Random(_SEED)  # noqa: S311 - drawn anew from the same seed, guards nothing
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = itertools.count()
        self._waiting = deque(range(documents))  # for a place
        self._deferred: list[list[tuple[float, int, _Document]]] = [[] for _ in steps]
        self._throttled_by: list[tuple[float, _Document | None]] = [(-float("inf"), None) for _ in steps]
        self._bucket, self._now = _Bucket(), 0.0
        self._right = self._failed = self._calls = self._throttled = 0
        self._end = 0.0

    def run(self) -> Burst:
        self._admit(self._policy.places or self._documents)
        self._after(0, self._sweep)
        while self._right + self._failed < self._documents:
            self._now, _, act, arguments = heapq.heappop(self._events)
            act(*arguments)
        policy, documents = self._policy, self._documents
        return Burst(policy.name, documents, self._right, self._calls, self._throttled, self._end, simulated=True)

    def _after(self, seconds: float, act: Callable[..., None], *arguments: _Document) -> None:
        heapq.heappush(self._events, (self._now + seconds, next(self._order), act, arguments))

    def _admit(self, most: int) -> None:
        for _ in range(min(most, len(self._waiting))):
            starts = self._waiting.popleft() * self._policy.start_interval
            self._after(max(0, starts - self._now), self._start, _Document())

    def _start(self, document: _Document) -> None:
        document.started_at, document.attempt = self._now, 0
        self._read(document)

    def _read(self, document: _Document) -> None:
        """Wait where another document was throttled a moment ago, or call."""
        at, by = self._throttled_by[document.step]
        crowded = by not in (None, document) and self._now - at < self._policy.crowd_seconds
        if crowded and not document.attempt:
            self._defer(document)
        else:
            self._after(_LATENCY if self._policy.crowd_seconds else 0, self._call, document)

    def _call(self, document: _Document) -> None:
        self._calls += 1
        if self._bucket.take(self._now):
            self._after(self._steps[document.step], self._done, document)
        else:
            self._throttled += 1
            self._refused(document)

    def _done(self, document: _Document) -> None:
        document.step, document.attempt = document.step + 1, 0
        if document.step < len(self._steps):
            self._read(document)
            return
        self._right, self._end = self._right + 1, self._now
        self._admit(1)

    def _refused(self, document: _Document) -> None:
        policy, (at, by) = self._policy, self._throttled_by[document.step]
        alone = by in (None, document) or self._now - at >= policy.crowd_seconds
        self._throttled_by[document.step] = self._now, document
        fits = self._now + policy.longest(document.attempt) < document.started_at + _RUN_SECONDS
        if document.attempt < policy.retries and (not policy.defers or (alone and fits)):
            document.attempt += 1
            self._after(policy.wait(document.attempt - 1, self._random), self._read, document)
        elif policy.defers:
            self._defer(document)
        else:
            self._failed, self._end = self._failed + 1, max(self._end, self._now)

    def _defer(self, document: _Document) -> None:
        document.deferrals += 1
        due = self._now + self._random.uniform(0, min(900, _DEFERRED_SECONDS * 2 ** min(document.deferrals, 6)))
        heapq.heappush(self._deferred[document.step], (due, next(self._order), document))

    def _sweep(self) -> None:
        """Resume what is due, oldest first, at a pace that keeps to the quota."""
        resumed = 0
        for step, queue in enumerate(self._deferred):
            if self._now - self._throttled_by[step][0] < self._policy.crowd_seconds:
                continue
            for index in range(_RESUMED_PER_SECOND * _ROUND_SECONDS):
                if not queue or queue[0][0] > self._now:
                    break
                self._after(index // _RESUMED_PER_SECOND, self._start, heapq.heappop(queue)[2])
                resumed = max(resumed, index + 1)
        pace = (resumed - 1) // _RESUMED_PER_SECOND if resumed else 0
        self._after(pace + (_SHORT_ROUND_SECONDS if resumed else _ROUND_SECONDS), self._sweep)


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
