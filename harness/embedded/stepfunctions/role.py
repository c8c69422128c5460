"""Addition: the role of a state machine is checked for what Step Functions itself does with it; moto ignores it.

https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
"""

import contextlib
from typing import Any

from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.iam import AccessDenied, assume, authorize
from harness.embedded.permissions import LOG_DELIVERY, TRACING, machine_key
from harness.embedded.stepfunctions.refusals import check_first, refusal
from harness.embedded.stepfunctions.service import machine_of


def install() -> None:
    """Check the role when a state machine is created or updated, and when an execution starts."""
    check_first(_check_new, "create_state_machine")
    check_first(_check_update, "update_state_machine")
    check_first(_check_start, "start_execution", "start_sync_execution")


def _check_new(response: StepFunctionResponse) -> None:
    name = response._get_param("name")
    response.stepfunction_backend._validate_role_arn(response._get_param("roleArn"))
    arn = f"arn:{response.partition}:states:{response.region}:{response.current_account}:stateMachine:{name}"
    _check(arn, response._get_param("roleArn"), response._get_param("loggingConfiguration"))


def _check_update(response: StepFunctionResponse) -> None:
    machine, _ = machine_of(response.stepfunction_backend, response._get_param("stateMachineArn"))
    role_arn = response._get_param("roleArn") or machine.roleArn
    response.stepfunction_backend._validate_role_arn(role_arn)
    _check(machine.arn, role_arn, response._get_param("loggingConfiguration") or machine.loggingConfiguration)


def _check(arn: str, role_arn: str, logging: dict[str, Any] | None) -> None:
    try:
        assume(role_arn, "states.amazonaws.com", arn)
        if (logging or {}).get("level", "OFF") != "OFF":
            authorize(role_arn, LOG_DELIVERY)
    except AccessDenied as error:
        raise refusal("AccessDeniedException", str(error)) from error
    except LookupError as error:  # of the policies' language
        raise refusal("ValidationException", str(error.args[0])) from error


def _check_start(response: StepFunctionResponse) -> None:
    machine, snapshot = machine_of(response.stepfunction_backend, response._get_param("stateMachineArn"))
    if key := machine.encryptionConfiguration.get("kmsKeyId"):
        try:
            authorize(snapshot.role_arn, machine_key(key, machine.arn))
        except AccessDenied as error:
            raise refusal("KmsAccessDeniedException", str(error)) from error
    if machine.tracingConfiguration.get("enabled"):
        with contextlib.suppress(AccessDenied):  # AWS runs it all the same, without a trace
            authorize(snapshot.role_arn, TRACING)
