"""One run: started, waited for and read, through AWS's own APIs alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from harness.errors import HarnessError
from harness.report.definition import all_states
from harness.report.visits import ENDS, Event, Visit, from_history, from_logs, visits_of
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
    "correlation_id": "Correlation",
}

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """What happened to one execution.

    `result` is the documented output, or the object that a failed execution tells as its cause; `visits` are empty, and
    `gap` says why, where AWS does not tell them.
    """

    execution_arn: str
    status: str
    started: datetime
    stopped: datetime
    result: Mapping[str, Any]
    definition: Mapping[str, Any]
    visits: list[Visit]
    gap: str = ""

    @property
    def id(self) -> str:
        """The run's id, fit for a file name."""
        tail = "-".join(self.execution_arn.split(":")[7:])
        return "".join(character if character.isalnum() or character in "-_" else "_" for character in tail)

    @property
    def succeeded(self) -> bool:
        """Whether the execution succeeded; a business exception is a success."""
        return self.status == "SUCCEEDED"

    @property
    def outcome(self) -> str:
        """What became of the document, in the workflow's words where it said them."""
        return str(self.result.get("outcome") or self.status)

    @property
    def facts(self) -> dict[str, str]:
        """Give what the workflow says about the document, by label."""
        told = {label: self.result.get(key) for key, label in FACTS.items()}
        return {
            label: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            for label, value in told.items()
            if value not in (None, "", [])
        }

    @property
    def seconds(self) -> float:
        """How long the run took."""
        return (self.stopped - self.started).total_seconds()


def execute(stack: Stack, document: Mapping[str, Any]) -> Run:
    """Start a run with `document` as its input, wait for its end and read what happened; raises HarnessError.

    The same for an embedded and a real AWS: an EXPRESS machine answers when the run has ended and tells its events in
    its log group, a STANDARD one is asked for its history.
    """
    client = stack.client("stepfunctions")
    start = {"stateMachineArn": stack.state_machine_arn, "input": json.dumps(document)}
    try:
        machine = client.describe_state_machine(stateMachineArn=stack.state_machine_arn)
        if machine["type"] == "EXPRESS":
            answer = client.start_sync_execution(**start)
            events, gap = _logged(stack, machine, answer)
        else:
            execution = {"executionArn": client.start_execution(**start)["executionArn"]}
            answer = _until(
                lambda answer: answer["status"] != "RUNNING", lambda: client.describe_execution(**execution)
            )
            pages = client.get_paginator("get_execution_history").paginate(**execution)
            events, gap = from_history(event for page in pages for event in page["events"]), ""
    except (ClientError, BotoCoreError) as error:
        raise HarnessError(f"AWS refused the run: {error}") from error
    definition, result = json.loads(machine["definition"]), _result(answer)
    visits = visits_of(events, dict(all_states(definition)))
    _name_errors(visits, result)
    return Run(
        execution_arn=answer["executionArn"],
        status=answer["status"],
        started=answer["startDate"],
        stopped=answer["stopDate"],
        result=result,
        definition=definition,
        visits=visits,
        gap=gap,
    )


def _logged(stack: Stack, machine: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[list[Event], str]:
    """Give the events of an Express run from its log group, and why some may be missing."""
    logging = machine.get("loggingConfiguration", {})
    if logging.get("level") != "ALL":  # https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html
        return [], f"The log level of the state machine is {logging.get('level', 'OFF')}: only ALL tells its states."
    group = logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"].split(":")[6]
    arn = answer["executionArn"]

    def read() -> list[Event]:
        pages = (
            stack.client("logs")
            .get_paginator("filter_log_events")
            .paginate(
                logGroupName=group,
                filterPattern=f'"{arn}"',
                startTime=int(answer["startDate"].timestamp() * 1000) - 1000,
            )
        )
        return from_logs((event["message"] for page in pages for event in page["events"]), arn)

    end = time.monotonic() + LOG_SECONDS
    events = _until(lambda events: any(event.type in ENDS for event in events) or time.monotonic() > end, read)
    whole = any(event.type in ENDS for event in events)
    return events, "" if whole else f"The log group {group} had not told the run's end after {LOG_SECONDS} s."


def _until(good: Callable[[T], bool], ask: Callable[[], T]) -> T:
    """Ask until the answer is good."""
    while not good(answer := ask()):
        time.sleep(POLL_SECONDS)
    return answer


def _result(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the object that the run ended with; a cause that is none is told as it is."""
    text = answer.get("output") or answer.get("cause") or "{}"
    try:
        result = json.loads(text)
    except ValueError:
        result = None
    return result if isinstance(result, dict) else {"error": answer.get("error", ""), "message": text}


def _name_errors(visits: list[Visit], result: Mapping[str, Any]) -> None:
    """Call a failed block's last error as the workflow's result calls it: events tell only what went on inside."""
    told = {agent.replace("-", ""): step.get("error") for agent, step in result.get("workflow_steps", {}).items()}
    for visit in visits:
        if visit.failing and told.get(visit.name.lower()):
            visit.failures[-1] = replace(visit.failures[-1], error=told[visit.name.lower()])
