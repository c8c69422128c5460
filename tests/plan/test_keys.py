"""A caller's own key, as docs/permissions.md shows it, for several instances at once."""

import json
import re

import pytest

from harness.embedded import launch
from harness.paths import ROOT
from harness.render import CONFIGURATION, VARIABLES
from harness.terraform import TerraformError, Workspace

PAGE = (ROOT / "docs" / "permissions.md").read_text()
(SNIPPET,) = (text for text in re.findall(r"```hcl\n(.*?)```", PAGE, re.DOTALL) if "for_each" in text)
SOURCE = re.compile(r'"git::[^"]+?\.git(/(/[^"?]+))?\?[^"]*"')
ENVIRONMENTS = ("dev", "prod")


def planned(snippet):
    """Return the plan of the page's code, with what it leaves out."""
    more = "\n".join(f"{name} = {json.dumps(VARIABLES[name])}" for name in ("agents", "document_bucket_arns"))
    code = SOURCE.sub(lambda found: f'"../..{found[2] or ""}"', snippet).replace("  # …", more)
    code += f"locals {{\n  environments = toset({json.dumps(ENVIRONMENTS)})\n}}\n"
    with launch() as endpoint, Workspace(CONFIGURATION, endpoint.url) as workspace:
        (workspace.path / "main.tf").write_text(code)
        workspace.init()
        workspace.plan()
        return workspace.show(plan=True)


def test_each_instance_gets_a_key_that_serves_it_alone():
    plan = planned(SNIPPET)
    keys = {
        resource["index"]: json.loads(resource["values"]["policy"])
        for resource in plan["planned_values"]["root_module"]["resources"]
        if resource["type"] == "aws_kms_key"
    }
    assert set(keys) == set(ENVIRONMENTS)
    for environment, policy in keys.items():
        (tables,) = (statement for statement in policy["Statement"] if statement["Sid"] == "Tables")
        names = tables["Condition"]["StringLike"]["kms:EncryptionContext:aws:dynamodb:tableName"]
        assert names == [f"confirmations-{environment}-{table}" for table in ("circuits", "ledger")]


def test_the_output_of_an_instance_is_a_cycle_there():
    with pytest.raises(TerraformError, match="Cycle"):
        planned(
            SNIPPET.replace("module.key_policy[each.key].key_policy", "module.orchestrator[each.key].kms_key_policy")
        )
