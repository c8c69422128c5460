"""The mock and the context object of a TestState request, and what AWS refuses of them.

https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_MockInput.html
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import OperationModel, Shape
from moto.core.exceptions import AWSError

from harness.asl import resources, services
from harness.asl.resources import Resource
from harness.embedded.stepfunctions import names
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import loads
from harness.embedded.stepfunctions.refusals import refusal

MOCKED = frozenset({"Map", "Parallel", "Task"})  # kinds of states that may have a mock
_NEEDS_MOCK = (
    "TestState API does not support Map or Parallel states. "
    "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
)


def invalid(message: str) -> AWSError:
    """Return the refusal of a request whose members do not fit together."""
    return refusal("ValidationException", message)


@dataclass(frozen=True)
class Mock:
    """The mock of a state's work: an error, or else a result."""

    result: Any = None
    error: StateError | None = None


def mock_of(requested: Mapping[str, Any] | None, state: Mapping[str, Any], reveals: bool) -> Mock | None:
    """Return the mock of a request, None where it has none. Raises what AWS refuses of it for this state."""
    if requested is None:
        _check_unmocked(state)
        return None
    kind = state["Type"]
    if kind not in MOCKED:
        raise invalid(f"State type '{kind}' is not supported when a mock is specified")
    if reveals:
        raise invalid("TestState does not support RevealSecrets when a mock is specified.")
    if ("result" in requested) == ("errorOutput" in requested):
        raise invalid("A test mock should have only one of the following fields: [result, errorOutput].")
    if (error := requested.get("errorOutput")) is not None:
        if "error" not in error:
            raise invalid("A mocked errorOutput must have the field 'error'.")
        return Mock(error=StateError(error["error"], error.get("cause", "")))
    try:
        result = loads(requested["result"])
    except (ValueError, RecursionError) as mistake:
        raise invalid("Mocked result must be valid JSON") from mistake
    _CHECKS[kind](state, result, requested.get("fieldValidationMode", "STRICT"))
    return Mock(result)


def _check_unmocked(state: Mapping[str, Any]) -> None:
    if state["Type"] in {"Map", "Parallel"}:
        raise refusal("InvalidDefinition", _NEEDS_MOCK)
    resource = resource_of(state)
    if resource and (resource.kind == "activity" or resource.pattern):
        raise refusal(
            "InvalidDefinition",
            "TestState API supports Activity tasks and the .sync and .waitForTaskToken service integration patterns "
            "only when a mock is specified.",
        )


def resource_of(state: Mapping[str, Any]) -> Resource | None:
    """Return what a Task calls; None for another kind of state."""
    return resources.parse(state["Resource"]) if state["Type"] == "Task" else None


def _check_map(state: Mapping[str, Any], result: Any, _: str) -> None:
    if "ResultWriter" in state:
        if not isinstance(result, dict):
            raise invalid("Mocked result must be a JSON object.")
    elif not isinstance(result, list):
        raise invalid("Mocked result must be an array.")


def _check_parallel(state: Mapping[str, Any], result: Any, _: str) -> None:
    if not isinstance(result, list):
        raise invalid("Mocked result must be an array.")
    if len(result) != len(state["Branches"]):
        raise invalid("Mocked result must contain the same number of items as number of Parallel branches.")


def _check_task(state: Mapping[str, Any], result: Any, mode: str) -> None:
    resource = resource_of(state)
    if mode == "NONE" or resource is None:
        return
    operation = _operation(resource)
    if operation is None or operation.output_shape is None:
        return
    if not isinstance(result, dict):
        raise invalid("Mocked result must be a JSON object.")
    rename = names.member if resource.kind == "sdk" else services.pascal
    for problem in _problems(operation.output_shape, "", result, rename, is_strict=mode == "STRICT"):
        raise invalid(f"Mock result schema validation error: {problem}")


def _operation(resource: Resource) -> OperationModel | None:
    """Return the operation whose response a mocked result is, None where it is none of a service model."""
    if resource.is_callback:
        return None  # whoever has the token may return anything
    if resource.pattern:
        runs = (resource.service, resource.pattern) == ("states", "sync")
        return services.operation("stepfunctions", "describeExecution") if runs else None
    return resource.operation


_CHECKS: Mapping[str, Callable[[Mapping[str, Any], Any, str], None]] = {
    "Map": _check_map,
    "Parallel": _check_parallel,
    "Task": _check_task,
}

_NUMBER = ("a number", (int, float))
_TEXT = ("a string", (str,))
_JSON_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "blob": _TEXT,
    "boolean": ("a boolean", (bool,)),
    "double": _NUMBER,
    "float": _NUMBER,
    "integer": _NUMBER,
    "list": ("an array", (list,)),
    "long": _NUMBER,
    "map": ("an object", (dict,)),
    "string": _TEXT,
    "structure": ("an object", (dict,)),
    "timestamp": _TEXT,
}


def _problems(shape: Shape, field: str, value: Any, rename: Callable[[str], str], is_strict: bool) -> Iterator[str]:
    """Yield what in a mocked result is not as the service model has it; members that it does not know may be there."""
    if getattr(shape, "is_document_type", False):
        return
    expected, types = _JSON_TYPES[shape.type_name]
    if not isinstance(value, types) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"Field '{field}' must be {expected}"
        return
    yield from (f"Field '{field}' {problem}" for problem in _out_of_bounds(shape, value))
    match shape.type_name:
        case "structure":
            missing = [rename(name) for name in shape.required_members if rename(name) not in value]
            if is_strict and missing:
                yield f"Required field '{missing[0]}' is missing"
            for name, member in shape.members.items():
                if value.get(rename(name)) is not None:
                    yield from _problems(member, rename(name), value[rename(name)], rename, is_strict)
        case "list":
            for item in value:
                yield from _problems(shape.member, field, item, rename, is_strict)
        case "map":
            for key, item in value.items():
                yield from _problems(shape.value, key, item, rename, is_strict)


def _out_of_bounds(shape: Shape, value: Any) -> Iterator[str]:
    limits = shape.metadata
    least, most = limits.get("min", float("-inf")), limits.get("max", float("inf"))
    if shape.type_name in {"blob", "list", "map", "string"}:
        if len(value) < least:
            yield "is smaller than the minimum length"
        if len(value) > most:
            yield "exceeds the maximum length"
    elif isinstance(value, int | float):
        if value < least:
            yield "is less than the minimum value"
        if value > most:
            yield "exceeds the maximum value"
    if "enum" in limits and value not in limits["enum"]:
        yield "is not an expected value"


# The members that a context object may have: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
_CONTEXT: Mapping[str, Mapping[str, str]] = {
    "Execution": {
        "Id": "string",
        "Input": "",
        "Name": "string",
        "RedriveCount": "number",
        "RedriveTime": "string",
        "RoleArn": "string",
        "StartTime": "string",
    },
    "State": {"EnteredTime": "string", "Name": "string", "RetryCount": "number"},
    "StateMachine": {"Id": "string", "Name": "string"},
    "Task": {"Token": "string"},
}
_PYTHON: Mapping[str, type | tuple[type, ...]] = {"": object, "number": (int, float), "string": str}


def context_of(text: str | None, state: Mapping[str, Any], mock: Mock | None) -> dict[str, Any] | None:
    """Return the context object of a request, None where it has none. Raises what AWS refuses of it."""
    if text is None:
        return None
    if mock is None:
        raise invalid("A Context object can only be specified when a mock is specified.")
    try:
        context = json.loads(text)
    except (ValueError, RecursionError):
        context = None
    for problem in _context_problems(context, state):
        raise invalid(f"Invalid Context object provided: {problem}")
    return context


def _context_problems(context: Any, state: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(context, dict):
        yield "it must be a JSON object"
        return
    if "Map" in context:
        yield "'Map' field is not supported when mocking a Context object"
    resource = resource_of(state)
    if "Task" in context and not (resource and resource.pattern):
        yield (
            "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
            "service integration pattern"
        )
    for name, members in context.items():
        if name not in _CONTEXT:
            yield f"Field '{name}' is not allowed"
        elif not isinstance(members, dict):
            yield f"{name} must be an object"
        else:
            yield from _member_problems(name, members)


def _member_problems(holder: str, members: Mapping[str, Any]) -> Iterator[str]:
    for name, value in members.items():
        kind = _CONTEXT[holder].get(name)
        if kind is None:
            yield f"Field '{name}' is not allowed"
        elif not isinstance(value, _PYTHON[kind]) or (kind == "number" and isinstance(value, bool)):
            yield f"{holder}.{name} must be a {kind}"
