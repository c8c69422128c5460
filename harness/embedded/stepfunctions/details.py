"""Addition: what AWS says of a state machine and moto leaves out.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html
"""

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.responses import StepFunctionResponse

from harness.asl.machine import Machine
from harness.asl.reads import variables_of
from harness.embedded.stepfunctions.deletion import status_of
from harness.embedded.stepfunctions.execution import Snapshot, parsed
from harness.embedded.stepfunctions.refusals import refusal, without_none
from harness.embedded.stepfunctions.service import execution_of, machine_of, split

_CHANGES = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")


def install() -> None:
    """Complete what is described, and say what an update changed."""
    StepFunctionResponse.describe_state_machine = _describe_state_machine
    StepFunctionResponse.describe_state_machine_for_execution = _describe_state_machine_for_execution
    StepFunctionResponse.update_state_machine = _updating(StepFunctionResponse.update_state_machine)
    StepFunctionResponse.delete_state_machine_alias = _delete_state_machine_alias


def _describe_state_machine(response: StepFunctionResponse) -> ActionResult:
    arn = response._get_param("stateMachineArn")
    machine, snapshot = machine_of(response.stepfunction_backend, arn)
    number = split(snapshot.version_arn)[1] if snapshot.version_arn else None
    source = machine.versions[int(number)] if number else machine
    described = {
        **_common(source, snapshot),
        "stateMachineArn": source.arn,
        "status": status_of(machine),
        "type": source.type,
        "creationDate": source.creation_date,
        "description": source.description,
        "revisionId": getattr(source, "revision_id", None),
    }
    return _described(response, described)


def _describe_state_machine_for_execution(response: StepFunctionResponse) -> ActionResult:
    execution = execution_of(response)
    arn, _, label = execution.state_machine_arn.partition("/")  # a child of a distributed Map names the Map, too
    machine, _ = machine_of(response.stepfunction_backend, arn)
    described = {
        **_common(machine, execution.machine),
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.machine.name,
        "mapRunArn": execution.map_run_arn,
        "label": label or None,
        "definition": execution.machine.definition,
        "roleArn": execution.machine.role_arn,
        "updateDate": machine.update_date,
        "revisionId": getattr(machine, "revision_id", None),
    }
    return _described(response, described)


def _described(response: StepFunctionResponse, described: Mapping[str, Any]) -> ActionResult:
    """Leave out the definition where the caller wants none, who then needs no right to decrypt it."""
    wanted = dict(described)
    if response._get_param("includedData") == "METADATA_ONLY":
        wanted |= {"definition": "{}", "variableReferences": None}
    return ActionResult(without_none(wanted))


def _common(source: Any, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "name": source.name,
        "definition": source.definition,
        "roleArn": source.roleArn,
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False, **source.loggingConfiguration},
        "tracingConfiguration": {"enabled": False, **source.tracingConfiguration},
        "encryptionConfiguration": source.encryptionConfiguration,
        "variableReferences": _variable_references(snapshot.definition) or None,
    }


@lru_cache(maxsize=64)
def _variable_references(definition: str) -> dict[str, list[str]]:
    """Return the variables that each state reads."""
    read = {state.name: variables_of(state) for state in Machine(parsed(definition), "STANDARD").states}
    return {name: sorted(variables) for name, variables in read.items() if variables}


def _updating(action: Any) -> Any:
    """Refuse an update of nothing; one that changes nothing makes no version."""

    def update_state_machine(response: StepFunctionResponse) -> ActionResult:
        machine, _ = machine_of(response.stepfunction_backend, response._get_param("stateMachineArn"))
        changes = {name: response._get_param(name) for name in _CHANGES if response._get_param(name) is not None}
        if not changes:
            raise refusal(
                "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be "
                "specified",
            )
        if all(value == getattr(machine, name) for name, value in changes.items()) and machine.latest_version:
            published = response._get_param("publish") and machine.latest_version.arn
            return _updated(machine, published or None)
        result = action(response).result
        machine.revision_id = str(uuid.uuid4())
        if response._get_param("publish"):
            machine.latest_version.revision_id = machine.revision_id
        return _updated(machine, result.get("stateMachineVersionArn"))

    return update_state_machine


def _updated(machine: StateMachine, version_arn: str | None) -> ActionResult:
    updated = {
        "updateDate": machine.update_date,
        "revisionId": getattr(machine, "revision_id", None),
        "stateMachineVersionArn": version_arn,
    }
    return ActionResult(without_none(updated))


def _delete_state_machine_alias(response: StepFunctionResponse) -> ActionResult:
    """Delete an alias; one that is not there is no error."""
    base, name = split(response._get_param("stateMachineAliasArn"))
    machine, _ = machine_of(response.stepfunction_backend, base)
    machine.aliases.pop(name, None)
    return EmptyResult()
