"""Addition: a name is given to one machine only; moto answers any second request with the first machine.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from collections.abc import Callable
from functools import wraps

from moto.core.responses import ActionResult
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.refusals import refusal

# What a repeated request must say as the first one did, and what it means by saying nothing.
_SAME = {
    "definition": None,
    "type": "STANDARD",
    "loggingConfiguration": {"level": "OFF"},
    "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
}


def install() -> None:
    """Refuse a second machine of the same name."""
    StepFunctionResponse.create_state_machine = _once(StepFunctionResponse.create_state_machine)


def _once(action: Callable[[StepFunctionResponse], ActionResult]) -> Callable[[StepFunctionResponse], ActionResult]:
    @wraps(action)
    def creating(response: StepFunctionResponse) -> ActionResult:
        name = response._get_param("name")
        for machine in response.stepfunction_backend.state_machines:
            if machine.name == name and any(
                (response._get_param(said) or unsaid) != getattr(machine, said) for said, unsaid in _SAME.items()
            ):
                raise refusal("StateMachineAlreadyExists", f"State Machine Already Exists: '{machine.arn}'")
        return action(response)

    return creating
