"""Lambda functions as Tasks: `lambda:invoke` and a function's ARN as the resource.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from harness.embedded.functions.names import is_arn
from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import data, dumps, loads
from harness.embedded.stepfunctions.optimized import metadata
from harness.embedded.stepfunctions.visit import MAX_SECONDS, Call, Visit

_INVOKE = "arn:aws:states:::lambda:invoke"
_UNNAMED = "Lambda.Unknown"  # of an error that the function did not name

__all__ = ["is_arn", "perform", "result"]


def result(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of `lambda:invoke`, whose payload is JSON. Raises StateError as the function names it."""
    text = response["Payload"].read().decode()
    payload = loads(text) if text else {}
    if "FunctionError" in response:
        name = payload.get("errorType") if isinstance(payload, dict) else None
        raise StateError(name or _UNNAMED, dumps(payload))
    return {
        **({"ExecutedVersion": response["ExecutedVersion"]} if "ExecutedVersion" in response else {}),
        "Payload": payload,
        **metadata(response),
        "StatusCode": response["StatusCode"],
    }


async def perform(visit: Visit, make: Callable[[Visit, Call, float], Awaitable[Any]]) -> Any:
    """Invoke the function that the resource is with the Task's input, and return its response. Raises StateError."""
    branch, resource = visit.branch, visit.state["Resource"]
    value = visit.limited(visit.evaluate("Arguments", visit.input))
    timeout = visit.seconds("TimeoutSeconds", least=1)
    call = branch.run.prepare(_INVOKE, {"FunctionName": resource, "Payload": value})
    branch.write("LambdaFunctionScheduled", resource=resource, **data("input", value), timeoutInSeconds=timeout)
    branch.write("LambdaFunctionStarted")
    try:
        invoked = await make(visit, call, timeout or MAX_SECONDS)
        response = visit.limited(invoked["Payload"], resource)
    except StateError as error:
        event = "LambdaFunctionTimedOut" if error.name in errors.TIMEOUTS else "LambdaFunctionFailed"
        branch.write(event, error=error.name, cause=error.cause or None)
        raise
    branch.write("LambdaFunctionSucceeded", **data("output", response))
    return response
