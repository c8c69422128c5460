"""How plan, apply and destroy grow with the instances of the module, and documents a minute with the places."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.benchmark.simulation import Burst, Policy, simulate
from harness.embedded import launch
from harness.terraform import Workspace

INSTANCES = (1, 5, 20)
PLACES = (20, 100, 500, 1500)
_DOCUMENTS = 3000
_CONFIGURATION = Path(__file__).parent / "grown"
_STATES = "terraform-states"  # the bucket that the configuration names


@dataclass(frozen=True)
class Grown:
    """Seconds for so many instances."""

    instances: int
    resources: int
    plan: float
    apply: float
    second_plan: float
    destroy: float


def measure(instances: Iterable[int] = INSTANCES) -> Iterator[Grown]:
    """Plan, apply, plan again and destroy so many instances, each number on an embedded AWS of its own."""
    from harness.embedded.agentcore import AGENTS, runtime_arn  # brings in moto, which takes its time

    arns = {agent: runtime_arn(agent) for agent in AGENTS}
    for number in instances:
        variables = {"instances": number, "runtime_arns": arns}
        with launch() as aws, Workspace(_CONFIGURATION, aws.url, variables) as workspace:
            aws.client("s3").create_bucket(Bucket=_STATES)
            workspace.init()
            resources = 0

            def plan(workspace: Workspace = workspace) -> None:
                nonlocal resources
                resources = max(resources, len(workspace.plan().changes))

            seconds = [timed(act) for act in (plan, workspace.apply, plan, workspace.destroy)]
            yield Grown(number, resources, *seconds)


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    began = time.monotonic()
    act()
    return time.monotonic() - began


def pace(policy: Policy, places: Iterable[int] = PLACES) -> Iterator[tuple[int, Burst]]:
    """Simulate a crowd of documents with each number of places."""
    for number in places:
        yield number, simulate(dataclasses.replace(policy, places=number), _DOCUMENTS)
