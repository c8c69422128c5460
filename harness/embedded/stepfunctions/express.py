"""Addition: what AWS refuses for Express state machines and their executions, moto accepts.

https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
"""

from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.refusals import check_first, refusal
from harness.embedded.stepfunctions.service import machine_of

_OF_EXECUTIONS = (
    "describe_execution",
    "describe_state_machine_for_execution",
    "get_execution_history",
    "redrive_execution",
    "stop_execution",
)


def install() -> None:
    """Refuse before the operations see the request."""
    check_first(_check_execution, *_OF_EXECUTIONS)
    check_first(_check_machine, "list_executions")


def _check_execution(response: StepFunctionResponse) -> None:
    if response._get_param("executionArn").split(":")[5:6] == ["express"]:
        raise refusal("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")


def _check_machine(response: StepFunctionResponse) -> None:
    arn = response._get_param("stateMachineArn")
    if arn is None:  # of a map run
        return
    _, machine = machine_of(response.stepfunction_backend, arn)
    if machine.type == "EXPRESS":
        raise refusal("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
