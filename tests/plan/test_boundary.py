"""A permissions boundary, as examples/complete looks it up: one that does not exist is refused in the plan."""

import json

import pytest

from harness.embedded import launch
from harness.paths import EXAMPLES
from harness.render import VARIABLES
from harness.terraform import TerraformError, Workspace


@pytest.fixture(scope="module")
def aws():
    with launch() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def workspace(aws):
    with Workspace(EXAMPLES / "complete", aws.url) as workspace:
        workspace.init()
        yield workspace


def plan(workspace, boundary):
    """Return the boundaries of the planned roles."""
    workspace.set(on_call_email="on-call@example.com", runtimes=VARIABLES["agents"], permissions_boundary_arn=boundary)
    workspace.plan()
    changes = [change for change in workspace.show(plan=True)["resource_changes"] if change["type"] == "aws_iam_role"]
    return [change["change"]["after"]["permissions_boundary"] for change in changes]


def test_a_boundary_that_does_not_exist_is_refused(workspace):
    missing = "arn:aws:iam::123456789012:policy/missing"
    with pytest.raises(TerraformError, match=missing):
        plan(workspace, missing)


def test_a_boundary_that_exists_is_that_of_every_role(aws, workspace):
    document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    created = aws.client("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(document))["Policy"][
        "Arn"
    ]
    assert plan(workspace, created) == [created] * 3
    assert plan(workspace, None) == [None] * 3
