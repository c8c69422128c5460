"""Called services: that they exist, that their arguments fit, and which errors they raise."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from harness.asl import services
from harness.asl.expressions import analyse
from harness.asl.machine import Machine, State, as_list, has_placeholder, is_expression, strings
from harness.asl.resources import Resource, resource_of
from harness.asl.rules import Finding

_TASK_TOKEN = re.compile(r"Task\.Token|^\$\$(\.Task)?$|\$states\.context(\.Task)?\b")
_LONGEST_MATCHED = 1000  # characters: longer literals are not held against a pattern


def check(machine: Machine) -> Iterator[Finding]:
    """Yield what is wrong with each Task's call."""
    for state in machine.states:
        if state.type == "Task" and isinstance(state.body.get("Resource"), str):
            yield from _task(state)


def _task(state: State) -> Iterator[Finding]:
    where = f"{state.path}/Resource"
    resource = resource_of(state)
    if resource is None:
        message = f"{state.body['Resource']!r} is no ARN of a Lambda function, an activity or a service integration."
        yield Finding(where, "INVALID_RESOURCE", message)
        return
    if not resource.is_integration:
        return
    problem = _unknown_call(resource)
    if problem is not None:
        yield Finding(where, *problem)
        if state.arguments_field not in state.body:
            message = f"{resource.service}:{resource.action} gets no arguments"
            yield Finding(state.path, "MISSING_ARGUMENT", f"The call {message}: there is no '{state.arguments_field}'.")
        return
    yield from _pattern(resource, where)
    yield from _arguments(state, resource)
    yield from _errors(state, resource)


def _unknown_call(resource: Resource) -> tuple[str, str] | None:
    if resource.kind == "optimized":
        known = services.table()["optimized"]
        if resource.service not in known:
            instead = services.nearest_service(resource.service)
            hint = f" Its API can be called under aws-sdk:{instead}." if instead else ""
            return "UNKNOWN_SERVICE", f"There is no optimized integration of '{resource.service}'.{hint}"
        if resource.action not in known[resource.service]["actions"]:
            offered = ", ".join(known[resource.service]["actions"])
            message = (
                f"The optimized integration of {resource.service} has no action '{resource.action}', only {offered}."
            )
            return "UNKNOWN_ACTION", message
        return None
    if resource.model is None:
        if services.is_without_model(resource.service):
            return None
        instead = services.nearest_service(resource.service)
        hint = f" Did you mean '{instead}'?" if instead else ""
        return "UNKNOWN_SERVICE", f"AWS has no service '{resource.service}' under aws-sdk.{hint}"
    if resource.operation is None:
        instead = services.nearest_action(resource.model, resource.action)
        hint = f" Did you mean '{instead}'?" if instead else ""
        return "UNKNOWN_ACTION", f"The service {resource.service} has no action '{resource.action}'.{hint}"
    return None


def _pattern(resource: Resource, where: str) -> Iterator[Finding]:
    offered = ["waitForTaskToken"] if resource.kind == "sdk" else resource.optimized.get("patterns", [])
    if resource.pattern and resource.pattern not in offered:
        instead = " or ".join(f".{pattern}" for pattern in offered)
        message = f"{resource.service}:{resource.action} cannot be called with .{resource.pattern}"
        hint = f" or with {instead}" if instead else ""
        yield Finding(where, "UNSUPPORTED_PATTERN", f"The integration {message}, only without a pattern{hint}.")


@dataclass(frozen=True)
class _Arguments:
    """Judges the arguments of one call against the shapes of its API."""

    state: State
    resource: Resource

    @property
    def call(self) -> str:
        return f"The call {self.resource.service}:{self.resource.action}"

    def is_dynamic(self, value: Any) -> bool:
        return value is None or has_placeholder(value) or (self.state.language == "JSONata" and is_expression(value))

    def names(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Return the argument named by each key: a JSONPath state gives `Bucket.$` for Bucket."""
        is_path = self.state.language == "JSONPath"
        return {key: key.removesuffix(".$") if is_path else key for key in given}

    def structure(self, shape: StructureShape, given: Mapping[str, Any], path: str) -> Iterator[Finding]:
        names = self.names(given)
        for key, name in names.items():
            inner = services.member(shape, name)
            if inner is None:
                yield self.unknown(shape, name, f"{path}/{key}")
            elif key == name:
                yield from self.value(inner, given[key], f"{path}/{key}")
        present = {name.lower() for name in names.values()}
        # The SDK fills in a missing idempotency token.
        required = [name for name in shape.required_members if "idempotencyToken" not in shape.members[name].metadata]
        yield from self.missing([services.pascal(name) for name in required if name.lower() not in present], path)

    def unknown(self, shape: StructureShape, name: str, path: str) -> Finding:
        near = difflib.get_close_matches(name, [services.pascal(known) for known in shape.members], 1)
        hint = f" Step Functions writes it '{near[0]}'." if near and near[0].lower() == name.lower() else ""
        hint = hint or (f" Did you mean '{near[0]}'?" if near else "")
        return Finding(path, "UNKNOWN_ARGUMENT", f"{self.call} has no argument '{name}' here.{hint}")

    def missing(self, names: list[str], path: str) -> Iterator[Finding]:
        if names:
            plural = "s" if len(names) > 1 else ""
            listed = " and ".join(f"'{name}'" for name in names)
            yield Finding(path, "MISSING_ARGUMENT", f"{self.call} needs the argument{plural} {listed}.")

    def value(self, shape: Shape, given: Any, path: str) -> Iterator[Finding]:
        if self.is_dynamic(given):
            return
        if isinstance(shape, StructureShape):
            if getattr(shape, "is_document_type", False):
                return
            if isinstance(given, dict):
                yield from self.structure(shape, given, path)
            else:
                yield self.wrong_type(path, "an object")
        elif isinstance(shape, ListShape):
            if isinstance(given, list):
                for number, item in enumerate(given):
                    yield from self.value(shape.member, item, f"{path}[{number}]")
                yield from self.length(shape, given, path, "items")
            else:
                yield self.wrong_type(path, "a list")
        elif isinstance(shape, MapShape):
            if isinstance(given, dict):
                for key, item in given.items():
                    if not (key.endswith(".$") and self.state.language == "JSONPath"):
                        yield from self.value(shape.value, item, f"{path}/{key}")
            else:
                yield self.wrong_type(path, "an object")
        else:
            yield from self.scalar(shape, given, path)

    def wrong_type(self, path: str, wanted: str) -> Finding:
        return Finding(path, "ARGUMENT_TYPE", f"{self.call} asks for {wanted} here.")

    def scalar(self, shape: Shape, given: Any, path: str) -> Iterator[Finding]:
        if isinstance(shape, StringShape):
            if isinstance(given, str):
                yield from self.text(shape, given, path)
            elif not isinstance(given, dict | list):  # which Step Functions turns into text: a message, an input
                yield Finding(path, "ARGUMENT_VALUE", f"{self.call} asks for a string here.")
        elif shape.type_name in ("integer", "long", "float", "double"):
            if isinstance(given, bool) or not isinstance(given, int | float):
                yield Finding(path, "ARGUMENT_VALUE", f"{self.call} asks for a number here.")
            else:
                yield from self.bounds(shape, given, path, "is")
        elif shape.type_name == "boolean" and not isinstance(given, bool):
            yield Finding(path, "ARGUMENT_VALUE", f"{self.call} asks for true or false here.")

    def text(self, shape: StringShape, given: str, path: str) -> Iterator[Finding]:
        if shape.enum and given not in shape.enum:
            shown = ", ".join(shape.enum[:8]) + (", …" if len(shape.enum) > 8 else "")
            yield Finding(path, "ARGUMENT_VALUE", f"{given!r} is none of the values of the API: {shown}.")
            return
        yield from self.length(shape, given, path, "characters")
        pattern = shape.metadata.get("pattern")
        if pattern and len(given) <= _LONGEST_MATCHED and not _matches(pattern, given):
            yield Finding(path, "ARGUMENT_VALUE", f"{given!r} does not match the API's pattern {pattern}.")

    def length(self, shape: Shape, given: Any, path: str, unit: str) -> Iterator[Finding]:
        yield from self.bounds(shape, len(given), path, f"has {unit}:")

    def bounds(self, shape: Shape, size: float, path: str, verb: str) -> Iterator[Finding]:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and size < float(low):
            yield Finding(path, "ARGUMENT_VALUE", f"The value {verb} {size:g}, under the API's minimum of {low}.")
        if high is not None and size > float(high):
            yield Finding(path, "ARGUMENT_VALUE", f"The value {verb} {size:g}, over the API's maximum of {high}.")


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:  # the model's patterns are Java's
        return True


def _arguments(state: State, resource: Resource) -> Iterator[Finding]:
    judge = _Arguments(state, resource)
    path = f"{state.path}/{state.arguments_field}"
    given = state.body.get(state.arguments_field, {})
    if is_expression(given) and state.language == "JSONata":
        given = dict.fromkeys(analyse(given).keys or ()) if analyse(given).keys is not None else None
    if not isinstance(given, dict):
        return
    if resource.operation is not None and resource.operation.input_shape is not None:
        yield from judge.structure(resource.operation.input_shape, given, path)
    elif "required" in resource.optimized:
        known = [*resource.optimized["required"], *resource.optimized.get("optional", [])]
        names = judge.names(given)
        for key, name in names.items():
            if name not in known and not resource.optimized.get("open"):
                message = f"{judge.call} has no argument '{name}', only {', '.join(sorted(known))}."
                yield Finding(f"{path}/{key}", "UNKNOWN_ARGUMENT", message)
        missing = [name for name in resource.optimized["required"] if name not in names.values()]
        yield from judge.missing(missing, path)
    if resource.is_callback and not any(_TASK_TOKEN.search(text) for _, _, text in strings(given, "")):
        message = "The task waits for its token to come back, but no argument hands the token out."
        yield Finding(path, "NO_TASK_TOKEN", message)


def _errors(state: State, resource: Resource) -> Iterator[Finding]:
    """Yield errors that a plain call cannot raise; what waits for others may end with any name."""
    prefix = resource.error_prefix
    if prefix is None or resource.pattern or resource.service == "lambda" or resource.operation is None:
        return
    # Inside a name case is not compared: AWS does not document how acronyms are written.
    raised = {name.lower() for name in services.error_names(resource.operation)}
    for _, path, handler in state.handlers:
        for number, name in enumerate(as_list(handler.get("ErrorEquals"))):
            if not isinstance(name, str) or name.startswith("States.") or has_placeholder(name):
                continue
            where = f"{path}/ErrorEquals[{number}]"
            given, _, error = name.rpartition(".")
            if given != prefix and given.lower() == prefix.lower():
                message = f"This integration raises '{prefix}.{error}'; names are compared letter by letter."
                yield Finding(where, "ERROR_NAME_CASE", message)
            elif given != prefix:
                message = (
                    f"The call {resource.service}:{resource.action} raises errors named '{prefix}.…', never '{name}'."
                )
                yield Finding(where, "ERROR_NOT_RAISED", message)
            elif error.lower() not in raised and not _is_general(error, prefix):
                message = f"The API lists no error '{error}' for {resource.service}:{resource.action}."
                yield Finding(where, "ERROR_NOT_RAISED", message)


def _is_general(error: str, prefix: str) -> bool:
    """Tell whether an error is the SDK's own: what it raises for a failed connection or an error without a model."""
    return (
        error in ("SdkClientException", f"{prefix}Exception")
        or re.match(r"(Amazon|AWS).*Exception$", error) is not None
    )
