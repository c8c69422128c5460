"""Activities: workers ask for a Task's input and send its outcome with the Task's token.

https://docs.aws.amazon.com/step-functions/latest/dg/concepts-activities.html
"""

import re
from collections import deque
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from moto.backends import get_backend
from moto.core.responses import ActionResult
from moto.stepfunctions.exceptions import ActivityDoesNotExist
from moto.stepfunctions.models import Activity, StepFunctionBackend
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.clock import CLOCK, Signal
from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.callbacks import Callback
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import data, dumps
from harness.embedded.stepfunctions.refusals import without_none
from harness.embedded.stepfunctions.visit import MAX_SECONDS, Visit

_ARN = re.compile(r"arn:[^:]+:states:[^:]+:\d+:activity:.+")
_POLL_SECONDS = 60  # https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html


@dataclass
class _Scheduled:
    """A Task that waits for a worker."""

    input: str
    callback: Callback = field(default_factory=Callback)
    taken: Signal = field(default_factory=Signal)
    worker: str | None = None
    is_over: bool = False


_SCHEDULED: dict[str, deque[_Scheduled]] = {}  # by the activity's ARN
_ADDED: dict[str, Signal] = {}


def install() -> None:
    """Add the operation by which workers poll for Tasks, and correct those that create and describe activities."""
    StepFunctionResponse.get_activity_task = _get_activity_task
    create, describe = StepFunctionBackend.create_activity, StepFunctionBackend.describe_activity

    @wraps(create)
    def create_activity(backend: StepFunctionBackend, name: str, *args: Any, **kwargs: Any) -> Activity:
        """Create an activity; one that is there is returned as it is."""
        known = next((activity for activity in backend.activities.values() if activity.name == name), None)
        return known or create(backend, name, *args, **kwargs)

    @wraps(describe)
    def describe_activity(backend: StepFunctionBackend, activity_arn: str) -> Activity:
        try:
            return describe(backend, activity_arn)
        except ActivityDoesNotExist as error:
            raise ActivityDoesNotExist(f"Activity Does Not Exist: '{activity_arn}'") from error

    StepFunctionBackend.create_activity, StepFunctionBackend.describe_activity = create_activity, describe_activity


def is_activity(resource: str) -> bool:
    """Return whether a Task's resource is an activity."""
    return bool(_ARN.fullmatch(resource))


async def perform(visit: Visit) -> Any:
    """Have a worker do the Task of a state, and return its result. Raises StateError."""
    branch, resource = visit.branch, visit.state["Resource"]
    _, _, _, region, account, *_ = resource.split(":")
    if resource not in get_backend("stepfunctions")[account][region].activities:
        raise StateError(errors.RUNTIME, f"The activity {resource} does not exist.")
    value = dumps(visit.limited(visit.evaluate("Arguments", visit.input)))
    timeout, heartbeat = visit.seconds("TimeoutSeconds", least=1), visit.seconds("HeartbeatSeconds", least=1)
    limits = {"timeoutInSeconds": timeout, "heartbeatInSeconds": heartbeat}
    branch.write("ActivityScheduled", resource=resource, input=value, inputDetails={"truncated": False}, **limits)
    scheduled = _Scheduled(value)
    _SCHEDULED.setdefault(resource, deque()).append(scheduled)
    _ADDED.pop(resource, Signal()).set()
    end = CLOCK.now() + (timeout or MAX_SECONDS)
    try:
        if not await branch.scope.wait(end - CLOCK.now(), scheduled.taken, awaited=False):
            raise StateError(errors.TIMEOUT)
        branch.write("ActivityStarted", workerName=scheduled.worker)
        result = visit.limited(await scheduled.callback.outcome(branch.scope, end, heartbeat))
    except StateError as error:
        event = "ActivityTimedOut" if error.name in errors.TIMEOUTS else "ActivityFailed"
        branch.write(event, error=error.name or None, cause=error.cause or None)
        raise
    finally:
        scheduled.is_over = True
        scheduled.callback.close()
    branch.write("ActivitySucceeded", **data("output", result))
    return result


def _get_activity_task(response: StepFunctionResponse) -> ActionResult:
    arn = response._get_param("activityArn")
    response.stepfunction_backend.describe_activity(arn)  # raises ActivityDoesNotExist
    end = CLOCK.now() + _POLL_SECONDS
    while (scheduled := _next(arn)) is None:
        if not CLOCK.sleep(end - CLOCK.now(), _ADDED.setdefault(arn, Signal()), awaited=False):
            return ActionResult({"taskToken": None})
    scheduled.worker = response._get_param("workerName")
    scheduled.taken.set()
    return ActionResult(without_none({"taskToken": scheduled.callback.token, "input": scheduled.input}))


def _next(arn: str) -> _Scheduled | None:
    waiting = _SCHEDULED.get(arn, deque())
    while waiting:
        scheduled = waiting.popleft()
        if not scheduled.is_over:
            return scheduled
    return None
