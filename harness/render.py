"""Renders the state machines without an AWS: the module planned by Terraform, with every computed value mocked."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.asl import WorkflowType
from harness.contract import AGENTS
from harness.isolation import NOWHERE
from harness.paths import ROOT
from harness.terraform import TerraformError, Workspace

CONFIGURATION = ROOT / "harness" / "rendering"

_RUNTIME = "arn:aws:bedrock-agentcore:us-east-1:123456789012:runtime/{}-0000000000"
VARIABLES: Mapping[str, Any] = {
    "name": "rendered",
    "environment": "dev",
    "document_bucket_arns": ["arn:aws:s3:::documents"],
    "agents": {
        agent: {"runtime_arn": _RUNTIME.format(agent.replace("-", "_")), "call_seconds": 900}  # meant: no warning
        for agent in AGENTS
    },
}

# Parts of the module that are off by default.
PARTS: Mapping[str, Any] = {"backfill": {}, "ingestion": {}}


@dataclass(frozen=True)
class Rendered:
    """A state machine as it would be sent to AWS: `definition` is its JSON text."""

    definition: str
    type: WorkflowType


@contextlib.contextmanager
def instances(
    cases: Mapping[str, Mapping[str, Any]],
    endpoint: str = NOWHERE,
    *,
    module: str = "",
    common: Mapping[str, Any] = VARIABLES,
) -> Iterator[Workspace]:
    """Yield a configuration, initialised, that calls the module once for each set of variables.

    A set says what differs from `common`; its name is the name of the module call. `module` is the path of another
    module than the root's.
    """
    source = f"../../{module}".rstrip("/")
    modules = {case: {"source": source, **common, **variables} for case, variables in cases.items()}
    with Workspace(CONFIGURATION, endpoint) as workspace:
        (workspace.path / "main.tf.json").write_text(json.dumps({"module": modules}))
        workspace.init()
        yield workspace


def render(cases: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Rendered]]:
    """Return the state machines, `workflow` and `sweep`, that the module makes of each set of variables.

    One plan serves them all. Raises TerraformError.
    """
    rendered: dict[str, dict[str, Rendered]] = {case: {} for case in cases}
    for resource in _planned(cases):
        if resource["type"] == "aws_sfn_state_machine":
            values = resource["change"]["after"]
            case = resource["address"].split(".")[1]
            rendered[case][resource["name"]] = Rendered(values["definition"], values["type"])
    return rendered


@functools.cache
def defaults() -> Sequence[Mapping[str, Any]]:
    """Return every resource that the module makes of VARIABLES and PARTS, as in a plan. Raises TerraformError."""
    return _planned({"default": PARTS})


def definitions() -> dict[str, dict[str, Any]]:
    """Return the definitions, parsed, of the state machines by name, with every setting left at its default."""
    machines = (resource for resource in defaults() if resource["type"] == "aws_sfn_state_machine")
    return {machine["name"]: json.loads(machine["change"]["after"]["definition"]) for machine in machines}


def _planned(cases: Mapping[str, Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    with instances(cases) as workspace:
        tested = workspace.test()["rendered"]
    if tested.errors:
        raise TerraformError("\n".join(tested.errors))
    return tested.plan["resource_changes"]
