"""Addition: requests are checked against the service's model, as AWS checks them; moto accepts any value.

https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""

import json
import re
from typing import Any

from moto.core.utils import get_service_model
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.constraints import problem_with
from harness.embedded.errors import AwsError
from harness.embedded.operations import refused
from harness.embedded.stepfunctions.refusals import refusal

_LOG_GROUP = re.compile(r"arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:[^:*]+:\*")


def install() -> None:
    """Check before the operations see the request; of definitions that are written, also what no model says."""
    call_action = StepFunctionResponse.call_action

    def checking(response: StepFunctionResponse) -> Any:
        problem = _problem(response)
        return refused(response, AwsError("ValidationException", problem)) if problem else call_action(response)

    StepFunctionResponse.call_action = checking
    for name in ("create_state_machine", "update_state_machine"):
        setattr(StepFunctionResponse, name, _writing(getattr(StepFunctionResponse, name)))


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


def _writing(action: Any) -> Any:
    """Check what AWS's pages ask for beyond the model.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CloudWatchLogsLogGroup.html
    """

    def writing(response: StepFunctionResponse) -> Any:
        if response._get_param("versionDescription") is not None and not response._get_param("publish"):
            raise refusal("ValidationException", "Version description can only be set when publish is true")
        logging = response._get_param("loggingConfiguration") or {}
        if logging.get("level", "OFF") != "OFF" and (problem := _problem_with(logging.get("destinations") or [])):
            raise refusal("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {problem}")
        return action(response)

    return writing


def _problem_with(destinations: list[dict[str, Any]]) -> str | None:
    if len(destinations) != 1:
        return "Must specify exactly one Log Destination."
    arn = (destinations[0].get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", "")
    return None if _LOG_GROUP.fullmatch(arn) else f"'{arn}' is not the ARN of a log group that ends with :*."
