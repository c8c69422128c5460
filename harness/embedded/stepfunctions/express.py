"""Addition: what AWS refuses for Express state machines and their executions, moto accepts.

https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
"""

from collections.abc import Callable
from functools import wraps

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.refusals import refusal
from harness.embedded.stepfunctions.service import machine_of

Action = Callable[[StepFunctionResponse], ActionResult]

_OF_EXECUTIONS = (
    "describe_execution",
    "describe_state_machine_for_execution",
    "get_execution_history",
    "redrive_execution",
    "stop_execution",
)


def install() -> None:
    """Refuse before the operations see the request."""
    for name in _OF_EXECUTIONS:
        if action := getattr(StepFunctionResponse, name, None):
            setattr(StepFunctionResponse, name, _refusing_executions(action))
    StepFunctionResponse.list_executions = _refusing_machines(StepFunctionResponse.list_executions)


def _refusing_executions(action: Action) -> Action:
    @wraps(action)
    def refusing(response: StepFunctionResponse) -> ActionResult:
        if response._get_param("executionArn").split(":")[5:6] == ["express"]:
            raise refusal("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
        return action(response)

    return refusing


def _refusing_machines(action: Action) -> Action:
    @wraps(action)
    def refusing(response: StepFunctionResponse) -> ActionResult:
        arn = response._get_param("stateMachineArn")
        if arn is None:  # of a map run
            return action(response)
        _, machine = machine_of(response.stepfunction_backend, arn)
        if machine.type == "EXPRESS":
            raise refusal(
                "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
            )
        return action(response)

    return refusing
