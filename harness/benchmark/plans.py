"""How long Terraform takes to plan the module, beside a plan of the least that any workflow needs."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.embedded import launch
from harness.paths import EXAMPLES
from harness.terraform import Workspace

COMPLETE, BARE = EXAMPLES / "complete", Path(__file__).parent / "bare"


@dataclass(frozen=True)
class Timed:
    """What planning a configuration took, in seconds, and how many resources each plan would make."""

    seconds: Sequence[float]
    resources: int

    @property
    def median(self) -> float:
        """The time in the middle."""
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Measured:
    """Both configurations, planned in turn on one embedded AWS by the same tools."""

    complete: Timed
    bare: Timed
    versions: Mapping[str, str]

    @property
    def ratio(self) -> float:
        """How many times as long the complete example takes."""
        return self.complete.median / self.bare.median


def measure(rounds: int) -> Measured:
    """Plan both `rounds` times, in turn: whatever else the machine does meanwhile meets both."""
    with launch() as endpoint, contextlib.ExitStack() as stack:
        complete, bare = (
            stack.enter_context(_initialised(configuration, endpoint.url, variables))
            for configuration, variables in ((COMPLETE, _complete_variables()), (BARE, {}))
        )
        taken = [(_timed(complete), _timed(bare)) for _ in range(rounds)]
        of_complete, of_bare = (
            Timed([seconds for seconds, _ in times], times[-1][1]) for times in zip(*taken, strict=True)
        )
        return Measured(of_complete, of_bare, complete.versions())


def _complete_variables() -> dict[str, Any]:
    from harness.embedded.agentcore import AGENTS, runtime_arn  # brings in moto, which takes its time

    return {
        "on_call_email": "on-call@example.com",
        "runtimes": {agent: {"runtime_arn": runtime_arn(agent)} for agent in AGENTS},
    }


@contextlib.contextmanager
def _initialised(configuration: Path, endpoint: str, variables: Mapping[str, Any]) -> Iterator[Workspace]:
    with Workspace(configuration, endpoint, variables) as workspace:
        workspace.init()
        yield workspace


def _timed(workspace: Workspace) -> tuple[float, int]:
    began = time.monotonic()
    plan = workspace.plan()
    return time.monotonic() - began, len(plan.changes)
