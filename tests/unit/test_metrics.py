"""What AWS's services measure by themselves, read back through CloudWatch in the virtual time of the embedded AWS."""

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from harness.embedded import launch
from harness.embedded.agentcore import runtime_arn
from harness.embedded.cloudwatch import Alarms
from tests.roles import make_role
from tests.waiting import until

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/all"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:"
SPEED = 1000
BEGIN = datetime.now(UTC) - timedelta(hours=1)  # before any that is launched here


@pytest.fixture(scope="module")
def embedded():
    with launch(speed=SPEED) as endpoint:
        make_role(endpoint, "all", "states", "scheduler")
        yield endpoint


@pytest.mark.parametrize(
    ("name", "state", "metric"),
    [
        ("succeeds", {"Type": "Succeed"}, "ExecutionsSucceeded"),
        ("fails", {"Type": "Fail", "Error": "Wrong"}, "ExecutionsFailed"),
        ("times-out", {"Type": "Wait", "Seconds": 3600, "End": True}, "ExecutionsTimedOut"),
    ],
)
def test_an_execution_is_counted_once_by_how_it_ends(embedded, name, state, metric):
    run_express(embedded, name, state)
    dimensions = {"StateMachineArn": MACHINE + name}
    for each in ("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut"):
        assert total(embedded, "AWS/States", each, dimensions) == (1 if each in {"ExecutionsStarted", metric} else 0)


def test_durations_are_virtual(embedded):
    run_express(embedded, "waits", {"Type": "Wait", "Seconds": 120, "End": True})
    dimensions = {"StateMachineArn": MACHINE + "waits"}
    assert total(embedded, "AWS/States", "ExecutionTime", dimensions) >= 120_000
    assert total(embedded, "AWS/States", "ExpressExecutionBilledDuration", dimensions) % 100 == 0


def test_a_queue_says_how_many_messages_it_holds_and_how_old_they_are(embedded):
    sqs = embedded.client("sqs")
    url = sqs.create_queue(QueueName="dead")["QueueUrl"]
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="m")
    dimensions = {"QueueName": "dead"}
    assert total(embedded, "AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions) == 2
    assert total(embedded, "AWS/SQS", "ApproximateAgeOfOldestMessage", dimensions) > 1
    sqs.receive_message(QueueUrl=url)
    assert total(embedded, "AWS/SQS", "ApproximateNumberOfMessagesVisible", dimensions) == 1
    assert total(embedded, "AWS/SQS", "ApproximateNumberOfMessagesNotVisible", dimensions) == 1


def test_a_throttled_table_is_counted(embedded):
    embedded.admin("PUT", "/_faults", {"dynamodb:GetItem:ledger": {"error": "ProvisionedThroughputExceededException"}})
    read = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem", "End": True}
    response = run_express(embedded, "reads", read | {"Arguments": {"TableName": "ledger", "Key": {"id": {"S": "a"}}}})
    assert response["error"] == "DynamoDb.ProvisionedThroughputExceededException"
    requests = {"TableName": "ledger", "Operation": "GetItem"}
    assert total(embedded, "AWS/DynamoDB", "ThrottledRequests", requests) == 1
    assert total(embedded, "AWS/DynamoDB", "ReadThrottleEvents", {"TableName": "ledger"}) == 1
    assert total(embedded, "AWS/DynamoDB", "WriteThrottleEvents", {"TableName": "ledger"}) == 0


def test_a_throttled_index_is_counted_apart_from_its_table(embedded):
    embedded.admin("PUT", "/_faults", {"dynamodb:Query:index/due": {"error": "ThrottlingException"}})
    query = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:dynamodb:query", "End": True}
    run_express(embedded, "queries", query | {"Arguments": {"TableName": "queried", "IndexName": "due"}})
    index = {"TableName": "queried", "GlobalSecondaryIndexName": "due"}
    assert total(embedded, "AWS/DynamoDB", "ReadThrottleEvents", index) == 1
    assert total(embedded, "AWS/DynamoDB", "ReadThrottleEvents", {"TableName": "queried"}) == 0


@pytest.mark.parametrize(("kind", "counted"), [("EXPRESS", 0), ("STANDARD", 1)])
def test_a_run_that_is_held_back_is_counted_where_state_transitions_are_limited(embedded, kind, counted):
    name = f"held-back-{kind}"
    embedded.admin("PUT", "/_faults", {f"states:StateTransition:{name}": {"error": "Throttled", "times": 1}})
    make_machine(embedded, name, {"Type": "Succeed"}, kind)
    embedded.client("stepfunctions").start_execution(stateMachineArn=MACHINE + name)
    dimensions = {"StateMachineArn": MACHINE + name}
    until(lambda: total(embedded, "AWS/States", "ExecutionsSucceeded", dimensions))
    assert total(embedded, "AWS/States", "ExecutionThrottled", dimensions) == counted


def test_a_refused_start_is_counted_by_the_call(embedded):
    make_machine(embedded, "refused", {"Type": "Succeed"}, "EXPRESS")
    start = {"error": "ThrottlingException", "times": 1}
    embedded.admin("PUT", "/_faults", {"stepfunctions:StartExecution:stateMachine:refused": start})
    with pytest.raises(ClientError, match="ThrottlingException"):
        embedded.client("stepfunctions").start_execution(stateMachineArn=MACHINE + "refused")
    assert total(embedded, "AWS/States", "ThrottledEvents", {"APIName": "StartExecution"}) == 1
    assert total(embedded, "AWS/States", "ExecutionsStarted", {"StateMachineArn": MACHINE + "refused"}) == 0


def test_a_schedule_that_cannot_be_delivered_is_counted(embedded):
    queue = embedded.client("sqs").create_queue(QueueName="undelivered")["QueueUrl"]
    target = {"Arn": MACHINE + "nobody", "RoleArn": ROLE}
    dead = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rpartition('/')[2]}"}
    embedded.client("scheduler").create_schedule(
        Name="sweep",
        ScheduleExpression="cron(0 3 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target | {"DeadLetterConfig": dead},
    )
    embedded.admin("POST", "/_schedules/run")
    for metric in ("InvocationAttemptCount", "TargetErrorCount", "InvocationsSentToDeadLetterCount"):
        assert total(embedded, "AWS/Scheduler", metric, {"ScheduleGroup": "default"}) == 1


def test_a_call_of_an_agent_is_counted_by_how_it_went(embedded):
    arn = runtime_arn("pdf-adapter")
    dimensions = {"Operation": "InvokeAgentRuntime", "Name": "pdf_adapter::DEFAULT", "Resource": arn}
    slow, refused = (
        {"reply": {}, "delay_seconds": 60},
        [{"error": "ThrottlingException"}, {"error": "RuntimeClientError"}],
    )
    embedded.admin("PUT", "/_agents/pdf-adapter", [slow, *refused, {"error": "InternalServerException"}])
    client = embedded.client("bedrock-agentcore")
    for _ in range(4):
        with contextlib.suppress(ClientError):
            client.invoke_agent_runtime(agentRuntimeArn=arn, runtimeSessionId="s" * 33, payload=b"{}")
    counts = {"Invocations": 4, "Sessions": 1, "Throttles": 1, "UserErrors": 1, "SystemErrors": 1}
    assert {name: total(embedded, "AWS/Bedrock-AgentCore", name, dimensions) for name in counts} == counts
    assert total(embedded, "AWS/Bedrock-AgentCore", "Latency", dimensions) >= 60_000
    active = {"Service": "AgentCore.Runtime"}
    assert total(embedded, "AWS/Bedrock-AgentCore", "ActiveSessionCount", active, "Maximum") == 1


def test_alarms_can_be_put_while_they_are_listed():
    alarms = Alarms(first=1)
    assert [alarms.setdefault(f"after {alarm}", alarm) for alarm in alarms.values()] == [1]


def test_a_metric_without_a_time_has_the_virtual_one(embedded):
    embedded.client("cloudwatch").put_metric_data(Namespace="Own", MetricData=[{"MetricName": "m", "Value": 3}])
    assert total(embedded, "Own", "m", {}) == 3


def test_a_metric_is_found_whatever_the_order_of_its_dimensions(embedded):
    named = [{"Name": "StateMachine", "Value": "orders"}, {"Name": "Agent", "Value": "pricing"}]
    datum = {"MetricName": "failed", "Value": 1, "Dimensions": named}
    embedded.client("cloudwatch").put_metric_data(Namespace="Own", MetricData=[datum])
    for dimensions in (named, named[::-1]):
        metric = {"Namespace": "Own", "MetricName": "failed", "Dimensions": dimensions}
        assert total_of(embedded, metric) == 1


def test_a_search_finds_metrics_by_their_dimensions_and_terms(embedded):
    data = [
        {
            "MetricName": name,
            "Value": value,
            "Dimensions": [{"Name": key, "Value": each} for key, each in named.items()],
        }
        for name, value, named in (
            ("Errors", 1, {"Agent": "pricing", "Error": "AgentTimeout"}),
            ("Errors", 2, {"Agent": "pricing", "Error": "InvalidReply"}),
            ("Errors", 4, {"Agent": "booking", "Error": "InvalidReply"}),
            ("Errors", 8, {"Agent": "pricing"}),
            ("Calls", 16, {"Agent": "pricing", "Error": "none"}),
        )
    ]
    embedded.client("cloudwatch").put_metric_data(Namespace="Searched", MetricData=data)
    search = '{Searched,Agent,Error} MetricName="Errors" Agent="pricing"'
    now = datetime.fromtimestamp(embedded.admin("GET", "/_clock")["now"], UTC)
    found = embedded.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(minutes=30),
        EndTime=now + timedelta(minutes=30),
        MetricDataQueries=[
            {"Id": "each", "Expression": f"SEARCH('{search}', 'Sum', 3600)"},
            {"Id": "all", "Expression": "SUM(each)"},
            {"Id": "timeouts", "Expression": "SUM(SEARCH('{Searched,Agent,Error} timeout', 'Sum', 3600))"},
        ],
    )["MetricDataResults"]
    values = [(result["Id"], result["Label"], sum(result["Values"])) for result in found]
    assert values == [
        ("each", "pricing AgentTimeout Errors", 1),
        ("each", "pricing InvalidReply Errors", 2),
        ("all", "all", 3),
        ("timeouts", "timeouts", 1),
    ]


def make_machine(embedded, name, state, kind):
    definition = {"QueryLanguage": "JSONata", "StartAt": "Only", "States": {"Only": state}}
    embedded.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=ROLE, type=kind
    )


def run_express(embedded, name, state):
    make_machine(embedded, name, state, "EXPRESS")
    return embedded.client("stepfunctions").start_sync_execution(stateMachineArn=MACHINE + name)


def total(embedded, namespace, metric, dimensions, statistic="Sum"):
    """The sum of a metric, or another statistic, over all the time that the embedded AWS has run."""
    named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
    return total_of(embedded, {"Namespace": namespace, "MetricName": metric, "Dimensions": named}, statistic)


def total_of(embedded, metric, statistic="Sum"):
    (result,) = embedded.client("cloudwatch").get_metric_data(
        StartTime=BEGIN,
        EndTime=datetime.fromtimestamp(embedded.admin("GET", "/_clock")["now"], UTC) + timedelta(hours=1),
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": statistic}}],
    )["MetricDataResults"]
    return (max if statistic == "Maximum" else sum)(result["Values"])
