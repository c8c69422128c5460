"""Called services: that they exist, accept the call as it is made, and raise the errors that are handled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.asl import services
from harness.asl.arguments import check_arguments
from harness.asl.machine import Machine, State, as_dict, as_list, has_placeholder
from harness.asl.resources import Resource, reader_of, resource_of
from harness.asl.rules import Finding


def check(machine: Machine) -> Iterator[Finding]:
    """Yield what is wrong with each Task's call."""
    for state in machine.states:
        if state.type == "Task" and isinstance(state.body.get("Resource"), str):
            yield from _task(state)
        reader = as_dict(state.body.get("ItemReader")) if state.type == "Map" else {}
        resource = reader_of(reader)
        if resource is not None and state.arguments_field in reader:
            yield from check_arguments(state, resource, reader, f"{state.path}/ItemReader")


def _task(state: State) -> Iterator[Finding]:
    where = f"{state.path}/Resource"
    resource = resource_of(state)
    if resource is None:
        message = f"{state.body['Resource']!r} is no ARN of a Lambda function, an activity or a service integration."
        yield Finding(where, "INVALID_RESOURCE", message)
        return
    if resource.kind == "activity" and "Credentials" in state.body:
        yield Finding(state.path, "UNKNOWN_FIELD", "A Task that calls an activity has no field 'Credentials'.")
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
    yield from check_arguments(state, resource, state.body, state.path)
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
    if resource.operation.has_event_stream_input or resource.operation.has_event_stream_output:
        message = f"Step Functions cannot call {resource.service}:{resource.action}, whose events come as a stream."
        return "UNKNOWN_ACTION", message
    return None


def _pattern(resource: Resource, where: str) -> Iterator[Finding]:
    offered = ["waitForTaskToken"] if resource.kind == "sdk" else resource.optimized.get("patterns", [])
    if resource.pattern and resource.pattern not in offered:
        instead = " or ".join(f".{pattern}" for pattern in offered)
        message = f"{resource.service}:{resource.action} cannot be called with .{resource.pattern}"
        hint = f" or with {instead}" if instead else ""
        yield Finding(where, "UNSUPPORTED_PATTERN", f"The integration {message}, only without a pattern{hint}.")


def _errors(state: State, resource: Resource) -> Iterator[Finding]:
    """Yield errors that a plain call cannot raise; what waits for others may end with any name."""
    prefix = resource.error_prefix
    if prefix is None or resource.pattern or resource.service == "lambda" or resource.operation is None:
        return
    # Inside a name case is not compared: AWS does not document how acronyms are written.
    own = resource.optimized.get("errors", [])
    raised = {name.lower() for name in (*services.error_names(resource.operation), *own)}
    for _, path, handler in state.handlers:
        for number, name in enumerate(as_list(handler.get("ErrorEquals"))):
            if not isinstance(name, str) or name.startswith("States.") or has_placeholder(name):
                continue
            where = f"{path}/ErrorEquals[{number}]"
            written, _, error = name.rpartition(".")
            if written != prefix and written.lower() == prefix.lower():
                message = f"This integration raises '{prefix}.{error}'; names are compared exactly, case included."
                yield Finding(where, "ERROR_NAME_CASE", message)
            elif written != prefix:
                message = (
                    f"The call {resource.service}:{resource.action} raises errors named '{prefix}.…', never '{name}'."
                )
                yield Finding(where, "ERROR_NOT_RAISED", message)
            elif error.lower() not in raised and not _is_general(error, prefix):
                message = f"The API lists no error '{error}' for {resource.service}:{resource.action}."
                yield Finding(where, "ERROR_NOT_RAISED", message)


def _is_general(error: str, prefix: str) -> bool:
    """Return whether an error is the SDK's own: what it raises for a failed connection or an error without a model."""
    return (
        error in ("SdkClientException", f"{prefix}Exception")
        or re.match(r"(Amazon|AWS).*Exception$", error) is not None
    )
