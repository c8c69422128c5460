"""The roles that were applied against what the runs really used of them."""

import json
import re
from collections.abc import Iterator

import pytest

from harness.embedded.account import REGION
from harness.embedded.policy import matches

ROLES = ("workflow", "sweep", "schedule", "ingestion", "backfill")
REFUSED = re.compile(r"is not authorized to perform: (\S+) on resource: (\S+)")
# (role, action): why nothing here uses what AWS will
NEVER_USED = {
    ("schedule", "kms:Decrypt"): "EventBridge Scheduler reads the schedule with it, here nothing is encrypted",
    **dict.fromkeys(
        [
            ("backfill", "s3:AbortMultipartUpload"),
            ("backfill", "s3:GetObject"),  # of results
            ("backfill", "s3:ListMultipartUploadParts"),
            ("backfill", "states:DescribeExecution"),
            ("backfill", "states:StartExecution"),
            ("backfill", "states:StopExecution"),
        ],
        "Step Functions runs children and writes results with it, here it does so by itself",
    ),
}


@pytest.mark.usefixtures("exercised")
def test_nothing_was_refused(observed):
    assert refusals(observed) == set()


@pytest.mark.usefixtures("exercised")
def test_everything_that_is_allowed_is_used(observed):
    unused = {
        (role, action) for role, action, resource in allowed(observed) if not is_used(observed, role, action, resource)
    }
    assert unused == set(NEVER_USED)


@pytest.mark.usefixtures("exercised")
def test_every_role_is_used(observed):
    assert {role for role, _, _ in used(observed)} == set(ROLES)


def test_every_role_trusts_one_service_on_behalf_of_one_resource(observed):
    for role in ROLES:
        details = observed.stack.client("iam").get_role(RoleName=name_of(observed, role))["Role"]
        (statement,) = details["AssumeRolePolicyDocument"]["Statement"]
        assert isinstance(statement["Principal"]["Service"], str)
        assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == "123456789012"
        assert "*" not in statement["Condition"]["ArnLike"]["aws:SourceArn"]


def test_a_permission_that_is_missing_is_noticed_even_where_the_run_goes_on(observed):
    client, role = observed.stack.client("iam"), name_of(observed, "workflow")
    (policy,) = client.list_role_policies(RoleName=role)["PolicyNames"]
    document = client.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    remaining = [statement for statement in document["Statement"] if statement["Sid"] != "PutMetrics"]
    client.put_role_policy(
        RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document | {"Statement": remaining})
    )
    try:
        run = observed.process()
    finally:
        client.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    assert run.outcome == "MATCHED"
    assert ("cloudwatch:PutMetricData", "*") in refusals(observed, run.arn)


def test_a_permission_that_nothing_uses_is_noticed(observed):
    assert not is_used(observed, "workflow", "dynamodb:DeleteItem", observed.stack.outputs["ledger_table_name"])


def name_of(workflow, role):
    return f"{workflow.stack.outputs['state_machine_name']}-{role}-{REGION}"


def allowed(workflow) -> Iterator[tuple[str, str, str]]:
    """Return (role, action, resource) of all that the roles' policies allow."""
    client = workflow.stack.client("iam")
    for role in ROLES:
        name = name_of(workflow, role)
        assert client.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
        for policy in client.list_role_policies(RoleName=name)["PolicyNames"]:
            document = client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for statement in document["Statement"]:
                assert statement["Effect"] == "Allow"
                for action in listed(statement["Action"]):
                    for resource in listed(statement["Resource"]):
                        yield role, action, resource


def used(workflow):
    """Return (role, action, resource) of all that was used."""
    roles = {name_of(workflow, role): role for role in ROLES}
    return {
        (roles[name], each["action"], each["resource"])
        for each in workflow.aws.admin("GET", "/_iam")
        if (name := each["role"].rpartition("/")[2]) in roles
    }


def is_used(workflow, role, action, resource):
    return any((role, action) == (one, did) and matches(resource, what) for one, did, what in used(workflow))


def refusals(workflow, execution_arn=""):
    """Return (action, resource) of every call that a role was refused, according to the logs."""
    name = workflow.stack.outputs["state_machine_name"]
    return {
        refused
        for group in (name, f"{name}-sweep")
        for page in workflow.stack.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=f"/aws/vendedlogs/states/{group}", filterPattern=f'"{execution_arn}"' if execution_arn else ""
        )
        for event in page["events"]
        for refused in REFUSED.findall(event["message"])
    }


def listed(value):
    return value if isinstance(value, list) else [value]
