"""Instances of one name in several regions and partitions, planned side by side in one account."""

import json

import pytest

from harness.embedded import launch
from harness.paths import ROOT
from harness.render import VARIABLES
from harness.terraform import Workspace
from tests.plan.inventory import by_instance

# Alias of a provider → its region, and the partition and the suffix of names there.
REGIONS = {
    "ireland": ("eu-west-1", "aws", "amazonaws.com"),
    "oregon": ("us-west-2", "aws", "amazonaws.com"),
    "beijing": ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
    "gov": ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
}
NAME, ENVIRONMENT = "a" * 19, "b" * 12  # the longest that there may be

# What has no region on AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
GLOBAL = {"aws_iam_role": "name", "aws_cloudwatch_dashboard": "dashboard_name"}


@pytest.fixture(scope="module")
def plans():
    """The resources and data of an instance in each region, by alias, then by address."""
    modules, providers = {}, [{"region": "us-east-1"}]
    for alias, (region, partition, _) in REGIONS.items():
        providers.append({"alias": alias, "region": region})
        arn = f"arn:{partition}:bedrock-agentcore:{region}:123456789012:runtime/agent-0000000000"
        modules[alias] = {
            **VARIABLES,
            "source": "../..",
            "providers": {"aws": f"aws.{alias}"},
            "name": NAME,
            "environment": ENVIRONMENT,
            "agents": {agent: {"runtime_arn": arn} for agent in VARIABLES["agents"]},
            "document_bucket_arns": [f"arn:{partition}:s3:::documents"],
        }
    configuration = {"provider": {"aws": providers}, "module": modules}
    with launch() as endpoint, Workspace(ROOT / "harness" / "rendering", endpoint.url) as workspace:
        (workspace.path / "main.tf.json").write_text(json.dumps(configuration))
        workspace.init()
        workspace.plan()
        return by_instance(workspace.show(plan=True))


def test_names_that_have_no_region_differ(plans):
    names = [
        (resource["type"], resource["values"][GLOBAL[resource["type"]]])
        for resources in plans.values()
        for resource in resources.values()
        if resource["mode"] == "managed" and resource["type"] in GLOBAL
    ]
    assert len(names) == len(REGIONS) * 4
    assert len(names) == len(set(names))


@pytest.mark.parametrize("alias", REGIONS)
def test_services_have_the_names_that_they_have_there(plans, alias):
    region, partition, suffix = REGIONS[alias]
    key = policy(plans[alias]["module.encryption.data.aws_iam_policy_document.key"])
    assert key["LogGroups"]["Principal"] == {"Service": f"logs.{region}.{suffix}"}
    assert key["Alarms"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert key["AdministerKey"]["Principal"] == {"AWS": f"arn:{partition}:iam::123456789012:root"}
    for sid, service in (("LetDynamoDBKeepGrants", "dynamodb"), ("Queue", "sqs"), ("Topic", "sns")):
        assert key[sid]["Condition"]["StringEquals"]["kms:ViaService"] == f"{service}.{region}.{suffix}"
    trust = policy(plans[alias]["module.workflow.data.aws_iam_policy_document.trust"])
    assert trust["StepFunctions"]["Principal"] == {"Service": "states.amazonaws.com"}


def test_no_key_serves_an_instance_whose_name_begins_with_its_own(plans):
    """Only an alarm's: it reaches the key through a topic that names its alarms."""
    key = policy(plans["ireland"]["module.encryption.data.aws_iam_policy_document.key"])
    open_ended = {sid for sid, statement in key.items() if f"{NAME}-{ENVIRONMENT}-*" in json.dumps(statement)}
    assert open_ended == {"Alarms"}


def policy(document):
    """Return the statements of a planned policy document by Sid."""
    return {statement["Sid"]: statement for statement in json.loads(document["values"]["json"])["Statement"]}
