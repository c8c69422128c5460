"""One run, started and waited for, as any caller of the state machine does it."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from harness.stack import Stack


@dataclass(frozen=True)
class Execution:
    """How a run ended: `result` is its output or the object in its cause, empty where AWS has neither."""

    arn: str
    status: str
    error: str | None
    result: Mapping[str, Any]
    started: datetime
    stopped: datetime

    @property
    def outcome(self) -> str | None:
        """The document's outcome in the workflow's output; None where there is none."""
        return self.result.get("outcome")


def run(stack: Stack, document: Any) -> Execution:
    """Start a run with `document`, any JSON value, as its input and wait for its end. Raises ClientError."""
    client = stack.client("stepfunctions")
    start = {"stateMachineArn": stack.state_machine_arn, "input": json.dumps(document)}
    if client.describe_state_machine(stateMachineArn=stack.outputs["state_machine_arn"])["type"] == "EXPRESS":
        response = client.start_sync_execution(**start)
    else:
        arn = client.start_execution(**start)["executionArn"]
        while (response := _described(client, arn))["status"] == "RUNNING":
            time.sleep(stack.poll_seconds)
    return Execution(
        arn=response["executionArn"],
        status=response["status"],
        error=response.get("error"),
        result=_result(response),
        started=response["startDate"],
        stopped=response["stopDate"],
    )


def _described(client: Any, arn: str) -> Mapping[str, Any]:
    """Return an execution; one whose description is throttled counts as running, since it is."""
    try:
        return client.describe_execution(executionArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ThrottlingException":
            raise
        return {"status": "RUNNING"}


def _result(response: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        result = json.loads(response.get("output") or response.get("cause") or "{}")
    except ValueError:  # AWS's own cause, not the workflow's
        return {}
    return result if isinstance(result, dict) else {}
