"""Addition: a Standard state machine is deleted when its last execution is over; moto forgets it, and them, at once.

Until then its status is DELETING, nothing can be started, and each execution ends where it would enter the next state:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html
"""

from collections.abc import Iterable

from botocore import xform_name
from botocore.session import get_session
from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.models import StateMachine, StepFunctionBackend
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions import errors
from harness.embedded.stepfunctions.errors import ExecutionEnded
from harness.embedded.stepfunctions.execution import RUNNING, Execution
from harness.embedded.stepfunctions.fibers import Fiber
from harness.embedded.stepfunctions.refusals import check_first, refusal
from harness.embedded.stepfunctions.service import split

_DELETING: set[StateMachine] = set()
_MODEL = get_session().get_service_model("stepfunctions")
_REFUSED = [
    xform_name(name)
    for name in _MODEL.operation_names
    if any(error.name == "StateMachineDeleting" for error in _MODEL.operation_model(name).error_shapes)
]


def install() -> None:
    """Replace how a state machine is deleted, and refuse what must not happen meanwhile."""
    StepFunctionResponse.delete_state_machine = _delete_state_machine
    check_first(_check, *_REFUSED)


def status_of(machine: StateMachine) -> str:
    """Return the status of a state machine, as it is described."""
    return "DELETING" if machine in _DELETING else "ACTIVE"


def _delete_state_machine(response: StepFunctionResponse) -> ActionResult:
    backend, arn = response.stepfunction_backend, response._get_param("stateMachineArn")
    backend._validate_machine_arn(arn)
    machine = next((each for each in backend.state_machines if each.arn == arn), None)
    if machine is None or machine in _DELETING:
        return EmptyResult()
    running = [each for each in list(RUNNING.values()) if each.machine.arn.partition("/")[0] == arn]
    if machine.type == "EXPRESS" or not running:  # executions of Express end as they would have
        _forget(backend, machine)
        return EmptyResult()
    _DELETING.add(machine)
    machine.aliases.clear()
    for execution in running:
        execution.end_with_state(
            ExecutionEnded("FAILED", errors.RUNTIME, f"State machine {machine.name} has been deleted.")
        )
    Fiber(_when_over(running, backend, machine))
    return EmptyResult()


async def _when_over(executions: Iterable[Execution], backend: StepFunctionBackend, machine: StateMachine) -> None:
    for execution in executions:
        await execution.over
    _DELETING.discard(machine)
    _forget(backend, machine)


def _forget(backend: StepFunctionBackend, machine: StateMachine) -> None:
    backend.state_machines.remove(machine)
    backend.tagger.delete_all_tags_for_resource(machine.arn)


def _check(response: StepFunctionResponse) -> None:
    machine = _named(response)
    if machine in _DELETING:
        raise refusal("StateMachineDeleting", f"State Machine is being deleted: '{machine.arn}'")


def _named(response: StepFunctionResponse) -> StateMachine | None:
    """Return the state machine that a request is about."""
    (route,) = (response._get_param("routingConfiguration") or [{}])[:1]
    arns = [response._get_param("stateMachineArn"), response._get_param("stateMachineAliasArn")]
    arn = next(filter(None, [*arns, route.get("stateMachineVersionArn")]), None)
    name = response._get_param("name")
    for machine in response.stepfunction_backend.state_machines:
        if machine.arn == split(arn)[0] if arn else machine.name == name:
            return machine
    return None
