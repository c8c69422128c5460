"""What the workflow's type and its time allow."""

from __future__ import annotations

from collections.abc import Iterator

from harness.asl.machine import Machine, State, as_dict, as_text
from harness.asl.resources import Resource, resource_of
from harness.asl.rules import Finding

# https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
EXPRESS_SECONDS = 300

# No page of AWS says how long a call may last: docs/decisions/0010-no-call-has-to-be-long.md
_CALL_SECONDS = 60

_DISTRIBUTED_FIELDS = ("ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount",
                       "ToleratedFailureCountPath", "ToleratedFailurePercentage",
                       "ToleratedFailurePercentagePath")  # fmt: skip


def check(machine: Machine) -> Iterator[Finding]:
    """Yield what an Express workflow cannot do, what may wait for ever, and misplaced fields of distributed Maps."""
    labels: dict[str, str] = {}
    express = machine.workflow_type == "EXPRESS"
    if express:
        yield from _time(machine.definition.get("TimeoutSeconds"), "/TimeoutSeconds")
    for state in machine.states:
        resource = resource_of(state) if state.type == "Task" else None
        if express or _runs_as_express(state):
            yield from _express(state, resource)
        if resource is not None:
            yield from _timeouts(state, resource)
        if state.type == "Map":
            yield from _map(state, labels)


def _runs_as_express(state: State) -> bool:
    """Return whether a distributed Map around the state runs its items as Express workflows."""
    scope = state.scope
    while scope.owner is not None:
        if scope.is_distributed:
            return as_dict(scope.body.get("ProcessorConfig")).get("ExecutionType") == "EXPRESS"
        scope = scope.owner.scope
    return False


def _express(state: State, resource: Resource | None) -> Iterator[Finding]:
    what = None
    if resource is not None and resource.kind == "activity":
        what = "call an activity"
    elif resource is not None and resource.pattern:
        what = f"use .{resource.pattern}"
    elif any(scope.is_distributed for scope in state.inner):
        what = "run a distributed Map"
    if what is not None:
        yield Finding(state.path, "EXPRESS_UNSUPPORTED", f"An Express workflow cannot {what}.")
    for field in ("TimeoutSeconds", "Seconds"):
        yield from _time(state.body.get(field), f"{state.path}/{field}")


def _time(seconds: object, path: str) -> Iterator[Finding]:
    if isinstance(seconds, int | float) and seconds > EXPRESS_SECONDS:
        message = f"{seconds:g} s is longer than an Express workflow may run ({EXPRESS_SECONDS} s)."
        yield Finding(path, "EXPRESS_TIME", message)


def _timeouts(state: State, resource: Resource) -> Iterator[Finding]:
    timeout, heartbeat = state.body.get("TimeoutSeconds"), state.body.get("HeartbeatSeconds")
    if isinstance(timeout, int | float) and isinstance(heartbeat, int | float) and heartbeat >= timeout:
        message = f"HeartbeatSeconds ({heartbeat:g}) must be smaller than TimeoutSeconds ({timeout:g})."
        yield Finding(f"{state.path}/HeartbeatSeconds", "HEARTBEAT_TOO_LONG", message)
    is_agent = (resource.service, resource.action) == ("bedrockagentcore", "invokeAgentRuntime")
    if is_agent and not resource.pattern and isinstance(timeout, int | float) and timeout > _CALL_SECONDS:
        message = (
            f"A call of {timeout:g} s may be cut near {_CALL_SECONDS} s while the agent works on: let it reply that it "
            "is at work, and ask again in its session."
        )
        yield Finding(f"{state.path}/TimeoutSeconds", "LONG_AGENT_CALL", message)
    waits = resource.kind == "activity" or bool(resource.pattern)
    fields = ("TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath")
    if waits and not any(field in state.body for field in fields):
        message = "Nothing bounds the wait: without a timeout the task may wait for 99999999 seconds."
        yield Finding(state.path, "NO_TIMEOUT", message)


def _map(state: State, labels: dict[str, str]) -> Iterator[Finding]:
    if state.inner and not any(scope.is_distributed for scope in state.inner):
        for field in _DISTRIBUTED_FIELDS:
            if field in state.body:
                message = f"'{field}' belongs to a distributed Map; this one runs inline."
                yield Finding(f"{state.path}/{field}", "DISTRIBUTED_ONLY", message)
    label = as_text(state.body.get("Label"))
    if label is not None:
        if label in labels:
            message = f"The label '{label}' is that of {labels[label]} already."
            yield Finding(f"{state.path}/Label", "DUPLICATE_LABEL", message)
        labels.setdefault(label, state.path)
