"""Addition: requests are checked against the service's model, as AWS checks them; moto accepts any value.

https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
"""

import json
import re
from typing import Any

from moto.core.exceptions import InvalidToken
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model
from moto.stepfunctions.exceptions import InvalidArn
from moto.stepfunctions.models import StepFunctionBackend
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.constraints import problem_with
from harness.embedded.errors import AwsError
from harness.embedded.operations import refused
from harness.embedded.stepfunctions.refusals import Action, check_first, refusal

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
    check_first(_check_tagged, "list_tags_for_resource", "tag_resource", "untag_resource")
    check_first(_check_written, "create_state_machine", "update_state_machine")


def _listing(action: Action) -> Action:
    """Refuse a token as the operations do that page by themselves."""

    def listing(response: StepFunctionResponse) -> ActionResult:
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


def _check_tagged(response: StepFunctionResponse) -> None:
    """Refuse the tags of what is not there: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html."""
    arn, backend = response._get_param("resourceArn"), response.stepfunction_backend
    if arn not in backend.activities and arn not in {machine.arn for machine in backend.state_machines}:
        raise refusal("ResourceNotFound", f"Resource not found: '{arn}'")


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


def _check_written(response: StepFunctionResponse) -> None:
    """Check what AWS's pages ask for beyond the model.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
    https://docs.aws.amazon.com/step-functions/latest/apireference/API_CloudWatchLogsLogGroup.html
    """
    if response._get_param("versionDescription") is not None and not response._get_param("publish"):
        raise refusal("ValidationException", "Version description can only be set when publish is true")
    logging = response._get_param("loggingConfiguration") or {}
    if logging.get("level", "OFF") != "OFF" and (problem := _problem_with(logging.get("destinations") or [])):
        raise refusal("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {problem}")


def _problem_with(destinations: list[dict[str, Any]]) -> str | None:
    if len(destinations) != 1:
        return "Must specify exactly one Log Destination."
    arn = (destinations[0].get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", "")
    return None if _LOG_GROUP.fullmatch(arn) else f"'{arn}' is not the ARN of a log group that ends with :*."
