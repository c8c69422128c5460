"""Addition: an empty tracing configuration switches tracing off, as SDKs send it that leave out what is false.

moto takes it for no configuration, and tracing stays on.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
"""

import inspect
from functools import wraps
from typing import Any

from moto.stepfunctions.models import StateMachine, StepFunctionBackend


def install() -> None:
    """Say what an empty configuration means."""
    update = StepFunctionBackend.update_state_machine

    @wraps(update)
    def update_state_machine(backend: StepFunctionBackend, *given: Any, **named: Any) -> StateMachine:
        asked = inspect.signature(update).bind(backend, *given, **named).arguments  # CloudFormation names none
        if asked.get("tracing_configuration") == {}:
            asked["tracing_configuration"] = {"enabled": False}
        return update(**asked)

    StepFunctionBackend.update_state_machine = update_state_machine
