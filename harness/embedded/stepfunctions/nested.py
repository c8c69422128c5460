"""`states:startExecution.sync`: a Task waits for the end of the execution that it started.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

import json
from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.errors import ExecutionEnded, StateError
from harness.embedded.stepfunctions.journal import dumps
from harness.embedded.stepfunctions.refusals import without_none
from harness.embedded.stepfunctions.scope import Scope


async def follow(started: Mapping[str, Any], scope: Scope, end: float, as_json: bool) -> dict[str, Any]:
    """Wait until `end`, in virtual time, for an execution to succeed, and return its description.

    Its input and output are JSON, or texts unless `as_json`. Raises StateError when it ends otherwise, or too late; the
    end of the execution that started it ends it, too.
    """
    _, _, _, region, account, _ = started["ExecutionArn"].split(":", 5)
    execution = get_backend("stepfunctions")[account][region].describe_execution(started["ExecutionArn"])
    try:
        is_over = await scope.wait(end - CLOCK.now(), execution.over)
    except ExecutionEnded:
        execution.end(ExecutionEnded("ABORTED"))
        raise
    if not is_over:
        execution.end(ExecutionEnded("ABORTED"))
        raise StateError(errors.TIMEOUT)
    read = json.loads if as_json else str
    description = without_none(
        {
            "Cause": execution.cause,
            "Error": execution.error,
            "ExecutionArn": execution.execution_arn,
            "Input": read(execution.execution_input),
            "InputDetails": {"Included": True},
            "Name": execution.name,
            "Output": None if execution.output is None else read(execution.output),
            "OutputDetails": {"Included": True},
            "RedriveCount": execution.redrives,
            **{f"Redrive{name}": value for name, value in execution.redrivability().items()},
            "StartDate": int(execution.start_date.timestamp() * 1000),
            "StateMachineArn": execution.state_machine_arn,
            "Status": execution.status,
            "StopDate": int(execution.stop_date.timestamp() * 1000),
        }
    )
    if execution.status != "SUCCEEDED":
        raise StateError(errors.TASK_FAILED, dumps(description))
    return description
