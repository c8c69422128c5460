"""The example applied to an embedded AWS, as demo and checks use it."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from harness.embedded import launch
from harness.paths import EXAMPLES
from harness.stack import Stack
from harness.terraform import Workspace


@contextlib.contextmanager
def example(endpoint: str, name: str = "minimal") -> Iterator[Workspace]:
    """Yield an example ready to be applied to the AWS at `endpoint`."""
    from harness.embedded.agentcore import AGENTS, runtime_arn  # brings in moto, which takes its time

    arns = {agent: runtime_arn(agent) for agent in AGENTS}
    with Workspace(EXAMPLES / name, endpoint, {"runtime_arns": arns}) as workspace:
        workspace.init()
        yield workspace


@contextlib.contextmanager
def applied(**settings: Any) -> Iterator[tuple[Workspace, Stack]]:
    """Yield examples/minimal, applied to an embedded AWS that ends with the block.

    `settings` are inputs of the module that differ from what the example sets.
    """
    with launch() as endpoint, example(endpoint.url) as workspace:
        (workspace.path / "override.tf.json").write_text(json.dumps({"module": {"orchestrator": settings}}))
        workspace.apply()
        yield workspace, Stack.embedded(endpoint.url, workspace.output())
