"""Schedules that start executions with the rights of their role, or leave word in their dead-letter queue."""

import json

import pytest

from harness.embedded import launch
from tests.roles import make_role
from tests.waiting import until

ACCOUNT, REGION = "123456789012", "us-east-1"
GROUP = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/default"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:sweep"
DEFINITION = {"QueryLanguage": "JSONata", "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


@pytest.fixture(scope="module")
def embedded():
    with launch() as endpoint:
        make_role(endpoint, "machine", "states", allow=())
        endpoint.client("stepfunctions").create_state_machine(
            name="sweep", definition=json.dumps(DEFINITION), roleArn=role_arn("machine"), type="STANDARD"
        )
        endpoint.client("sqs").create_queue(QueueName="undelivered")
        yield endpoint


@pytest.fixture
def schedule(embedded):
    """Make a schedule and its role, fire it, and remove both in the end."""

    def make(actions, target=None, **trust):
        make_schedule_role(embedded, "schedule", actions, **trust)
        dead = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:undelivered"}
        embedded.client("scheduler").create_schedule(
            Name="sweep",
            ScheduleExpression="cron(0 3 * * ? *)",  # fires on request only
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"RoleArn": role_arn("schedule"), "DeadLetterConfig": dead, **(target or {"Arn": MACHINE})},
        )
        return fire(embedded)

    yield make
    embedded.client("scheduler").delete_schedule(Name="sweep")
    iam = embedded.client("iam")
    for policy in iam.list_role_policies(RoleName="schedule")["PolicyNames"]:
        iam.delete_role_policy(RoleName="schedule", PolicyName=policy)
    iam.delete_role(RoleName="schedule")


START = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": MACHINE}
SEND = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
UNIVERSAL = {
    "Arn": "arn:aws:scheduler:::aws-sdk:sfn:startExecution",
    "Input": json.dumps({"StateMachineArn": MACHINE, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'}),
}


@pytest.mark.parametrize("target", [{"Arn": MACHINE, "Input": '{"at": "<aws.scheduler.scheduled-time>"}'}, UNIVERSAL])
def test_a_schedule_starts_an_execution_with_its_input(embedded, schedule, target):
    (delivery,) = schedule([START], target)
    assert (delivery["schedule"], delivery["error"]) == ("sweep", None)
    execution = embedded.client("stepfunctions").describe_execution(executionArn=delivery["execution_arn"])
    assert execution["stateMachineArn"] == MACHINE
    assert json.loads(execution["input"])["at"].endswith("Z")
    assert dead_letters(embedded) == []


@pytest.mark.parametrize(
    ("actions", "trust", "target", "code"),
    [
        ([SEND], {}, None, "AccessDenied"),
        ([START, SEND], {"source": GROUP.replace("default", "other")}, None, "AccessDenied"),
        ([START | {"Resource": MACHINE + "-2"}, SEND], {}, {"Arn": MACHINE + "-2"}, "StateMachineDoesNotExist"),
        ([START, SEND], {}, {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:sweep"}, "ValueError"),
    ],
)
def test_what_cannot_be_delivered_is_dead_lettered(embedded, schedule, actions, trust, target, code):
    (delivery,) = schedule(actions, target, **trust)
    assert delivery["execution_arn"] is None
    assert delivery["error"].startswith(code)
    (message,) = dead_letters(embedded)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == code


def test_a_role_that_may_not_even_leave_word_stops_nothing(embedded, schedule):
    (delivery,) = schedule([])
    assert delivery["error"].startswith("AccessDenied")
    assert dead_letters(embedded) == []


def test_a_disabled_schedule_does_not_fire(embedded, schedule):
    schedule([START])
    scheduler = embedded.client("scheduler")
    kept = scheduler.get_schedule(Name="sweep")
    names = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target")
    scheduler.update_schedule(**{name: kept[name] for name in names}, State="DISABLED")
    assert fire(embedded) == []


def test_a_rate_fires_by_the_virtual_clock(embedded):
    make_schedule_role(embedded, "rate", [START])
    embedded.client("scheduler").create_schedule(
        Name="rate",
        ScheduleExpression="rate(2 hours)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"RoleArn": role_arn("rate"), "Arn": MACHINE, "Input": '{"by": "rate"}'},
    )
    until(lambda: fired(embedded) == 1)
    embedded.admin("PUT", "/_clock", {"speed": 10_000})
    until(lambda: fired(embedded) >= 3)


def fired(embedded):
    states = embedded.client("stepfunctions")
    executions = states.list_executions(stateMachineArn=MACHINE)["executions"]
    described = [states.describe_execution(executionArn=execution["executionArn"]) for execution in executions]
    return sum(json.loads(execution["input"]) == {"by": "rate"} for execution in described)


def fire(embedded):
    return embedded.admin("POST", "/_schedules/run")


def dead_letters(embedded):
    sqs = embedded.client("sqs")
    url = sqs.get_queue_url(QueueName="undelivered")["QueueUrl"]
    messages = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return messages


def role_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def make_schedule_role(embedded, name, allow, source=GROUP):
    condition = {"ArnEquals": {"aws:SourceArn": source}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    make_role(embedded, name, "scheduler", allow=allow, Condition=condition)
