"""Distributed Map: the items are processed by child executions of their own.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from harness.embedded.clock import CLOCK
from harness.embedded.json_values import is_number
from harness.embedded.stepfunctions import items
from harness.embedded.stepfunctions.errors import ExecutionEnded, StateError
from harness.embedded.stepfunctions.fibers import Fiber
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.stepfunctions.visit import MAX_SECONDS, Visit, processor

THRESHOLD = "States.ExceedToleratedFailureThreshold"
_MOST = 1000  # child executions at once; AWS: 10,000

RUNS: dict[str, "MapRun"] = {}  # by ARN


@dataclass
class MapRun:
    """One run of a distributed Map; `failures` counts items."""

    arn: str
    execution_arn: str
    state_machine_arn: str
    label: str
    concurrency: int
    tolerated_count: int
    tolerated_percentage: float
    tolerates: bool  # any failure at all
    total: int = 0  # items, once they are read
    start_date: datetime = field(default_factory=CLOCK.date)
    stop_date: datetime | None = None
    status: str = "RUNNING"
    inputs: list[tuple[Any, int]] | None = None  # of the child executions, and how many items each has, once read
    children: dict[int, tuple[Any, int]] = field(default_factory=dict)  # executions by number, and how many items
    failed: dict[int, Any] = field(default_factory=dict)  # executions that a redrive has not started again yet
    written: int = 0
    redrives: int = 0
    redrive_date: datetime | None = None

    @property
    def has_failed(self) -> bool:
        """Return whether more items failed than is tolerated."""
        failed = sum(count for child, count in self.children.values() if child.status not in {"RUNNING", "SUCCEEDED"})
        if not self.tolerates:
            return failed > 0
        over_count = failed > self.tolerated_count and (self.tolerated_count > 0 or self.tolerated_percentage == 0)
        over_percentage = self.tolerated_percentage > 0 and failed * 100 > self.tolerated_percentage * self.total
        return over_count or over_percentage

    def counts(self, of_items: bool) -> dict[str, int]:
        """Return how many items, or else child executions, there are in each status."""
        by_status: Counter[str] = Counter()
        for child, count in self.children.values():
            by_status[child.status] += count if of_items else 1
        begun = sum(by_status.values())
        names = {"aborted": "ABORTED", "failed": "FAILED", "running": "RUNNING", "succeeded": "SUCCEEDED"}
        return {
            **{name: by_status[status] for name, status in names.items()},
            "timedOut": by_status["TIMED_OUT"],
            "pending": max(self.total - begun, 0) if of_items else 0,
            "total": self.total if of_items else begun,
            "resultsWritten": self.written,
            "failuresNotRedrivable": 0,
            "pendingRedrive": sum(self.inputs[number][1] if of_items else 1 for number in self.failed),
        }

    def redrive(self) -> None:
        """Begin again with what did not succeed."""
        self.redrives += 1
        self.redrive_date, self.stop_date, self.status = CLOCK.date(), None, "RUNNING"
        self.failed = {number: child for number, (child, _) in self.children.items() if child.status != "SUCCEEDED"}
        for number in self.failed:
            del self.children[number]


async def perform(visit: Visit, input_value: Any, width: int) -> Any:
    """Process the items and return the results, or where they were written. Raises StateError."""
    branch = visit.branch
    reads = "ItemReader" in visit.state
    run = branch.place.map_run
    if run:
        run.redrive()
        branch.write("MapRunRedriven", mapRunArn=run.arn, redriveCount=run.redrives)
    else:
        branch.write("MapStateStarted", length=0 if reads else len(input_value))
        run = branch.place.map_run = _open(visit, width)
        branch.write("MapRunStarted", mapRunArn=run.arn)
    scope = Scope(branch.scope)
    try:
        if run.inputs is None:
            values = items.read(visit) if reads else input_value
            run.total = len(values)
            run.inputs = items.batches(visit, [_selected(visit, index, value) for index, value in enumerate(values)])
        await _process(visit, run, scope)
        if run.has_failed:
            raise StateError(THRESHOLD, "The specified tolerated failure threshold was exceeded")
        result = _results(visit, run)
    except StateError as error:
        _close(run, "FAILED")
        branch.write("MapRunFailed", error=error.name, cause=error.cause or None)
        raise
    except ExecutionEnded:
        _close(run, "ABORTED")
        branch.write("MapRunAborted")
        raise
    finally:
        scope.close()
    _close(run, "SUCCEEDED")
    branch.run.journal.write("MapStateSucceeded", branch.write_aside("MapRunSucceeded"))
    return result


def _open(visit: Visit, width: int) -> MapRun:
    context = visit.branch.run.context
    machine, execution = context["StateMachine"]["Id"], context["Execution"]["Id"]
    count, percentage = visit.whole_number("ToleratedFailureCount", least=0), _percentage(visit)
    label = visit.state.get("Label") or str(uuid.uuid4())
    run = MapRun(
        arn=f"{machine.replace(':stateMachine:', ':mapRun:')}/{label}:{uuid.uuid4()}",
        execution_arn=execution,
        state_machine_arn=f"{machine}/{label}",
        label=label,
        concurrency=width,
        tolerated_count=count or 0,
        tolerated_percentage=percentage or 0,
        tolerates=bool(count or percentage),
    )
    RUNS[run.arn] = run
    return run


def _percentage(visit: Visit) -> float | None:
    percentage = visit.evaluate("ToleratedFailurePercentage")
    if percentage is not None and not (is_number(percentage) and 0 <= percentage <= 100):
        reason = f"The field 'ToleratedFailurePercentage' must be between 0 and 100, not {percentage!r}."
        raise visit.invalid("ToleratedFailurePercentage", percentage, reason)
    return percentage


def _selected(visit: Visit, index: int, value: Any) -> Any:
    branch = visit.branch.child(visit.branch.scope, {"Index": index, "Value": value})
    return visit.limited(replace(visit, branch=branch).evaluate("ItemSelector", value))


async def _process(visit: Visit, run: MapRun, scope: Scope) -> None:
    numbers = [number for number in range(len(run.inputs)) if number not in run.children]
    todo = iter(numbers)
    endings: list[ExecutionEnded] = []

    async def work() -> None:
        for number in todo:
            if endings or run.has_failed:
                return
            value, count = run.inputs[number]
            child = run.failed.pop(number, None)
            if child and child.is_redrivable:
                child.redrive()
            else:
                child = visit.branch.run.child(run.label, processor(visit.state), value, run.arn)
                child.start()
            run.children[number] = (child, count)
            try:
                await scope.wait(MAX_SECONDS, child.over)
            except ExecutionEnded as error:
                endings.append(error)
                child.end(ExecutionEnded("ABORTED"))
                return
            if run.has_failed:
                for other, _ in run.children.values():
                    other.end(ExecutionEnded("ABORTED"))

    workers = min(run.concurrency or _MOST, _MOST, len(numbers))
    for fiber in [Fiber(work()) for _ in range(workers)]:
        await fiber.over
    if endings:
        raise endings[0]


def _results(visit: Visit, run: MapRun) -> Any:
    executions = [child for _, (child, _) in sorted(run.children.items())]
    writer: Mapping[str, Any] = visit.state.get("ResultWriter", {})
    if writer.get("Resource"):
        result = items.write(visit, run.arn, executions)
        run.written = len(executions)
        return result
    return visit.limited([child.output_value() for child in executions if child.status == "SUCCEEDED"])


def _close(run: MapRun, status: str) -> None:
    run.status = status
    run.stop_date = CLOCK.date()
