"""What the variables switch, on a machine that exists: and that a key and runtimes of the same apply serve."""

import json

import pytest

from harness.embedded.account import REGION
from harness.embedded.policy import Effect, Request, evaluate
from tests.execution.driver import AGENTS, GOOD
from tests.execution.telemetry import NAMESPACE, log_lines, metric, segment, sums, traces

TRADE_DATA = "Zyxwvut Holdings"


def test_everything_at_rest_is_encrypted_with_the_given_key_of_the_same_apply(observed):
    outputs, key = observed.stack.outputs, observed.stack.outputs["kms_key_arn"]
    name = outputs["state_machine_name"]

    def client(service):
        return observed.stack.client(service)

    tables = [client("dynamodb").describe_table(TableName=outputs[table])["Table"] for table in
              ("circuit_table_name", "ledger_table_name")]  # fmt: skip
    queue = client("sqs").get_queue_attributes(QueueUrl=outputs["dead_letter_queue_url"], AttributeNames=["All"])
    topic = client("sns").get_topic_attributes(TopicArn=outputs["alarm_topic_arn"])
    groups = client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/vendedlogs/states/{name}")["logGroups"]
    machines = [client("stepfunctions").describe_state_machine(stateMachineArn=arn) for arn in machine_arns(observed)]
    schedule = client("scheduler").get_schedule(Name=f"{name}-sweep")

    assert {
        *(table["SSEDescription"]["KMSMasterKeyArn"] for table in tables),
        queue["Attributes"]["KmsMasterKeyId"],
        topic["Attributes"]["KmsMasterKeyId"],
        *(group["kmsKeyId"] for group in groups),
        *(machine["encryptionConfiguration"]["kmsKeyId"] for machine in machines),
        schedule["KmsKeyArn"],
    } == {key}
    assert len(groups) == len(machines) == 3
    assert observed.process().outcome == "MATCHED"


def test_the_key_serves_nobody_else(observed):
    """The key lets no principal decrypt by itself: only through what belongs to this workflow."""
    kms = observed.stack.client("kms")
    policy = json.loads(kms.get_key_policy(KeyId=observed.stack.outputs["kms_key_arn"], PolicyName="default")["Policy"])
    using = ("Decrypt", "Encrypt", "GenerateDataKey", "ReEncrypt", "CreateGrant")
    for statement in policy["Statement"]:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        assert "kms:*" not in actions
        if any(action.startswith(f"kms:{use}") for action in actions for use in using):
            assert statement["Condition"], statement["Sid"]


@pytest.mark.parametrize(
    ("service", "context"),
    [
        ("dynamodb", ("aws:dynamodb:tableName", "{circuit_table_name}")),
        ("dynamodb", ("aws:dynamodb:tableName", "{ledger_table_name}")),
        ("sqs", ("aws:sqs:arn", "arn:aws:sqs:us-east-1:123456789012:{state_machine_name}-dead-letters")),
        ("sns", ("aws:sns:topicArn", "{alarm_topic_arn}")),
    ],
)
def test_the_key_serves_tables_queue_and_topic_through_their_services_only(observed, service, context):
    key = observed.stack.outputs["kms_key_arn"]
    policy = observed.stack.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    name, value = (part.format(**observed.stack.outputs) for part in context)
    account = ("AWS", "arn:aws:iam::123456789012:root")

    def lets(**more):
        request = Request("kms:Decrypt", key, {f"kms:EncryptionContext:{name}": value, **more}, account)
        return evaluate([policy], request) is Effect.ALLOW

    assert lets(**{"kms:ViaService": f"{service}.us-east-1.amazonaws.com"})
    assert not lets(**{"kms:ViaService": "s3.us-east-1.amazonaws.com"})
    assert not lets()


def test_execution_data_is_logged_where_it_is_asked_for(observed):
    observed.script("pdf-adapter", {"reply": GOOD["pdf-adapter"] | {"agent_response": TRADE_DATA}})
    run = observed.process()
    assert segment(observed, run)
    assert any(TRADE_DATA in line for line in log_lines(observed, log_groups(observed)[0]))


def test_what_is_switched_off_says_so(observed, switched_off):
    for arn in machine_arns(observed):
        machine = observed.stack.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
        assert machine["loggingConfiguration"]["level"] == "OFF"
        assert not machine["loggingConfiguration"].get("includeExecutionData")
        assert not machine["tracingConfiguration"]["enabled"]
    name = observed.stack.outputs["state_machine_name"]
    assert name not in {group["GroupName"] for group in observed.stack.client("xray").get_groups()["Groups"]}
    policy = observed.stack.client("iam").get_role_policy(RoleName=f"{name}-workflow-{REGION}", PolicyName="workflow")
    assert "xray:" not in json.dumps(policy["PolicyDocument"])
    assert switched_off.plan().exit_code == 0


@pytest.mark.usefixtures("switched_off")
def test_what_is_switched_off_is_off_on_an_existing_machine(observed):
    (lines, *_) = (len(log_lines(observed, group)) for group in log_groups(observed))
    run = observed.process()
    assert run.outcome == "MATCHED"
    assert len(log_lines(observed, log_groups(observed)[0])) == lines
    assert traces(observed, run, f'annotation.execution = "{run.arn}"') == []
    for agent in AGENTS[:3]:
        (call,) = observed.calls(agent)
        assert not {"X-Amzn-Trace-Id", "traceparent"} & call["headers"].keys()
        assert call["headers"]["baggage"]


@pytest.mark.usefixtures("switched_off")
def test_metrics_are_put_without_logs_and_traces(observed):
    runs = metric(
        NAMESPACE, "Runs", {"StateMachine": observed.stack.outputs["state_machine_name"], "Outcome": "MATCHED"}
    )
    before = sums(observed).get(runs, 0)
    observed.process()
    assert sums(observed)[runs] == before + 1


def machine_arns(workflow):
    arn = workflow.stack.outputs["state_machine_arn"]
    return arn, f"{arn}-sweep", f"{arn}-backfill"


def log_groups(workflow):
    return [f"/aws/vendedlogs/states/{arn.rpartition(':')[2]}" for arn in machine_arns(workflow)]
