"""modules/agent-runtime without its runtimes: version 5 of the provider cannot plan these.

test_provider_6.py checks the rest against the schema of version 6. Nothing here was applied to an account.
"""

import json
import shutil

import pytest

from harness.embedded import launch
from harness.paths import ROOT
from harness.terraform import Workspace
from tests.plan.rules import errors_of, messages

MODULE = ROOT / "modules" / "agent-runtime"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/agents/pdf-adapter:1.2.0"
READ_DOCUMENTS = {
    "Sid": "ReadDocuments",
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::documents/*",
}
RUNTIMES = {
    "pdf-adapter": {
        "image_uri": IMAGE,
        "policy_documents": [json.dumps({"Statement": [READ_DOCUMENTS]})],
        "callback_state_machine": "confirmations-dev",
    },
    "trade-matching": {
        "image_uri": IMAGE,
        "protocol": "A2A",
        "endpoints": {"live": {"version": "3"}},
        "qualifier": "live",
    },
}
GOOD = {"prefix": "confirmations-dev", "runtimes": RUNTIMES}
IMAGE_MESSAGE = "Write each image_uri as ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG"


def one(name="pdf-adapter", **settings):
    """Return the variables of a single runtime."""
    return {**GOOD, "runtimes": {name: {"image_uri": IMAGE, **settings}}}


# Variables, and what they are refused with: None where they are not.
CASES = (
    (GOOD, None),
    (one(image_uri=IMAGE.replace(":1.2.0", f"@sha256:{'0a' * 32}")), None),
    (one(network={"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}), None),
    ({**GOOD, "prefix": "Confirmations"}, "Set prefix to 2 to 32 lower-case letters"),
    (one("PDFAdapter"), "Name each of runtimes in lower-case letters"),
    (one("a" * 31), "Shorten prefix or the names in runtimes"),
    (one(image_uri="pdf-adapter:1.2.0"), IMAGE_MESSAGE),
    (one(image_uri=IMAGE.removesuffix(":1.2.0")), IMAGE_MESSAGE),
    (one(protocol="MCP"), "Set each protocol to HTTP or A2A"),
    (one(callback_state_machine="arn:aws:states:us-east-1:123456789012:stateMachine:x"), "not its ARN"),
    (
        one(callback_state_machine="x", protocol="A2A"),
        "Leave callback_state_machine out for runtimes with protocol A2A",
    ),
    (one(endpoints={"DEFAULT": {}}), "Name each of endpoints"),
    (one(endpoints={"li-ve": {}}), "Name each of endpoints"),
    (one(qualifier="live"), "Set each qualifier to DEFAULT or to one of the runtime's endpoints"),
    (one(network={"subnet_ids": [], "security_group_ids": ["sg-1"]}), "Give each network at least one of subnet_ids"),
)


@pytest.fixture(scope="module")
def errors(tmp_path_factory):
    """The errors of each case, by its number."""
    cases = {f"case_{number}": variables for number, (variables, _) in enumerate(CASES)}
    return errors_of((MODULE / "variables.tf").read_text(), cases, tmp_path_factory.mktemp("variables"))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_what_may_be_set(errors, number):
    message, found = CASES[number][1], errors[f"case_{number}"]
    assert len(found) == (message is not None)
    assert message is None or message in found[0]


def test_every_validation_has_a_case():
    for message in messages(MODULE / "variables.tf"):
        assert any(expected and expected in message for _, expected in CASES), message


@pytest.fixture(scope="module")
def roles(tmp_path_factory):
    """What the plan holds of roles and policies, by address."""
    directory = tmp_path_factory.mktemp("agent-runtime")
    for file in ("main.tf", "variables.tf"):
        shutil.copy(MODULE / file, directory)
    with launch() as endpoint, Workspace(directory, endpoint.url, GOOD) as workspace:
        workspace.init()
        workspace.plan()
        plan = workspace.show(plan=True)
    modules = (plan["planned_values"]["root_module"], plan["prior_state"]["values"]["root_module"])
    return {resource["address"]: resource["values"] for module in modules for resource in module["resources"]}


def test_each_runtime_has_a_role_of_its_own(roles):
    names = {values["name"] for address, values in roles.items() if address.startswith("aws_iam_role.")}
    assert names == {f"confirmations-dev-{agent}-us-east-1" for agent in RUNTIMES}


def test_a_role_may_do_what_its_runtime_needs_and_what_its_agent_was_given(roles):
    def statements(agent):
        document = json.loads(roles[f'data.aws_iam_policy_document.runtime["{agent}"]']["json"])
        return {statement["Sid"]: statement for statement in document["Statement"]}

    ours, theirs = statements("pdf-adapter"), statements("trade-matching")
    assert ours.keys() - theirs.keys() == {"ReadDocuments", "SendReplies"}
    assert ours["SendReplies"]["Resource"] == "arn:aws:states:us-east-1:123456789012:stateMachine:confirmations-dev"
    assert ours["PullImage"]["Resource"] == "arn:aws:ecr:eu-west-1:123456789012:repository/agents/pdf-adapter"
    assert {sid for sid, statement in ours.items() if statement["Resource"] == "*"} == {
        "AuthorizeAtRegistry",
        "PutMetrics",
        "Trace",
    }
    groups = (
        "arn:aws:logs:us-east-1:123456789012:log-group:/aws/bedrock-agentcore/runtimes/confirmations_dev_pdf_adapter-*"
    )
    assert set(ours["WriteLogs"]["Resource"]) == {groups, f"{groups}:log-stream:*"}


def test_a_role_trusts_agentcore_on_behalf_of_this_account_and_region(roles):
    (statement,) = json.loads(roles["data.aws_iam_policy_document.trust"]["json"])["Statement"]
    assert statement["Principal"] == {"Service": "bedrock-agentcore.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:bedrock-agentcore:us-east-1:123456789012:*"},
    }
