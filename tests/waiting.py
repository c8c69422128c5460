"""Waits for what others do, in real seconds."""

import time
from collections.abc import Callable
from typing import Any


def until(condition: Callable[[], Any], seconds: float = 600) -> Any:
    """Wait for a condition and return its value; the limit, in real seconds, only ends what hangs."""
    end, pause = time.monotonic() + seconds, 0.01
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.1)  # who looks all the time slows down what is waited for
    return value


def finished(states: Any, execution_arn: str, seconds: float = 600) -> dict[str, Any]:
    """Wait for an execution's end and describe it."""

    def over() -> dict[str, Any] | None:
        execution = states.describe_execution(executionArn=execution_arn)
        return execution if execution["status"] != "RUNNING" else None

    return until(over, seconds)
