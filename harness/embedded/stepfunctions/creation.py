"""Addition: a name belongs to one state machine only; moto returns the first state machine for any second request.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from collections.abc import Callable
from functools import wraps

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.refusals import refusal

# What a repeated request must have in common with the first one, and the defaults.
_SAME = {
    "definition": None,
    "type": "STANDARD",
    "loggingConfiguration": {"level": "OFF"},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
}


def install() -> None:
    """Refuse a second state machine of the same name."""
    StepFunctionResponse.create_state_machine = _once(StepFunctionResponse.create_state_machine)


def _once(action: Callable[[StepFunctionResponse], ActionResult]) -> Callable[[StepFunctionResponse], ActionResult]:
    @wraps(action)
    def creating(response: StepFunctionResponse) -> ActionResult:
        name = response._get_param("name")
        for machine in response.stepfunction_backend.state_machines:
            if machine.name == name and any(
                (response._get_param(name) or default) != getattr(machine, name) for name, default in _SAME.items()
            ):
                raise refusal("StateMachineAlreadyExists", f"State Machine Already Exists: '{machine.arn}'")
        return action(response)

    return creating
