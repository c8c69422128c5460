"""One run: started, waited for and read, through AWS's own APIs alone."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.report.definition import all_states
from harness.report.visits import ENDS, Event, Visit, from_history, from_logs, visits_of
from harness.runs import Execution, run
from harness.stack import Stack

LOG_SECONDS = 60  # CloudWatch Logs shows events some seconds after they happened
POLL_SECONDS = 0.5
FACTS = {  # what a result says about the document, and what people call it
    "document_id": "Document",
    "source_type": "Side",
    "trade_id": "Trade",
    "match_classification": "Classification",
    "confidence_score": "Score",
    "reason_codes": "Reasons",
    "exception_id": "Exception",
    "error": "Error",
    "error_message": "Message",
    "duplicate_of": "Duplicate of",
    "deferral": "Waits for",
    "correlation_id": "Correlation",
}
_WAITS = "{waiting_for} ({error}), deferred {times} times since {since}, goes on from {due_at}"


@dataclass(frozen=True)
class Run:
    """What happened to one execution; where AWS does not have its visits, or not all of them, `gap` says why."""

    execution: Execution
    definition: Mapping[str, Any]
    visits: list[Visit]
    gap: str = ""

    @property
    def id(self) -> str:
        """The run's id, fit for a file name."""
        tail = "-".join(self.execution.arn.split(":")[7:])
        return "".join(character if character.isalnum() or character in "-_" else "_" for character in tail)

    @property
    def succeeded(self) -> bool:
        """Whether the execution succeeded; a business exception is a success."""
        return self.execution.status == "SUCCEEDED"

    @property
    def status(self) -> str:
        """How the run is marked: a deferral is neither the document's success nor its failure."""
        return ("deferred" if self.outcome == "DEFERRED" else "succeeded") if self.succeeded else "failed"

    @property
    def outcome(self) -> str:
        """The document's outcome, by the workflow's own output where there is one."""
        return self.execution.outcome or self.execution.status

    @property
    def facts(self) -> dict[str, str]:
        """Return what the workflow says about the document, by label."""
        result = {"error": self.execution.error, **self.execution.result}
        if deferral := result.get("deferral"):
            result["deferral"] = _WAITS.format(**deferral)
        values = {label: result.get(key) for key, label in FACTS.items()}
        return {
            label: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            for label, value in values.items()
            if value not in (None, "", [])
        }

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return (self.execution.stopped - self.execution.started).total_seconds()


def execute(stack: Stack, document: Mapping[str, Any]) -> Run:
    """Start a run with `document` as its input, wait for its end and read what happened.

    The same for an embedded and a real AWS: an EXPRESS state machine has its events in its log group, a STANDARD one
    in its history. Raises ClientError.
    """
    return read(stack, run(stack, document))


def read(stack: Stack, execution: Execution) -> Run:
    """Read what happened in a run that has ended. Raises ClientError."""
    client = stack.client("stepfunctions")
    machine = client.describe_state_machine(stateMachineArn=stack.definition_arn)
    if machine["type"] == "EXPRESS":
        events, gap = _logged(stack, machine, execution)
    else:
        pages = client.get_paginator("get_execution_history").paginate(executionArn=execution.arn)
        events, gap = from_history(event for page in pages for event in page["events"]), ""
    definition = json.loads(machine["definition"])
    visits = visits_of(events, dict(all_states(definition)))
    _name_errors(visits, execution.result)
    return Run(execution, definition, visits, gap)


def _logged(stack: Stack, machine: Mapping[str, Any], execution: Execution) -> tuple[list[Event], str]:
    """Return the events of an Express run from its log group, and why some may be missing."""
    logging = machine.get("loggingConfiguration", {})
    if logging.get("level") != "ALL":  # https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html
        return [], f"The log level of the state machine is {logging.get('level', 'OFF')}: only ALL has its states."
    group = logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"].split(":")[6]

    def read() -> list[Event]:
        pages = (
            stack.client("logs")
            .get_paginator("filter_log_events")
            .paginate(
                logGroupName=group,
                filterPattern=f'"{execution.arn}"',
                startTime=int(execution.started.timestamp() * 1000) - 1000,
            )
        )
        return from_logs((event["message"] for page in pages for event in page["events"]), execution.arn)

    latest = time.monotonic() + LOG_SECONDS
    while True:
        events = read()
        if any(event.type in ENDS for event in events):
            return events, ""
        if time.monotonic() > latest:
            return events, f"The log group {group} did not have the run's end after {LOG_SECONDS} s."
        time.sleep(POLL_SECONDS)


def _name_errors(visits: list[Visit], result: Mapping[str, Any]) -> None:
    """Call a failed block's last error as the workflow's result calls it: events have only the errors inside."""
    errors = {agent.replace("-", ""): step.get("error") for agent, step in result.get("workflow_steps", {}).items()}
    for visit in visits:
        if visit.failing and errors.get(visit.name.lower()):
            visit.failures[-1] = replace(visit.failures[-1], error=errors[visit.name.lower()])
