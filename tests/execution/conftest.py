from pathlib import Path

import pytest

from harness.embedded import launch
from harness.embedded.agentcore import runtime_arn
from harness.stack import Stack
from harness.terraform import Workspace
from tests.execution.driver import AGENTS, Workflow

CONFIGURATION = Path(__file__).parent / "stack"
SPEED = 20  # virtual seconds in a real one
TYPES = ("EXPRESS", "STANDARD")


@pytest.fixture(scope="session")
def aws():
    """One embedded AWS for all tests that execute something."""
    with launch() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def workspaces(aws):
    """The test configuration, applied once for each type of workflow."""
    agents = {
        agent: {"runtime_arn": runtime_arn(agent), "standby_runtime_arns": [runtime_arn(agent, "green")]}
        for agent in AGENTS
    }
    applied = {}
    for kind in TYPES:
        workspace = Workspace(
            CONFIGURATION, aws.url, {"name": f"{kind.lower()}-runs", "workflow_type": kind, "agents": agents}
        )
        workspace.init()
        workspace.apply()
        applied[kind] = workspace
    aws.admin("PUT", "/_clock", {"speed": SPEED})
    yield applied
    for workspace in applied.values():
        workspace.destroy()
        workspace.__exit__()


@pytest.fixture
def express(aws, workspaces):
    return _workflow(aws, workspaces["EXPRESS"])


@pytest.fixture(params=TYPES)
def workflow(request, aws, workspaces):
    """Each type of workflow in turn: both pass the same tests."""
    return _workflow(aws, workspaces[request.param])


def _workflow(aws, workspace):
    workflow = Workflow(Stack.embedded(aws.url, workspace.output()), aws)
    workflow.script_all()
    workflow.dead_letters()
    return workflow
