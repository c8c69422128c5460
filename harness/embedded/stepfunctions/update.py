"""Addition: an empty tracing configuration switches tracing off, as SDKs send it that leave out what is false.

moto treats it as no configuration, and tracing stays on.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
"""

import inspect
from functools import wraps
from typing import Any

from moto.stepfunctions.models import StateMachine, StepFunctionBackend


def install() -> None:
    """Treat an empty configuration as tracing switched off."""
    update = StepFunctionBackend.update_state_machine

    @wraps(update)
    def update_state_machine(backend: StepFunctionBackend, *positional: Any, **named: Any) -> StateMachine:
        arguments = inspect.signature(update).bind(backend, *positional, **named).arguments  # CloudFormation names none
        if arguments.get("tracing_configuration") == {}:
            arguments["tracing_configuration"] = {"enabled": False}
        return update(**arguments)

    StepFunctionBackend.update_state_machine = update_state_machine
