"""docs/permissions.md against the calls of Terraform while it plans, applies, changes and destroys the module."""

import copy
import json
import re

import pytest

from harness.embedded.policy import Effect, Request, evaluate
from harness.paths import ROOT

PAGE = (ROOT / "docs" / "permissions.md").read_text()
POLICY = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1]  # the first one: others on the page are for others
SERVICES = {
    "CloudWatch Logs": "logs",
    "EventBridge": "events",
    "SFN": "states",
}  # IAM's name, where it is not the service's in lower case
CALLERS_OWN = {"s3"}  # the configuration's bucket is no part of the module
FREE = {"sts:GetCallerIdentity"}  # needs no permission
# What AWS refuses to a policy that names resources: it knows none, or, for composite alarms, wants to hear of all.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
ON_EVERYTHING = {
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutCompositeAlarm",
    "kms:CreateKey",
    "kms:ListAliases",
    "ssm:DescribeParameters",
    "states:ValidateStateMachineDefinition",
    "xray:GetSamplingRules",
}


@pytest.fixture(scope="module")
def policy():
    """The policy on the page, with the names of the configuration that was applied."""
    text = POLICY
    for written, real in (
        ("confirmations-prod", "observed-test"),
        ("/agentcore/agents", "/observed/test"),
        ("eu-west-1", "us-east-1"),
        ("111122223333", "123456789012"),
    ):
        assert written in text
        text = text.replace(written, real)
    return json.loads(text)


@pytest.fixture(scope="module")
def used(aws, switched_off):
    """Every IAM action behind a call that the provider made, and every ARN, in the whole life of the configuration."""
    allow = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    everything = json.dumps({"Version": "2012-10-17", "Statement": allow})
    boundary = aws.client("iam").create_policy(PolicyName="boundary", PolicyDocument=everything)["Policy"]["Arn"]
    switched_off.set(**switched_off.variables, tags={"Owner": "Operations"}, permissions_boundary_arn=boundary)
    switched_off.apply()
    switched_off.destroy()
    log = switched_off.log.read_text()
    actions = set()
    for entry in re.split(r"^(?=\d{4}-\d\d-\d\dT)", log, flags=re.MULTILINE):
        if "HTTP Request Sent" in entry:
            service = re.search(r'rpc\.service"?[=:]"?((?<=")[^"]+|\w+)', entry)
            method = re.search(r'rpc\.method"?[=:]"?(\w+)', entry)
            if service:  # the first call identifies the caller, before there is a client of a service
                actions.add(f"{SERVICES.get(service[1], service[1].lower())}:{method[1]}")
    arns = set(re.findall(r"arn:aws:[\w:/*.-]+", log))
    return {action for action in actions if action.split(":")[0] not in CALLERS_OWN} - FREE, arns


def test_the_policy_allows_what_terraform_called(policy, used):
    actions, arns = used
    assert refused(policy, actions, arns) == set()


@pytest.mark.parametrize("action", sorted(ON_EVERYTHING))
def test_a_policy_that_names_resources_where_aws_takes_none_is_noticed(policy, used, action):
    actions, arns = used
    narrowed = copy.deepcopy(policy)
    for statement in narrowed["Statement"]:
        if action in statement["Action"]:
            statement["Action"].remove(action)
    narrowed["Statement"].append({"Effect": "Allow", "Action": action, "Resource": "arn:aws:*"})
    assert refused(narrowed, actions, arns) == {action}


def test_what_the_policy_allows_besides_has_its_reason(policy, used):
    actions, _ = used
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert "*" not in "".join(allowed)
    unseen = dict(re.findall(r"^\| `([\w:]+)` \| (.+) \|$", PAGE, re.MULTILINE))
    assert allowed - actions == set(unseen)
    assert all(unseen.values())


def test_the_policy_fits_a_managed_policy():
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    text = POLICY
    assert len(re.sub(r"\s", "", text)) <= 6144


def refused(policy, actions, arns):
    """Return the actions that a policy allows on none of the resources that they may be about."""
    return {
        action
        for action in actions
        if not any(allows(policy, action, arn) for arn in ({"*"} if action in ON_EVERYTHING else {*arns, "*"}))
    }


def allows(policy, action, arn):
    conditions = {"iam:PassedToService": "states.amazonaws.com"}
    return evaluate([json.dumps(policy)], Request(action, arn, conditions)) is Effect.ALLOW
