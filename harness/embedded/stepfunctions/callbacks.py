"""Task tokens: a Task waits until somebody sends its outcome.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

import base64
import uuid
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.clock import CLOCK, Signal
from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import loads
from harness.embedded.stepfunctions.refusals import refusal
from harness.embedded.stepfunctions.scope import Scope


class Callback:
    """What one Task waits for."""

    def __init__(self) -> None:
        self.token = base64.b64encode(uuid.uuid4().bytes * 3).decode()
        self.beat = CLOCK.now()  # virtual time of the last sign of life
        self._sent = Signal()
        self._result: Any = None
        self._error: StateError | None = None
        self._is_over = False
        _CALLBACKS[self.token] = self

    @property
    def is_open(self) -> bool:
        """Return whether the Task still waits."""
        return not self._is_over and not self._sent.is_set()

    def close(self) -> None:
        """Accept no more results."""
        self._is_over = True

    def succeed(self, result: Any) -> None:
        """Succeed the Task."""
        self._result = result
        self._sent.set()

    def fail(self, error: StateError) -> None:
        """Fail the Task."""
        self._error = error
        self._sent.set()

    async def outcome(self, scope: Scope, end: float, heartbeat: float | None) -> Any:
        """Wait for the result until `end`, in virtual time, while a sign of life comes each `heartbeat` seconds.

        Raises StateError as it was sent, States.Timeout or States.HeartbeatTimeout.
        """
        self.beat = CLOCK.now()
        while True:
            due = min(end, self.beat + heartbeat) if heartbeat else end
            if await scope.wait(due - CLOCK.now(), self._sent, awaited=False):
                break
            if CLOCK.now() >= end:
                raise StateError(errors.TIMEOUT)
            if CLOCK.now() >= self.beat + (heartbeat or 0):
                raise StateError(errors.HEARTBEAT)
        if self._error:
            raise self._error
        return self._result


_CALLBACKS: dict[str, Callback] = {}  # by token; those that are over as well: AWS knows them


def install() -> None:
    """Add the operations by which results and heartbeats are sent."""
    StepFunctionResponse.send_task_success = _send_task_success
    StepFunctionResponse.send_task_failure = _send_task_failure
    StepFunctionResponse.send_task_heartbeat = _send_task_heartbeat


def _send_task_success(response: StepFunctionResponse) -> ActionResult:
    callback = _callback(response)
    try:
        result = loads(response._get_param("output"))
    except (ValueError, RecursionError) as error:
        raise refusal("InvalidOutput", f"Invalid Output: '{error}'") from error
    callback.succeed(result)
    return EmptyResult()


def _send_task_failure(response: StepFunctionResponse) -> ActionResult:
    error = StateError(response._get_param("error", ""), response._get_param("cause", ""))
    _callback(response).fail(error)
    return EmptyResult()


def _send_task_heartbeat(response: StepFunctionResponse) -> ActionResult:
    _callback(response).beat = CLOCK.now()
    return EmptyResult()


def _callback(response: StepFunctionResponse) -> Callback:
    callback = _CALLBACKS.get(response._get_param("taskToken"))
    if callback is None:
        raise refusal("InvalidToken", "Invalid Token: 'Invalid token'")
    if not callback.is_open:
        raise refusal("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
    return callback
