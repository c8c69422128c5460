"""Addition: RedriveExecution, which moto lacks.

The run goes on at the state that failed; of a Parallel and an inline Map, in the branches and items that failed or were
cut. A distributed Map goes on with its Map Run: with the child executions that failed and the items that had none.
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.refusals import refusal
from harness.embedded.stepfunctions.service import execution_of


def install() -> None:
    """Add the operation."""
    StepFunctionResponse.redrive_execution = _redrive_execution


def _redrive_execution(response: StepFunctionResponse) -> ActionResult:
    execution = execution_of(response)
    if not execution.is_redrivable:
        message = f"Execution is {execution.status} and cannot be redriven"
        raise refusal("ExecutionNotRedrivable", message)
    execution.redrive()
    return ActionResult({"redriveDate": execution.redrive_date})
