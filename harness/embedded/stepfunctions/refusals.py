"""How operations of Step Functions refuse a request, and leave out of a response what has no value."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from moto.core.exceptions import AWSError
from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

Action = Callable[[StepFunctionResponse], ActionResult]
Check = Callable[[StepFunctionResponse], None]  # raises what the request is refused with


def check_first(check: Check, *operations: str) -> None:
    """Check a request before the operation, by moto's name, sees it; one that does not exist here is passed over."""
    for name in operations:
        if action := getattr(StepFunctionResponse, name, None):
            setattr(StepFunctionResponse, name, _checking(action, check))


def _checking(action: Action, check: Check) -> Action:
    @wraps(action)
    def checking(response: StepFunctionResponse) -> ActionResult:
        check(response)
        return action(response)

    return checking


def refusal(code: str, message: str) -> AWSError:
    """Return the error with which an API call is refused."""
    return AWSError(message, code)


def without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
