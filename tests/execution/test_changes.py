"""What a change of a setting does to a stack that keeps data: refused in the plan, or nothing is lost."""

import json
import subprocess

import pytest

from harness.embedded import launch
from harness.render import VARIABLES, instances
from harness.terraform import Plan, TerraformError
from harness.toolchain import terraform_command

PREFIX = f"{VARIABLES['name']}-{VARIABLES['environment']}"
AGENTS = VARIABLES["agents"]
PARAMETERS = "module.stack.module.agent_registry.aws_ssm_parameter.runtime_arn"


@pytest.fixture(scope="module")
def aws():
    with launch() as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def workspace(aws):
    """The module, applied with its defaults: protected against deletion."""
    with instances({"stack": {}}, aws.url) as workspace:
        workspace.apply()
        yield workspace


@pytest.fixture
def stack(workspace):
    """The same, whose settings a test may change: they are the defaults again before each."""
    setting(workspace)
    return workspace


def setting(workspace, **variables):
    modules = {"stack": {"source": "../..", **VARIABLES, **variables}}
    (workspace.path / "main.tf.json").write_text(json.dumps({"module": modules}))


def actions(workspace):
    """Return what the last plan does, by address; what it leaves alone is left out."""
    changes = workspace.show(plan=True)["resource_changes"]
    return {each["address"]: each["change"]["actions"] for each in changes if each["change"]["actions"] != ["no-op"]}


def refusal(workspace):
    """Return why the plan is refused."""
    with pytest.raises(TerraformError) as raised:
        workspace.plan()
    return str(raised.value)


def test_another_name_is_refused_while_the_stack_is_protected(stack):
    setting(stack, environment="prod")
    why = refusal(stack)
    assert why.count("Error: ") == 1
    assert f"would replace the tables, the dead letters and the logs of {PREFIX}" in why


def test_a_version_that_was_never_published_is_refused(stack):
    setting(stack, state_machine_version=9, stop_sessions=False)
    assert f"The state machine {PREFIX} has no version 9, but 1: set state_machine_version to one of" in refusal(stack)


def test_a_version_that_was_published_may_be_chosen(stack):
    setting(stack, state_machine_version=1)
    assert stack.plan().exit_code == 0


def test_new_parameters_are_there_before_old_ones_go(stack):
    setting(stack, parameter_prefix="/elsewhere")
    stack.plan()
    replaced = {f'{PARAMETERS}["{agent}"]': ["create", "delete"] for agent in AGENTS}
    assert replaced.items() <= actions(stack).items()


def test_parameters_can_be_handed_over_as_the_documents_say(aws, stack):
    """docs/operations.md, Hand the parameters over: Terraform forgets them, and they stay."""
    before = (stack.path / "terraform.tfstate").read_bytes()
    try:
        subprocess.run(  # noqa: S603 - our own command, no shell
            [*terraform_command(), "state", "rm", PARAMETERS], cwd=stack.path, env=stack.environment(), check=True
        )
        setting(stack, create_parameters=False)
        assert stack.plan() == Plan(0, {})
        assert len(aws.client("ssm").describe_parameters()["Parameters"]) == len(AGENTS)
    finally:
        (stack.path / "terraform.tfstate").write_bytes(before)


def test_a_destroy_leaves_what_is_kept_and_the_next_apply_mends_the_rest(aws, stack):
    sqs, logs = aws.client("sqs"), aws.client("logs")
    queue = sqs.get_queue_url(QueueName=f"{PREFIX}-dead-letters")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="{}")

    with pytest.raises(TerraformError, match="DeletionProtectionEnabled"):
        stack.destroy()
    kept = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert kept["ApproximateNumberOfMessages"] == "1"
    groups = {group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]}
    assert groups == {f"/aws/vendedlogs/states/{name}" for name in (PREFIX, f"{PREFIX}-sweep")}

    stack.apply()
    assert stack.plan() == Plan(0, {})


def test_without_protection_a_destroy_takes_all(aws, stack):
    setting(stack, deletion_protection=False)
    stack.apply()
    stack.destroy()
    assert aws.client("sqs").list_queues().get("QueueUrls", []) == []
    assert aws.client("logs").describe_log_groups()["logGroups"] == []
