"""Addition: Invoke runs what is registered for a Lambda function; moto starts containers, or makes up a response.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import threading
import uuid
from typing import Any
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse
from moto.core.common_types import TYPE_RESPONSE

from harness.embedded.errors import AwsError
from harness.embedded.functions import names
from harness.embedded.functions.registry import ERROR_HEADER, FUNCTIONS, Function, Outcome, Unreachable
from harness.embedded.operations import refused


def install() -> None:
    """Replace the operation."""
    LambdaResponse.invoke = _invoke


def _invoke(response: LambdaResponse) -> TYPE_RESPONSE:
    try:
        function = _function(response)
        payload = _payload(response)
        request_id = str(uuid.uuid4())
        match response.headers.get("X-Amz-Invocation-Type", "RequestResponse"):
            case "DryRun":
                return 204, {"status": "204"}, ""
            case "Event":
                threading.Thread(target=function.invoke, args=(payload, request_id), daemon=True).start()
                return 202, {"status": "202", "x-amzn-RequestId": request_id}, ""
        return _responded(function.invoke(payload, request_id), request_id)
    except AwsError as error:
        return _refused(response, error)
    except Unreachable as error:
        return _refused(response, AwsError("ServiceException", str(error)))


def _refused(response: LambdaResponse, error: AwsError) -> TYPE_RESPONSE:
    status, headers, body = refused(response, error)
    return status, {**headers, "status": str(status)}, body


def _responded(outcome: Outcome, request_id: str) -> TYPE_RESPONSE:
    headers = {
        "status": "200",
        "Content-Type": "application/json",
        "X-Amz-Executed-Version": "$LATEST",
        "x-amzn-RequestId": request_id,
    }
    return 200, headers | ({ERROR_HEADER: "Unhandled"} if outcome.is_error else {}), json.dumps(outcome.payload)


def _function(response: LambdaResponse) -> Function:
    named = unquote(response.path.rsplit("/", 2)[-2])
    try:
        name, _ = names.split(named)
    except ValueError as error:
        raise AwsError("InvalidParameterValueException", str(error)) from error
    function = FUNCTIONS.get(name)
    if function is None:
        arn = names.arn(named, response._get_param("Qualifier"), response.current_account, response.region)
        hint = f"register its stand-in with PUT /_functions/{name}"
        raise AwsError("ResourceNotFoundException", f"Function not found: {arn}: {hint}")
    return function


def _payload(response: LambdaResponse) -> Any:
    """Return the event; one that is left out is an empty object."""
    try:
        return json.loads(response.body or "{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise AwsError("InvalidRequestContentException", message) from error
