"""Reads a definition and runs every check on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.asl import choices, dataflow, graph, handlers, integrations, jsonata, limits, paths, shape, variables
from harness.asl.machine import Machine, WorkflowType
from harness.asl.rules import Finding

# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
LARGEST_DEFINITION = 1_048_576

CHECKS: tuple[Callable[[Machine], Iterator[Finding]], ...] = (
    shape.check,
    graph.check,
    handlers.check,
    paths.check,
    jsonata.check,
    integrations.check,
    variables.check,
    dataflow.check,
    choices.check,
    limits.check,
)


def lint(definition: str | dict[str, Any], workflow_type: WorkflowType = "STANDARD") -> list[Finding]:
    """Judge a state machine definition as AWS would, and beyond.

    Args:
        definition: the definition as JSON text, or already parsed.
        workflow_type: the state machine's type, which decides what it may use.

    Returns:
        What is wrong, state by state, the outer scopes first; empty if nothing is. Never raises on a bad definition.

    """
    try:
        return _lint(definition, workflow_type)
    except RecursionError:
        return [Finding("", "TOO_DEEPLY_NESTED", "The definition is nested too deeply to be read.")]


def _lint(definition: str | dict[str, Any], workflow_type: WorkflowType) -> list[Finding]:
    text = definition if isinstance(definition, str) else json.dumps(definition, ensure_ascii=False)
    if (size := len(text)) > LARGEST_DEFINITION:
        message = f"The definition has {size} characters; at most {LARGEST_DEFINITION} are allowed."
        return [Finding("", "DEFINITION_TOO_LARGE", message)]
    repeated: list[Finding] = []
    try:
        parsed = json.loads(
            text, object_pairs_hook=lambda pairs: _unique(pairs, repeated), parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        message = f"Not JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        return [Finding("", "INVALID_JSON", message)]
    except ValueError as error:
        return [Finding("", "INVALID_JSON", f"Not JSON: {error}.")]
    if not isinstance(parsed, dict):
        return [Finding("", "INVALID_JSON", "A definition is a JSON object.")]
    machine = Machine(parsed, workflow_type)
    findings = list(repeated)
    for check in CHECKS:
        findings.extend(check(machine))
    order = {state.path: number for number, state in enumerate(machine.states)}
    return sorted(dict.fromkeys(findings), key=lambda finding: _place(finding.path, order))


def _place(path: str, order: Mapping[str, int]) -> tuple[int, str]:
    """Return where a path belongs: at its state, in the order of the definition."""
    state = path
    while state and state not in order:
        state = state.rpartition("/")[0]
    return order.get(state, -1), path


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _unique(pairs: list[tuple[str, Any]], repeated: list[Finding]) -> Mapping[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key in [key for key, _ in pairs if key in seen or seen.add(key)]:
            is_state = isinstance(result[key], dict) and "Type" in result[key]
            what, code = ("state", "DUPLICATE_STATE_NAME") if is_state else ("key", "DUPLICATE_KEY")
            repeated.append(Finding("", code, f"The {what} '{key}' occurs twice in one object; the last counts."))
    return result
