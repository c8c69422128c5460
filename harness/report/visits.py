"""From an execution's events to the states that it visited.

Both shapes of an event, and all that depends on them, are in this file. Express writes JSON lines to CloudWatch Logs,
Standard answers GetExecutionHistory.
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}
BLOCKS = ("Parallel", "Map")

States = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Event:
    """One event of an execution; `at` in seconds since the epoch."""

    id: int
    previous: int
    type: str
    at: float
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """What an attempt at a state failed with; the error is empty where the events do not have it."""

    attempt: int
    error: str
    cause: str = ""


@dataclass(eq=False)
class Visit:
    """One visit of a state; times in seconds since the epoch.

    `block` is the visit of the Parallel or Map around it and `block_attempt` which attempt of that this one belongs to;
    `came_from` is the visit that led here, None at the start of a scope.
    """

    name: str
    type: str
    entered: float
    block: Visit | None = None
    block_attempt: int = 1
    came_from: Visit | None = None
    exited: float | None = None
    attempts: int = 1
    failures: list[Failure] = field(default_factory=list)
    assigned_error: str = ""
    begun: bool = False

    @property
    def failing(self) -> bool:
        """Whether the last attempt failed."""
        return bool(self.failures) and self.failures[-1].attempt == self.attempts

    @property
    def status(self) -> str:
        """One of succeeded, retried (and then succeeded), caught, failed, unfinished (the run ended, or goes on)."""
        if self.exited is None:
            return "failed" if self.failing else "unfinished"
        if self.failing:
            return "caught"
        return "retried" if self.failures else "succeeded"

    @property
    def seconds(self) -> float | None:
        """How long the visit took; None where its end is not known."""
        return None if self.exited is None else self.exited - self.entered


def from_logs(messages: Iterable[str], execution_arn: str) -> list[Event]:
    """Return the events of an Express execution from the messages of its log group, in order."""
    events = []
    for message in messages:
        event = json.loads(message)
        if event["execution_arn"] == execution_arn:
            at = int(event["event_timestamp"]) / 1000
            previous = int(event.get("previous_event_id") or 0)
            events.append(Event(int(event["id"]), previous, event["type"], at, event.get("details") or {}))
    return sorted(events, key=lambda event: event.id)


def from_history(history: Iterable[Mapping[str, Any]]) -> list[Event]:
    """Return the events of a Standard execution from GetExecutionHistory's, in order."""
    events = []
    for event in history:
        details = next((value for name, value in event.items() if name.endswith("EventDetails")), {})
        at = event["timestamp"].timestamp()
        events.append(Event(event["id"], event.get("previousEventId", 0), event["type"], at, details))
    return sorted(events, key=lambda event: event.id)


def visits_of(events: Iterable[Event], states: States) -> list[Visit]:
    """Return the visits that the events are about, in the order in which they began.

    `states` are all states of the definition by name, inner ones too: a Fail state's error is in no event.
    """
    reader = _Reader(states)
    for event in events:
        reader.read(event)
    return reader.visits


class _Reader:
    """Follows the events of one execution. An event belongs to a visit, found by the event that came before it."""

    def __init__(self, states: States) -> None:
        self.visits: list[Visit] = []
        self._states = states
        self._owners: dict[int, Visit | None] = {}
        self._last: Visit | None = None

    def read(self, event: Event) -> None:
        before = self._owners.get(event.previous, self._last)  # logs may lose an event
        owner = before
        match event.type:
            case kind if kind.endswith("StateEntered"):
                owner = self._enter(event, before)
            case kind if kind.endswith("StateExited"):
                if owner := self._open(event.details["name"]):
                    owner.exited, owner.assigned_error = event.at, _assigned_error(event.details)
            case "EvaluationFailed":
                owner = self._open(event.details["state"]) if "state" in event.details else before
                self._fail(owner, event.details)
            case "ExecutionFailed" if self.visits and self.visits[-1].type == "Fail":
                self.visits[-1].failures = [_failure(1, event.details)]
            case kind if kind.startswith(("Execution", "MapIteration")):
                owner = _block(before)
            case kind if kind.endswith(("Scheduled", "StateStarted")):
                owner = _block(before) if kind.endswith("StateStarted") else before
                self._attempt(owner)
            case "ParallelStateFailed" | "MapStateFailed":
                owner = _block(before)
                self._fail(owner, self._inner_failure(owner))
            case kind if kind.startswith(("ParallelState", "MapState")):
                owner = _block(before)
            case kind if kind.endswith(("Failed", "TimedOut")):
                self._fail(owner, event.details)
        self._owners[event.id] = self._last = owner

    def _enter(self, event: Event, before: Visit | None) -> Visit:
        beside = before is not None and before.exited is not None
        block = before.block if beside else before
        visit = Visit(event.details["name"], event.type.removesuffix("StateEntered"), event.at)
        visit.block, visit.came_from = block, before if beside else None
        visit.block_attempt = block.attempts if block else 1
        if visit.type == "Fail":
            visit.failures.append(self._declared(visit))
        self.visits.append(visit)
        return visit

    def _attempt(self, visit: Visit | None) -> None:
        """Begin an attempt: the first of a visit is counted already, and whatever is tried again has failed."""
        if visit and visit.begun:
            self._fail(visit, self._inner_failure(visit))
            visit.attempts += 1
        elif visit:
            visit.begun = True

    def _fail(self, visit: Visit | None, details: Mapping[str, Any]) -> None:
        if visit and not visit.failing:
            visit.failures.append(_failure(visit.attempts, details))

    def _inner_failure(self, block: Visit | None) -> Mapping[str, str]:
        """Return what the attempt under way of a block failed with: its last state's failure."""
        inner = [v for v in self.visits if block and v.block is block and v.block_attempt == block.attempts]
        last = next((visit.failures[-1] for visit in reversed(inner) if visit.failures), Failure(0, ""))
        return {"error": last.error, "cause": last.cause}

    def _declared(self, fail: Visit) -> Failure:
        """Return a Fail state's error: the one written in the definition, else the last one in its scope."""
        error = self._states.get(fail.name, {}).get("Error", "")
        if error and not error.startswith("{%"):
            return Failure(1, error)
        for visit in reversed(self.visits):
            if visit.block is fail.block and visit.block_attempt == fail.block_attempt:
                if visit.assigned_error:
                    return Failure(1, visit.assigned_error)
                if visit.failures:
                    return Failure(1, visit.failures[-1].error, visit.failures[-1].cause)
        return Failure(1, "")

    def _open(self, name: str) -> Visit | None:
        return next((visit for visit in reversed(self.visits) if visit.name == name and visit.exited is None), None)


def _failure(attempt: int, details: Mapping[str, Any]) -> Failure:
    return Failure(attempt, details.get("error") or "", details.get("cause") or "")


def _block(visit: Visit | None) -> Visit | None:
    """Return the innermost open block: the visit itself, or one around it."""
    while visit and (visit.exited is not None or visit.type not in BLOCKS):
        visit = visit.block
    return visit


def _assigned_error(details: Mapping[str, Any]) -> str:
    """Return the error that a state put into a variable, where execution data is logged: `{"error": …}`."""
    for text in (details.get("assignedVariables") or {}).values():
        value = json.loads(text)
        if isinstance(value, dict) and isinstance(value.get("error"), str) and value["error"]:
            return value["error"]
    return ""
