"""Two instances of one name in two regions of an account: both are created, and neither sees the other."""

import json

from harness.embedded import launch
from harness.render import CONFIGURATION, VARIABLES
from harness.terraform import Workspace

REGIONS = {"here": "us-east-1", "there": "eu-west-1"}


def instance(alias):
    arn = f"arn:aws:bedrock-agentcore:{REGIONS[alias]}:123456789012:runtime/agent-0000000000"
    return {
        **VARIABLES,
        "source": "../..",
        "providers": {"aws": f"aws.{alias}"},
        "agents": {agent: {"runtime_arn": arn} for agent in VARIABLES["agents"]},
        "deletion_protection": False,
    }


def test_both_are_created():
    providers = [{"region": "us-east-1"}, *({"alias": alias, "region": region} for alias, region in REGIONS.items())]
    configuration = {"provider": {"aws": providers}, "module": {alias: instance(alias) for alias in REGIONS}}
    with launch() as aws, Workspace(CONFIGURATION, aws.url) as workspace:
        (workspace.path / "main.tf.json").write_text(json.dumps(configuration))
        workspace.init()
        workspace.apply()
        roles = {role["RoleName"].rpartition("-dev-")[2] for role in aws.client("iam").list_roles()["Roles"]}
        assert roles == {
            f"{role}-{region}" for role in ("schedule", "sweep", "workflow") for region in REGIONS.values()
        }
