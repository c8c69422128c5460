"""The errors of a run: their names, and which names a Retry or a Catch means by them."""

from collections.abc import Sequence

ALL = "States.ALL"
DATA_LIMIT = "States.DataLimitExceeded"
HEARTBEAT = "States.HeartbeatTimeout"
QUERY = "States.QueryEvaluationError"
RUNTIME = "States.Runtime"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"

TIMEOUTS = frozenset({HEARTBEAT, TIMEOUT})
_NO_TASK_FAILED = frozenset({DATA_LIMIT, TIMEOUT})
_MAX_CAUSE = 32_768  # characters; https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html


class StateError(Exception):
    """A state failed with an error that its own or an enclosing state may retry or catch.

    `name` is the error's name, as `ErrorEquals` compares it; `cause` says what went wrong, cut at 32,768 characters.
    """

    def __init__(self, name: str, cause: str = "") -> None:
        super().__init__(f"{name}: {cause}")
        self.name = name
        self.cause = cause[:_MAX_CAUSE]

    @property
    def output(self) -> dict[str, str]:
        """The error as `$states.errorOutput` shows it."""
        return {"Error": self.name, "Cause": self.cause}


class ExecutionEnded(Exception):  # noqa: N818 - no error
    """The run, or the Parallel or Map around a branch, is over: nothing catches this."""

    def __init__(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.error = error
        self.cause = cause


class Aborted(ExecutionEnded):
    """A sibling in the Parallel or Map around the branch failed."""

    def __init__(self) -> None:
        super().__init__("ABORTED")


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Return whether an `ErrorEquals` list means the error.

    The wildcards leave some errors out, and nothing means `States.Runtime`, not even its own name:
    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    if name == RUNTIME:
        return False
    if name in patterns or ALL in patterns:
        return True
    if name == HEARTBEAT and TIMEOUT in patterns:
        return True
    return TASK_FAILED in patterns and name not in _NO_TASK_FAILED
