"""Addition: a name belongs to one state machine only; moto returns the first state machine for any second request.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html
"""

from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.refusals import check_first, refusal

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
    check_first(_check, "create_state_machine")


def _check(response: StepFunctionResponse) -> None:
    name = response._get_param("name")
    for machine in response.stepfunction_backend.state_machines:
        if machine.name == name and any(
            (response._get_param(name) or default) != getattr(machine, name) for name, default in _SAME.items()
        ):
            raise refusal("StateMachineAlreadyExists", f"State Machine Already Exists: '{machine.arn}'")
