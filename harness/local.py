"""The example applied to an embedded AWS, as demo and checks use it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

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
def applied() -> Iterator[tuple[Workspace, Stack]]:
    """Yield examples/minimal, applied to an embedded AWS that ends with the block."""
    with launch() as endpoint, example(endpoint.url) as workspace:
        workspace.apply()
        yield workspace, Stack.embedded(endpoint.url, workspace.output())
