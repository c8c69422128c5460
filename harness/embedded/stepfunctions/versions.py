"""Addition: versions can be published, listed and deleted, and ARNs of aliases are understood.

moto publishes a version only while creating or updating a state machine.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
"""

from functools import wraps

from moto.core.responses import ActionResult, EmptyResult
from moto.stepfunctions.exceptions import StateMachineDoesNotExist
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.responses import StepFunctionResponse

from harness.embedded.stepfunctions.refusals import Action, check_first, refusal, without_none
from harness.embedded.stepfunctions.service import machine_of, page, split


def install() -> None:
    """Add the operations that moto lacks and correct those that know no alias."""
    StepFunctionResponse.publish_state_machine_version = _publish_state_machine_version
    StepFunctionResponse.list_state_machine_versions = _list_state_machine_versions
    StepFunctionResponse.delete_state_machine_version = _delete_state_machine_version
    StepFunctionResponse.create_state_machine_alias = _creating_alias(StepFunctionResponse.create_state_machine_alias)
    check_first(_check_alias_update, "update_state_machine_alias")


def _publish_state_machine_version(response: StepFunctionResponse) -> ActionResult:
    machine, _ = machine_of(response.stepfunction_backend, response._get_param("stateMachineArn"))
    current = getattr(machine, "revision_id", "INITIAL")
    if (revision := response._get_param("revisionId")) not in (None, current):
        raise refusal(
            "ConflictException",
            f"Failed to publish the State Machine version for revision {revision}. "
            f"The current State Machine revision is {current}.",
        )
    latest = machine.latest_version
    if latest is None or latest.creation_date < machine.update_date:  # an unchanged one has its version already
        machine.publish(response._get_param("description"))
        latest = machine.latest_version
    return ActionResult({"creationDate": latest.creation_date, "stateMachineVersionArn": latest.arn})


def _list_state_machine_versions(response: StepFunctionResponse) -> ActionResult:
    machine, _ = machine_of(response.stepfunction_backend, response._get_param("stateMachineArn"))
    newest_first = sorted(machine.versions.values(), key=lambda version: version.version, reverse=True)
    newest_first, more = page(response, newest_first)
    listed = [
        {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date} for version in newest_first
    ]
    return ActionResult(without_none({"stateMachineVersions": listed, "nextToken": more}))


def _delete_state_machine_version(response: StepFunctionResponse) -> ActionResult:
    arn = response._get_param("stateMachineVersionArn")
    base, number = split(arn)
    machine, _ = machine_of(response.stepfunction_backend, base)
    if users := [alias.name for alias in machine.aliases.values() if arn in _routed(alias.routing_configuration)]:
        raise refusal(
            "ConflictException",
            "Version to be deleted must not be referenced by an alias. "
            f"Current list of aliases referencing this version: [{', '.join(users)}]",
        )
    machine.versions.pop(int(number), None)
    if machine.latest_version and machine.latest_version.arn == arn:
        machine.latest_version = None
    return EmptyResult()


def _creating_alias(action: Action) -> Action:
    @wraps(action)
    def creating(response: StepFunctionResponse) -> ActionResult:
        routes = response._get_param("routingConfiguration")
        machine = _checked(response, routes)
        name = response._get_param("name")
        response.stepfunction_backend._validate_name(name)
        known = machine.aliases.get(name)
        if known is None:
            return action(response)
        if (known.routing_configuration, known.description) != (routes, response._get_param("description")):
            raise refusal(
                "ConflictException",
                "Failed to create alias because an alias with the same name and a different "
                "routing configuration already exists.",
            )
        return ActionResult({"stateMachineAliasArn": known.arn, "creationDate": known.creation_date})

    return creating


def _check_alias_update(response: StepFunctionResponse) -> None:
    routes = response._get_param("routingConfiguration")
    if response._get_param("description") is None and routes is None:
        raise refusal(
            "MissingRequiredParameter", "Either the description or the RoutingConfiguration must be specified"
        )
    base, name = split(response._get_param("stateMachineAliasArn"))
    machine, _ = machine_of(response.stepfunction_backend, base)
    if name not in machine.aliases:
        raise refusal("ResourceNotFound", "Request references a resource that does not exist.")
    if routes:
        _checked(response, routes)


def _checked(response: StepFunctionResponse, routes: list[dict]) -> StateMachine:
    """Return the state machine of the versions that an alias names. Raises what AWS refuses of them."""
    arns = _routed(routes)
    listed = f"[{', '.join(arns)}]"
    if len(set(arns)) < len(arns):
        raise refusal(
            "ValidationException",
            f"Routing configuration must contain distinct state machine version ARNs. Received: {listed}",
        )
    weights = [route["weight"] for route in routes]
    if sum(weights) != 100:
        raise refusal(
            "ValidationException", f"Sum of routing configuration weights must equal 100. Received: {weights}"
        )
    for arn in arns:
        try:
            machine, snapshot = machine_of(response.stepfunction_backend, arn)
        except StateMachineDoesNotExist as error:
            raise refusal("ResourceNotFound", "Request references a resource that does not exist.") from error
        if snapshot.version_arn != arn:
            raise refusal(
                "ValidationException",
                f"Routing configuration must contain state machine version ARNs. Received: {listed}",
            )
    return machine


def _routed(routes: list[dict]) -> list[str]:
    return [route["stateMachineVersionArn"] for route in routes]
