"""Addition: StartSyncExecution, which moto lacks.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
"""

import math

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions.refusals import refusal, without_none
from harness.embedded.stepfunctions.service import begin, machine_of


def install() -> None:
    """Add the operation."""
    StepFunctionResponse.start_sync_execution = _start_sync_execution


def _start_sync_execution(response: StepFunctionResponse) -> ActionResult:
    _, machine = machine_of(response.stepfunction_backend, response._get_param("stateMachineArn"))
    if machine.type != "EXPRESS":
        raise refusal("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    execution = begin(response, machine, is_sync=True)
    execution.start()
    CLOCK.sleep(math.inf, execution.over, awaited=False)  # the caller does not work meanwhile
    seconds = (execution.stop_date - execution.start_date).total_seconds()
    description = {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "startDate": execution.start_date,
        "stopDate": execution.stop_date,
        "status": execution.status,
        "error": execution.error,
        "cause": execution.cause,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": execution.output,
        "outputDetails": {"included": True},
        "traceHeader": execution.trace_header,
        "billingDetails": {  # memory in steps of 64 MB, time in steps of 100 ms
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": math.ceil(seconds * 10) * 100,
        },
    }
    return ActionResult(without_none(description))
