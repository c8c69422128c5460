"""What the additions to moto's Step Functions share: finding what a request names, executions, pages."""

import base64
import json
import random
import uuid
from collections.abc import Sequence
from typing import Any

from moto.stepfunctions.exceptions import StateMachineDoesNotExist
from moto.stepfunctions.models import StateMachine, StateMachineInstance, StepFunctionBackend
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.faults import FAULTS
from harness.embedded.stepfunctions.errors import TIMEOUT
from harness.embedded.stepfunctions.execution import CHILDREN, RUNNING, Execution, Snapshot
from harness.embedded.stepfunctions.journal import loads
from harness.embedded.stepfunctions.refusals import refusal
from harness.embedded.stepfunctions.visit import MAX_DATA

_LISTED_OF = ("stateMachineArn", "executionArn", "mapRunArn")


def machine_of(backend: StepFunctionBackend, arn: str) -> tuple[StateMachine, Snapshot]:
    """Find the state machine that an ARN names, and what of it would run: itself, a version, or an alias's choice.

    Raises StateMachineDoesNotExist or InvalidArn.
    """
    backend._validate_machine_arn(arn)
    base, qualifier = split(arn)
    machine = next((machine for machine in backend.state_machines if machine.arn == base), None)
    if machine is None:
        raise StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
    if qualifier is None:
        return machine, _snapshot(machine, machine)
    if alias := machine.aliases.get(qualifier):
        routes = alias.routing_configuration
        weights = [route["weight"] for route in routes]
        route = random.choices(routes, weights)[0]  # noqa: S311 (spreads load, guards nothing)
        version = machine.versions[int(split(route["stateMachineVersionArn"])[1])]
        return machine, _snapshot(machine, version, version_arn=version.arn, alias_arn=arn)
    if qualifier.isdigit() and (version := machine.versions.get(int(qualifier))):
        return machine, _snapshot(machine, version, version_arn=version.arn)
    raise StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")


def split(arn: str) -> tuple[str, str | None]:
    """Split the ARN of a state machine, a version or an alias into the state machine's and the qualifier."""
    parts = arn.split(":")
    return ":".join(parts[:7]), parts[7] if len(parts) > 7 else None


def begin(response: StepFunctionResponse, machine: Snapshot, is_sync: bool = False) -> Execution:
    """Make the execution that a request asks for; it is not started yet. Raises for a bad name or input, or a fault."""
    fault = FAULTS.strike("stepfunctions", response._get_action(), [machine.arn])
    if fault and fault.error:
        raise refusal(fault.error, "Asked to fail.")
    name = response._get_param("name")
    if name is None:
        name = str(uuid.uuid4())
    response.stepfunction_backend._validate_name(name)
    input_ = response._get_param("input", if_none="{}")
    if len(input_.encode()) > MAX_DATA:
        raise refusal(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAX_DATA}",
        )
    try:
        loads(input_)
    except (ValueError, RecursionError) as error:
        raise refusal("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from error
    return Execution(machine, name, input_, response._get_param("traceHeader"), is_sync)


def kill(arn: str) -> None:
    """End running Express executions as the platform does after 300 s; `*` means all. Raises ValueError."""
    express = {key: execution for key, execution in list(RUNNING.items()) if execution.machine.type == "EXPRESS"}
    if arn not in express and arn != "*":
        raise ValueError(f"No running Express execution has the ARN '{arn}'.")
    for key in express if arn == "*" else [arn]:
        express[key].stop("TIMED_OUT", TIMEOUT)


def execution_of(response: StepFunctionResponse) -> Execution:
    """Return the execution that a request names. Raises ExecutionDoesNotExist."""
    arn = response._get_param("executionArn")
    return RUNNING.get(arn) or CHILDREN.get(arn) or response.stepfunction_backend.describe_execution(arn)


def page(response: StepFunctionResponse, items: Sequence[Any]) -> tuple[Sequence[Any], str | None]:
    """Return the part of the items that a request asks for, and the token of the next part.

    Raises InvalidToken for a token that another request returned, or none.
    """
    listed = next((response._get_param(name) for name in _LISTED_OF if response._get_param(name)), "")
    place = [response._get_action(), listed]
    start = 0
    if token := response._get_param("nextToken"):
        try:
            *whose, start = json.loads(base64.urlsafe_b64decode(token))
        except ValueError:
            whose = []
        if whose != place or not isinstance(start, int):
            raise refusal("InvalidToken", "Invalid Token: 'Invalid token'")
    end = start + (response._get_int_param("maxResults") or 100)
    more = base64.urlsafe_b64encode(json.dumps([*place, end]).encode()).decode()
    return items[start:end], more if end < len(items) else None


def _snapshot(machine: StateMachine, source: StateMachineInstance, **arns: Any) -> Snapshot:
    return Snapshot(
        arn=machine.arn,
        name=machine.name,
        definition=source.definition,
        role_arn=source.roleArn,
        type=source.type,
        logging=source.loggingConfiguration,
        **arns,
    )
