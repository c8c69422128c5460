"""What is known of each state's input, and reads of fields that are not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from harness.asl import services
from harness.asl.expressions import analyse
from harness.asl.machine import Machine, Scope, State, Transition, is_expression
from harness.asl.paths import reads as reads_of
from harness.asl.reads import Names, reads
from harness.asl.resources import Resource, resource_of
from harness.asl.rules import Finding

# Optimized integrations of a service's API return these beside the API's own members.
_SDK_METADATA = ("SdkHttpMetadata", "SdkResponseMetadata")
_ERROR_OUTPUT = ("Error", "Cause")


@dataclass(frozen=True)
class Fields:
    """The fields that an object can have: `exact` ones, `loose` ones, in lower case, of APIs.

    `is_api` says that it can also have any field named as APIs name theirs, in PascalCase.
    """

    exact: frozenset[str] = frozenset()
    loose: frozenset[str] = frozenset()
    is_api: bool = False

    def __contains__(self, name: str) -> bool:
        if name in self.exact:
            return True
        return not name[:1].islower() and (self.is_api or name.lower() in self.loose)

    def __or__(self, other: Fields) -> Fields:
        return Fields(self.exact | other.exact, self.loose | other.loose, self.is_api or other.is_api)


# None is an object, or any other value, of which nothing is known.
Known = Fields | None


def check(machine: Machine) -> Iterator[Finding]:
    """Yield reads of fields that neither the states before nor the called API provide."""
    entering: dict[State, Known] = {}
    for scope in machine.scopes if not machine.is_partial else ():
        entering |= _entering(scope, _start(scope, entering))
    for state in machine.states:
        resource = resource_of(state) if state.type == "Task" else None
        known = entering.get(state)
        for read in reads(state):
            for names in read.inputs:
                if known is not None and names and names[0] not in known:
                    message = f"The input has no field '{names[0]}': the output of the state before does not hold it."
                    # JSONPath fails on it; in JSONata it is undefined, which an expression may allow for.
                    code = "UNKNOWN_INPUT_PATH" if state.language == "JSONPath" else "UNKNOWN_INPUT_FIELD"
                    yield Finding(read.path, code, message)
            for names in read.results:
                missing = _missing(resource, names) if resource is not None else None
                if missing is not None:
                    message = f"The result of {resource.service}:{resource.action} has no field '{missing}'."
                    code = "UNKNOWN_RESULT_PATH" if state.language == "JSONPath" else "UNKNOWN_RESULT_FIELD"
                    yield Finding(read.path, code, message)


def _missing(resource: Resource, names: Names) -> str | None:
    """Return the first of the names that the API's output certainly lacks."""
    result = _result(resource)
    if result is not None and names and names[0] not in result:
        return names[0]
    shape: Shape | None = resource.operation.output_shape if resource.operation and not resource.pattern else None
    for name in names:
        while isinstance(shape, ListShape):
            shape = shape.member
        if not isinstance(shape, StructureShape) or getattr(shape, "is_document_type", False):
            return None
        if shape is not None and name in _SDK_METADATA:
            return None
        shape = services.member(shape, name)
        if shape is None:
            return name
    return None


def _result(resource: Resource) -> Known:
    """Return the fields of a call's result."""
    if not resource.is_integration or resource.is_callback:
        return None
    if "result" in resource.optimized:
        fields = resource.optimized["result"]
        return Fields(frozenset(fields)) if fields is not None else None
    if resource.pattern or resource.operation is None:
        return Fields(is_api=True)
    output = resource.operation.output_shape
    members = output.members if output is not None else {}
    return Fields(frozenset(_SDK_METADATA), frozenset(name.lower() for name in members))


def _template(value: Any) -> Known:
    """Return the fields of what a template makes."""
    if isinstance(value, dict):
        return Fields(frozenset(key.removesuffix(".$") for key in value))
    if is_expression(value) and analyse(value).keys is not None:
        return Fields(analyse(value).keys or frozenset())
    return None


def _start(scope: Scope, entering: Mapping[State, Known]) -> Known:
    owner = scope.owner
    if owner is None:
        return None
    if owner.type == "Map":
        fields = ("ItemSelector",) if owner.language == "JSONata" else ("ItemSelector", "Parameters")
        templates = [owner.body[field] for field in fields if field in owner.body and "ItemBatcher" not in owner.body]
        return _template(templates[0]) if templates else None
    if owner.arguments_field in owner.body:
        return _template(owner.body[owner.arguments_field])
    return entering.get(owner) if "InputPath" not in owner.body else None


def _entering(scope: Scope, start: Known) -> dict[State, Known]:
    """Compute what is known of each state's input, whichever path leads to it."""
    if scope.start is None:
        return {}
    entering: dict[State, Known] = {scope.start: start}
    pending = [scope.start]
    while pending:
        state = pending.pop()
        for transition in state.transitions:
            target = scope.states.get(transition.target)
            if target is None:
                continue
            arriving = _leaving(state, transition, entering[state])
            if target not in entering:
                entering[target] = arriving
            else:
                before = entering[target]
                after = None if before is None or arriving is None else before | arriving
                if after == before:
                    continue
                entering[target] = after
            pending.append(target)
    return entering


def _leaving(state: State, transition: Transition, entering: Known) -> Known:
    """Return what is known of the output that a state passes on by one transition."""
    if state.language == "JSONata":
        if "Output" in transition.holder:
            return _template(transition.holder["Output"])
        if transition.kind == "catch":
            return Fields(frozenset(_ERROR_OUTPUT))
        return _own_result(state, entering)
    if transition.kind == "catch":
        return _merged(entering, Fields(frozenset(_ERROR_OUTPUT)), transition.holder.get("ResultPath", "$"))
    result = _own_result(state, entering)
    if "ResultSelector" in state.body:
        result = _template(state.body["ResultSelector"])
    output = _merged(entering, result, state.body.get("ResultPath", "$"))
    return output if state.body.get("OutputPath", "$") == "$" else None


def _own_result(state: State, entering: Known) -> Known:
    if state.type == "Task":
        resource = resource_of(state)
        return _result(resource) if resource is not None else None
    if state.type in ("Parallel", "Map"):
        return None
    if state.type == "Pass":
        for field in ("Result", "Parameters"):
            if field in state.body:
                return _template(state.body[field])
    return entering if state.body.get("InputPath", "$") == "$" else None


def _merged(entering: Known, result: Known, result_path: Any) -> Known:
    """Return what a ResultPath makes of the input and the result."""
    if result_path == "$":
        return result
    if result_path is None:
        return entering
    found = reads_of(result_path) if isinstance(result_path, str) else ()
    if entering is None or not found or not found[0].names:
        return None
    return entering | Fields(frozenset(found[0].names[:1]))
