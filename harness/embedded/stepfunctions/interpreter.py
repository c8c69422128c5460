"""Addition: executions are run by the project's own interpreter; moto's pretends, or knows no JSONata.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import threading
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.distributed import RUNS
from harness.embedded.stepfunctions.execution import Execution
from harness.embedded.stepfunctions.refusals import refusal, without_none
from harness.embedded.stepfunctions.service import begin, execution_of, machine_of, page

_LOCK = threading.Lock()


def install() -> None:
    """Replace how executions start, stop and are described."""
    StepFunctionResponse.start_execution = _start_execution
    StepFunctionResponse.stop_execution = _stop_execution
    StepFunctionResponse.describe_execution = _describe_execution
    StepFunctionResponse.get_execution_history = _get_execution_history
    StepFunctionResponse.list_executions = _list_executions


def _start_execution(response: StepFunctionResponse) -> ActionResult:
    machine, snapshot = machine_of(response.stepfunction_backend, response._get_param("stateMachineArn"))
    execution = begin(response, snapshot)
    if snapshot.type == "STANDARD":
        with _LOCK:  # one name starts one execution, however many ask at once
            known = machine._handle_name_input_idempotency(execution.name, execution.execution_input)
            if known is None:
                machine.executions.append(execution)
        if known is not None:
            return ActionResult({"executionArn": known.execution_arn, "startDate": known.start_date})
    execution.start()
    return ActionResult({"executionArn": execution.execution_arn, "startDate": execution.start_date})


def _stop_execution(response: StepFunctionResponse) -> ActionResult:
    execution = execution_of(response)
    if execution.status == "RUNNING":
        execution.stop("ABORTED", response._get_param("error"), response._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date})


def _describe_execution(response: StepFunctionResponse) -> ActionResult:
    execution = execution_of(response)
    shown = {"included": True}
    description = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "stateMachineVersionArn": execution.machine.version_arn,
        "stateMachineAliasArn": execution.machine.alias_arn,
        "mapRunArn": execution.map_run_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "input": execution.execution_input,
        "inputDetails": shown,
        "output": execution.output,
        "outputDetails": shown if execution.output is not None else None,
        "error": execution.error if execution.status != "TIMED_OUT" else None,
        "cause": execution.cause,
        "traceHeader": execution.trace_header,
        **_redrive(execution),
    }
    return ActionResult(without_none(description))


def _redrive(execution: Execution) -> dict[str, Any]:
    """https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html."""
    return {
        "redriveCount": execution.redrives,
        "redriveDate": execution.redrive_date,
        **{f"redrive{name}": value for name, value in execution.redrivability().items()},
    }


def _get_execution_history(response: StepFunctionResponse) -> ActionResult:
    execution = execution_of(response)
    include_data = response._get_param("includeExecutionData", True)
    events = [event.as_history(include_data) for event in list(execution.journal.events)]
    if response._get_param("reverseOrder"):
        events.reverse()
    events, more = page(response, events)
    return ActionResult(without_none({"events": events, "nextToken": more}))


def _list_executions(response: StepFunctionResponse) -> ActionResult:
    status = response._get_param("statusFilter")
    if run := RUNS.get(response._get_param("mapRunArn")):
        listed = [child for child, _ in run.children.values()]
    elif not response._get_param("stateMachineArn") and not response._get_param("mapRunArn"):
        raise refusal(
            "ValidationException", "1 validation error detected: Must provide a StateMachine ARN or MapRun ARN"
        )
    else:
        machine, snapshot = machine_of(response.stepfunction_backend, response._get_param("stateMachineArn"))
        version = snapshot.version_arn
        listed = [each for each in machine.executions if version in (None, each.machine.version_arn)]
    wanted = response._get_param("redriveFilter")
    executions = [
        execution
        for execution in reversed(listed)
        if status in (None, execution.status) and wanted in (None, "REDRIVEN" if execution.redrives else "NOT_REDRIVEN")
    ]
    executions, more = page(response, executions)
    listed = [
        without_none(
            {
                "executionArn": execution.execution_arn,
                "stateMachineArn": execution.state_machine_arn,
                "stateMachineVersionArn": execution.machine.version_arn,
                "stateMachineAliasArn": execution.machine.alias_arn,
                "mapRunArn": execution.map_run_arn,
                "name": execution.name,
                "status": execution.status,
                "startDate": execution.start_date,
                "stopDate": execution.stop_date,
            }
        )
        for execution in executions
    ]
    return ActionResult(without_none({"executions": listed, "nextToken": more}))
