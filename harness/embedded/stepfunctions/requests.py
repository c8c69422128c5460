"""Addition: requests are checked against the service's model, as AWS checks them; moto takes any value.

https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""

import json
from typing import Any

from moto.core.utils import get_service_model
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.constraints import problem_with
from harness.embedded.errors import AwsError
from harness.embedded.operations import refused
from harness.embedded.stepfunctions.refusals import refusal


def install() -> None:
    """Check before the operations see the request, and logging configurations that must name one log group."""
    call_action = StepFunctionResponse.call_action

    def checking(response: StepFunctionResponse) -> Any:
        problem = _problem(response)
        return refused(response, AwsError("ValidationException", problem)) if problem else call_action(response)

    StepFunctionResponse.call_action = checking
    for name in ("create_state_machine", "update_state_machine"):
        setattr(StepFunctionResponse, name, _with_log_group(getattr(StepFunctionResponse, name)))


def _problem(response: StepFunctionResponse) -> str | None:
    model = get_service_model("stepfunctions")
    action = response._get_action()
    if action not in model.operation_names:
        return None
    try:
        parameters = json.loads(response.body or "{}")
        return problem_with(model.operation_model(action).input_shape, parameters)
    except (TypeError, ValueError, AttributeError):
        return "The request's body is not what the operation expects."


def _with_log_group(action: Any) -> Any:
    def configured(response: StepFunctionResponse) -> Any:
        logging = response._get_param("loggingConfiguration") or {}
        if logging.get("level", "OFF") != "OFF" and len(logging.get("destinations") or ()) != 1:
            message = "Invalid Logging Configuration: Must specify exactly one Log Destination."
            raise refusal("InvalidLoggingConfiguration", message)
        return action(response)

    return configured
