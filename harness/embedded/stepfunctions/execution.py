"""Executions: each runs a state machine once, in a fiber, and keeps how it went."""

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from harness.embedded.clock import CLOCK, Signal
from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.errors import ExecutionEnded, StateError
from harness.embedded.stepfunctions.fibers import Fiber
from harness.embedded.stepfunctions.journal import Event, Journal, data, dumps, loads
from harness.embedded.stepfunctions.machine import run
from harness.embedded.stepfunctions.scope import Scope
from harness.embedded.stepfunctions.tasks import Tasks
from harness.embedded.stepfunctions.visit import Branch, Place, Run, timestamp

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
_LONGEST = {"EXPRESS": 300, "STANDARD": 31_536_000}  # seconds
_DELIVERIES: list[Callable[["Execution", Event], None]] = []


@dataclass(frozen=True)
class Snapshot:
    """A state machine as it was when an execution started."""

    arn: str
    name: str
    definition: str
    role_arn: str
    type: str
    logging: dict[str, Any]
    version_arn: str | None = None
    alias_arn: str | None = None

    @property
    def region(self) -> str:
        """Return the region in the ARN."""
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        """Return the account in the ARN."""
        return self.arn.split(":")[4]


RUNNING: dict[str, "Execution"] = {}  # by ARN
CHILDREN: dict[str, "Execution"] = {}  # of distributed Maps, by ARN


class Execution:
    """One execution; its attributes are named as moto's responses expect them."""

    def __init__(
        self, machine: Snapshot, name: str, input_: str, trace_header: str | None = None, is_sync: bool = False
    ) -> None:
        self.is_sync = is_sync
        self.map_run_arn: str | None = None
        self.machine = machine
        self.name = name
        self.execution_input = input_
        self.trace_header = trace_header
        self.state_machine_arn = machine.arn
        self.execution_arn = _arn(machine, name)
        self.status = "RUNNING"
        self.output: str | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.start_date = CLOCK.date()
        self.stop_date: datetime | None = None
        self.journal = Journal(lambda event: [deliver(self, event) for deliver in _DELIVERIES])
        self.redrives = 0
        self.redrive_date: datetime | None = None
        self.log_stream: str | None = None  # the name, once something was logged
        self._definition = parsed(machine.definition)
        self._place: Place | None = None  # where a redrive goes on
        self._open()

    @property
    def is_redrivable(self) -> bool:
        """Return whether it may go on from where it failed."""
        return self.machine.type == "STANDARD" and self.status in {"FAILED", "ABORTED", "TIMED_OUT"}

    def redrivability(self) -> dict[str, str]:
        """Return `Status`, and `StatusReason` where it may not go on: as AWS's responses have them after `redrive`."""
        if self.is_redrivable:
            return {"Status": "REDRIVABLE"}
        return {"Status": "NOT_REDRIVABLE", "StatusReason": f"Execution is {self.status} and cannot be redriven"}

    def start(self) -> None:
        """Begin to run; `over` is set at the end, and `status`, `output`, `error` and `cause` are set by then."""
        RUNNING[self.execution_arn] = self
        Fiber(self._run())

    def redrive(self) -> None:
        """Go on from the state that failed, with what it had then."""
        self.redrives += 1
        self.redrive_date = CLOCK.date()
        self.status, self.error, self.cause, self.stop_date = "RUNNING", None, None, None
        self._open()
        self.start()

    def _open(self) -> None:
        self._scope = Scope(deadline=CLOCK.now() + self._seconds())
        self.over = Signal()

    async def _run(self) -> None:
        machine = self.machine
        value = loads(self.execution_input)
        if self.redrives:
            self.journal.write("ExecutionRedriven", len(self.journal.events), redriveCount=self.redrives)
        else:
            self.journal.write(
                "ExecutionStarted",
                0,
                **data("input", value),
                roleArn=machine.role_arn,
                stateMachineAliasArn=machine.alias_arn,
                stateMachineVersionArn=machine.version_arn,
            )
        tasks = Tasks(machine.role_arn, machine.account, machine.region, started_by=(machine.arn, self.execution_arn))
        branch = Branch(
            Run(self._context(value), tasks.prepare, self.journal, self._child, language_of(self._definition)),
            self._scope,
            place=self._place,
        )
        if self.redrives:
            branch.previous = len(self.journal.events)
        try:
            output = await run(self._definition, value, branch)
        except StateError as error:
            self._end(branch, "FAILED", error=error.name or None, cause=error.cause or None)
        except ExecutionEnded as end:
            self._end(branch, end.status, error=end.error, cause=end.cause)
        except Exception as error:  # a fault of the interpreter must not leave a run hanging
            logging.getLogger(__name__).exception("The execution %s failed by a defect.", self.execution_arn)
            self._end(branch, "FAILED", error=errors.RUNTIME, cause=f"{type(error).__name__}: {error}")
        else:
            self.output = dumps(output)
            self._end(branch, "SUCCEEDED", **data("output", output))

    def _child(self, label: str, processor: Mapping[str, Any], value: Any, map_run_arn: str) -> "Execution":
        """Return a child execution of a distributed Map, not yet started."""
        states = {name: processor[name] for name in ("StartAt", "States")}
        machine = replace(
            self.machine,
            arn=f"{self.machine.arn}/{label}",
            name=f"{self.machine.name}/{label}",
            definition=dumps({"QueryLanguage": language_of(self._definition), **states}),
            type=processor["ProcessorConfig"].get("ExecutionType", "STANDARD"),
            version_arn=None,
            alias_arn=None,
        )
        child = Execution(machine, str(uuid.uuid4()), dumps(value))
        child.map_run_arn = map_run_arn
        CHILDREN[child.execution_arn] = child
        return child

    def output_value(self) -> Any:
        """Return the output of an execution that succeeded, as a JSON value."""
        return loads(self.output)

    def result(self) -> dict[str, Any]:
        """Describe a finished execution as the result writer of a distributed Map does."""
        shown = {"Included": True}
        described = {
            "ExecutionArn": self.execution_arn,
            "Input": self.execution_input,
            "InputDetails": shown,
            "Name": self.name,
            "Output": self.output,
            "OutputDetails": shown if self.output is not None else None,
            "Error": self.error,
            "Cause": self.cause,
            "RedriveCount": self.redrives,
            "StartDate": timestamp(self.start_date.timestamp()),
            "StateMachineArn": self.state_machine_arn,
            "Status": self.status,
            "StopDate": timestamp(self.stop_date.timestamp()) if self.stop_date else None,
        }
        return {name: value for name, value in described.items() if value is not None}

    def end(self, reason: ExecutionEnded) -> None:
        """End it from outside, soon."""
        CLOCK.call(lambda: self._scope.end(reason))

    def end_with_state(self, reason: ExecutionEnded) -> None:
        """End it from outside, where it would enter the next state."""
        CLOCK.call(lambda: self._scope.end_with_state(reason))

    def stop(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        """End it from outside, with the status ABORTED or TIMED_OUT, and wait until it is over."""
        self.end(ExecutionEnded(status, error, cause))
        self.over.wait()

    def _end(self, branch: Branch, status: str, **details: Any) -> None:
        event = f"Execution{''.join(word.capitalize() for word in status.split('_'))}"
        self.error, self.cause = details.get("error"), details.get("cause")
        self.stop_date = CLOCK.date()
        self._place = branch.place
        self.journal.write(event, branch.previous, **details)
        self.status = status
        if not self.is_redrivable:
            self.journal.close()  # whose listener holds the execution
        del RUNNING[self.execution_arn]
        self.over.set()

    def _seconds(self) -> float:
        return min(self._definition.get("TimeoutSeconds", float("inf")), _LONGEST[self.machine.type])

    def _context(self, value: Any) -> dict[str, Any]:
        """Build `$states.context`: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html."""
        execution = {
            "Id": self.execution_arn,
            "Input": value,
            "Name": self.name,
            "RedriveCount": self.redrives,
            "RoleArn": self.machine.role_arn,
            "StartTime": timestamp(self.start_date.timestamp()),
        }
        if self.is_sync:
            del execution["RedriveCount"]
        return {
            "Execution": execution,
            "StateMachine": {"Id": self.machine.arn, "Name": self.machine.name},
        }


@lru_cache(maxsize=64)
def parsed(definition: str) -> dict[str, Any]:
    """Return a definition as an object that is only read; each text is parsed once."""
    return json.loads(definition)


def language_of(definition: Mapping[str, Any]) -> str:
    """Return the query language of the states that say no other."""
    return definition.get("QueryLanguage", "JSONPath")


def deliver_to(delivery: Callable[[Execution, Event], None]) -> None:
    """Pass the events of all executions to `delivery` from now on."""
    _DELIVERIES.append(delivery)


def _arn(machine: Snapshot, name: str) -> str:
    stem = machine.arn.replace(":stateMachine:", ":express:" if machine.type == "EXPRESS" else ":execution:")
    return f"{stem}:{name}:{uuid.uuid4()}" if machine.type == "EXPRESS" else f"{stem}:{name}"
