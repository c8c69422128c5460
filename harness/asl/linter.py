"""Reads a definition and runs every check on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.asl import (
    choices,
    dataflow,
    graph,
    handlers,
    integrations,
    jsonata,
    limits,
    paths,
    shape,
    suppressions,
    variables,
)
from harness.asl.document import TOO_DEEP, Document, of_text, of_value
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
    suppressions.check,
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
        document = of_text(definition) if isinstance(definition, str) else of_value(definition)
        return judge(document, workflow_type)
    except RecursionError:
        return [TOO_DEEP]


def judge(document: Document, workflow_type: WorkflowType) -> list[Finding]:
    """Judge a definition that was read, as `lint` does. Raises RecursionError where it is nested too deeply."""
    if document.size > LARGEST_DEFINITION:
        message = f"The definition has {document.size} characters; at most {LARGEST_DEFINITION} are allowed."
        return [Finding("", "DEFINITION_TOO_LARGE", message)]
    if not isinstance(document.value, dict):
        return document.problems or [Finding("", "INVALID_JSON", "A definition is a JSON object.")]
    machine = Machine(document.value, workflow_type, is_conditional=document.has_directives)
    findings = list(document.problems)
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
