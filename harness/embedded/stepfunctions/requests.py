"""Addition: requests are checked against the service's model, as AWS checks them; moto accepts any value.

https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""

import json
import re
from typing import Any

from moto.core.exceptions import InvalidToken
from moto.core.utils import get_service_model
from moto.stepfunctions.exceptions import InvalidArn
from moto.stepfunctions.models import StepFunctionBackend
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
    StepFunctionBackend._validate_arn = _validate_arn
    for name in ("list_activities", "list_state_machine_aliases", "list_state_machines"):
        setattr(StepFunctionResponse, name, _listing(getattr(StepFunctionResponse, name)))
    for name in ("list_tags_for_resource", "tag_resource", "untag_resource"):
        setattr(StepFunctionResponse, name, _tagging(getattr(StepFunctionResponse, name)))
    for name in ("create_state_machine", "update_state_machine"):
        setattr(StepFunctionResponse, name, _writing(getattr(StepFunctionResponse, name)))


def _listing(action: Any) -> Any:
    """Refuse a token as the operations do that page by themselves."""

    def listing(response: StepFunctionResponse) -> Any:
        try:
            return action(response)
        except InvalidToken as error:
            raise refusal("InvalidToken", "Invalid Token: 'Invalid token'") from error

    return listing


def _validate_arn(_: StepFunctionBackend, arn: str, regex: re.Pattern[str], invalid_msg: str) -> None:
    """Refuse an ARN that is none, or is one of something else than the operation is about."""
    if regex.match(arn):
        return
    if ":role" in regex.pattern:
        raise InvalidArn(invalid_msg)
    kind = arn.split(":")[5:6]
    reason = f"Resource type not valid in this context: {kind[0]}" if kind else f"Invalid ARN prefix: {arn}"
    raise InvalidArn(f"Invalid Arn: '{reason}'")


def _tagging(action: Any) -> Any:
    """Refuse the tags of what is not there: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html."""

    def tagging(response: StepFunctionResponse) -> Any:
        arn, backend = response._get_param("resourceArn"), response.stepfunction_backend
        if arn not in backend.activities and arn not in {machine.arn for machine in backend.state_machines}:
            raise refusal("ResourceNotFound", f"Resource not found: '{arn}'")
        return action(response)

    return tagging


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
