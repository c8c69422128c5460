"""Every change of the state machine is a version; callers of the alias run the one that Terraform says."""

import pytest

from harness.stack import Stack
from tests.execution.conftest import variables
from tests.execution.driver import GOOD, Workflow

BROKEN = "BedrockAgentCore.InternalServerException"
ALIAS = "module.orchestrator.module.workflow.aws_sfn_alias.live"


@pytest.fixture(scope="module")
def workspace(workspaces):
    """An applied configuration that is put back as it was."""
    workspace = workspaces["EXPRESS"]
    before = workspace.variables
    yield workspace
    workspace.set(**before)
    workspace.apply()


def test_callers_run_the_new_version_and_the_old_one_after_going_back(aws, workspace):
    old = _live(workspace)
    assert _outcome(aws, workspace) == "MATCHED"  # on the second attempt

    never = {"max_attempts": 0}
    agents = workspace.variables["agents"]
    agents = agents | {"trade-matching": agents["trade-matching"] | {"retry": never}}
    workspace.set(**workspace.variables | {"agents": agents})
    workspace.apply()
    new = _live(workspace)
    assert new > old
    assert _outcome(aws, workspace) == BROKEN  # at the first attempt

    workspace.set(**workspace.variables | {"state_machine_version": old})
    assert workspace.plan().changes == {ALIAS: "update"}
    workspace.apply()
    assert _live(workspace) == old
    assert _outcome(aws, workspace) == "MATCHED"

    client = Stack.embedded(aws.url, workspace.output()).client("stepfunctions")
    outputs = workspace.output()["orchestrator"]
    client.update_state_machine_alias(
        stateMachineAliasArn=outputs["state_machine_alias_arn"],
        routingConfiguration=[
            {"stateMachineVersionArn": f"{outputs['state_machine_arn']}:{new}", "weight": 100},
        ],
    )
    assert _outcome(aws, workspace) == BROKEN
    assert workspace.plan().changes == {ALIAS: "update"}  # what the configuration says will be put back


def test_a_change_of_the_type_replaces_the_machine_and_leaves_callers_their_alias(aws, workspace):
    alias = workspace.output()["orchestrator"]["state_machine_alias_arn"]
    workspace.set(**variables("EXPRESS") | {"workflow_type": "STANDARD"})
    workspace.apply()

    assert workspace.output()["orchestrator"]["state_machine_alias_arn"] == alias
    machine = Stack.embedded(aws.url, workspace.output()).client("stepfunctions").describe_state_machine
    assert machine(stateMachineArn=alias.rpartition(":")[0])["type"] == "STANDARD"
    assert _outcome(aws, workspace) == "MATCHED"
    assert workspace.plan().changes == {}


def _live(workspace) -> int:
    """Return the number of the version that the alias points at."""
    return int(workspace.output()["orchestrator"]["state_machine_alias_version_arn"].rpartition(":")[2])


def _outcome(aws, workspace):
    """Return the outcome, or the error, of a run in which trade-matching fails once."""
    workflow = Workflow(Stack.embedded(aws.url, workspace.output()), aws)
    workflow.script_all(trade_matching=[{"error": "InternalServerException"}, {"reply": GOOD["trade-matching"]}])
    execution = workflow.process()
    return execution.outcome if execution.outcome != "FAILED" else execution.error
