from pathlib import Path

import pytest

from harness.embedded import launch
from harness.embedded.agentcore import runtime_arn
from harness.stack import Stack
from harness.terraform import Workspace
from tests.execution.driver import AGENTS, SPEED, Workflow

CONFIGURATION = Path(__file__).parent / "stack"

TYPES = ("EXPRESS", "STANDARD")


# Another one for each agent of one of the types, so that a mix-up shows; the other type keeps the defaults.
RETRIES = {
    "EXPRESS": {agent: {} for agent in AGENTS},
    "STANDARD": {
        "pdf-adapter": {"max_attempts": 1, "interval_seconds": 2, "backoff_rate": 1.5, "max_delay_seconds": 7},
        "trade-extraction": {"max_attempts": 4, "interval_seconds": 1, "backoff_rate": 2.5, "max_delay_seconds": 3},
        "trade-matching": {"max_attempts": 2, "interval_seconds": 3, "backoff_rate": 1, "max_delay_seconds": 11},
        "exception-management": {"max_attempts": 0},
    },
}


def variables(kind):
    """Give the configuration's variables: the types of workflow are two environments side by side."""
    return {
        "name": "runs",
        "environment": kind.lower(),
        "workflow_type": kind,
        "agents": {
            agent: {
                "runtime_arn": runtime_arn(agent),
                "standby_runtime_arns": [runtime_arn(agent, "green")],
                "retry": RETRIES[kind][agent],
            }
            for agent in AGENTS
        },
    }


@pytest.fixture(scope="session")
def aws():
    """One embedded AWS for all tests that execute something."""
    with launch() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def workspaces(aws):
    """The test configuration, applied once for each type of workflow."""
    applied = {}
    for kind in TYPES:
        workspace = Workspace(CONFIGURATION, aws.url, variables(kind))
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
