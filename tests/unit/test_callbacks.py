"""Tasks that wait for others: task tokens, activities, executions that they started, and redrives."""

import json
import time
from collections import Counter

import pytest
from botocore.exceptions import ClientError

from harness.embedded import launch
from tests.roles import make_role
from tests.waiting import finished, until

SQS = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
SDK = "arn:aws:states:::aws-sdk:sqs:sendMessage.waitForTaskToken"
DONE = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
CAUGHT = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Caught"}]


class Aws:
    """An embedded AWS with a role and a queue."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.sfn, self.sqs = endpoint.client("stepfunctions"), endpoint.client("sqs")
        self.role = make_role(endpoint, "machines", "states")
        self.queue = self.sqs.create_queue(QueueName="tokens")["QueueUrl"]

    def machine(self, name="m", type_="STANDARD", **states):
        text = json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})
        response = self.sfn.create_state_machine(
            name=f"{name}-{time.monotonic_ns()}", definition=text, roleArn=self.role, type=type_
        )
        return response["stateMachineArn"]

    def start(self, machine, value=None):
        return self.sfn.start_execution(stateMachineArn=machine, input=json.dumps(value or {}))["executionArn"]

    def waiting(self, resource=SQS, **fields):
        """Start a run that waits for its token, and return both."""
        body = {"token": "{% $states.context.Task.Token %}"}
        message = body if resource == SQS else "{% $string({'token': $states.context.Task.Token}) %}"
        state = {"Type": "Task", "Resource": resource, "Arguments": {"QueueUrl": self.queue, "MessageBody": message}}
        caught = {"Caught": {"Type": "Pass", "End": True}}
        run = self.start(self.machine(A={**state, "End": True, "Catch": CAUGHT, **fields}, **caught))
        return run, self.token()

    def token(self):
        (message,) = until(lambda: self.sqs.receive_message(QueueUrl=self.queue).get("Messages"))
        self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])["token"]

    def finished(self, execution):
        return finished(self.sfn, execution)

    def types(self, execution):
        return [event["type"] for event in self.sfn.get_execution_history(executionArn=execution)["events"]]


def refused(call, **parameters):
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return error.value.response["Error"]["Code"]


@pytest.fixture(scope="module")
def aws():
    with launch(leaps=True) as endpoint:
        yield Aws(endpoint)


@pytest.mark.parametrize("resource", [SQS, SDK])
def test_task_succeeds_with_what_is_sent(aws, resource):
    run, token = aws.waiting(resource)
    assert aws.sfn.describe_execution(executionArn=run)["status"] == "RUNNING"
    aws.sfn.send_task_success(taskToken=token, output='{"a": [1]}')
    assert json.loads(aws.finished(run)["output"]) == {"a": [1]}
    assert aws.types(run) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    assert refused(aws.sfn.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


def test_task_fails_with_what_is_sent(aws):
    run, token = aws.waiting()
    aws.sfn.send_task_failure(taskToken=token, error="Mine", cause="why")
    assert json.loads(aws.finished(run)["output"]) == {"Error": "Mine", "Cause": "why"}
    assert "TaskFailed" in aws.types(run)


def test_wrong_tokens_and_outputs_are_refused(aws):
    run, token = aws.waiting()
    assert refused(aws.sfn.send_task_success, taskToken="none", output="1") == "InvalidToken"
    assert refused(aws.sfn.send_task_failure, taskToken="none") == "InvalidToken"
    assert refused(aws.sfn.send_task_heartbeat, taskToken="none") == "InvalidToken"
    assert refused(aws.sfn.send_task_success, taskToken=token, output="{") == "InvalidOutput"
    aws.sfn.stop_execution(executionArn=run)
    assert refused(aws.sfn.send_task_heartbeat, taskToken=token) == "TaskTimedOut"


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        ({"TimeoutSeconds": 60}, "States.Timeout"),
        ({"TimeoutSeconds": 600, "HeartbeatSeconds": 60}, "States.HeartbeatTimeout"),
    ],
)
def test_task_that_hears_nothing_times_out(aws, limits, error):
    run, token = aws.waiting(**limits)
    aws.endpoint.admin("PUT", "/_clock", {"skip_seconds": 61})
    assert json.loads(aws.finished(run)["output"])["Error"] == error
    assert "TaskTimedOut" in aws.types(run)
    assert refused(aws.sfn.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


def test_heartbeats_keep_a_task_alive(aws):
    run, token = aws.waiting(HeartbeatSeconds=60)
    for _ in range(3):
        aws.endpoint.admin("PUT", "/_clock", {"skip_seconds": 40})
        aws.sfn.send_task_heartbeat(taskToken=token)
    aws.sfn.send_task_success(taskToken=token, output="1")
    assert aws.finished(run)["output"] == "1"


def test_token_of_a_call_that_failed_is_over(aws):
    resource = "arn:aws:states:::aws-sdk:ssm:deleteParameter.waitForTaskToken"
    caught = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.context.Task.Token %}", "Next": "Caught"}]
    wait = {"Type": "Task", "Resource": resource, "Arguments": {"Name": "/none"}, "Catch": caught, "End": True}
    token = json.loads(aws.finished(aws.start(aws.machine(A=wait, Caught={"Type": "Pass", "End": True})))["output"])
    assert refused(aws.sfn.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


def test_a_deleted_machine_is_gone_when_each_execution_has_come_to_its_next_state(aws):
    wait = {"Type": "Task", "Resource": SQS, "Next": "B"}
    wait["Arguments"] = {"QueueUrl": aws.queue, "MessageBody": {"token": "{% $states.context.Task.Token %}"}}
    machine = aws.machine(A=wait, B={"Type": "Pass", "End": True})
    name, alias = machine.rpartition(":")[2], [{"stateMachineVersionArn": f"{machine}:1", "weight": 100}]
    aws.sfn.publish_state_machine_version(stateMachineArn=machine)
    executions = {aws.start(machine): aws.token() for _ in range(2)}
    aws.sfn.delete_state_machine(stateMachineArn=machine)

    assert aws.sfn.describe_state_machine(stateMachineArn=machine)["status"] == "DELETING"
    named = {"stateMachineArn": machine}
    for call, parameters in [
        (aws.sfn.start_execution, named),
        (aws.sfn.update_state_machine, {**named, "roleArn": aws.role}),
        (aws.sfn.publish_state_machine_version, named),
        (aws.sfn.create_state_machine, {"name": name, "definition": DONE, "roleArn": aws.role}),
        (aws.sfn.create_state_machine_alias, {"name": "live", "routingConfiguration": alias}),
    ]:
        assert refused(call, **parameters) == "StateMachineDeleting"
    (first, token), (last, _) = executions.items()
    aws.sfn.send_task_success(taskToken=token, output="1")
    over = aws.finished(first)
    assert (over["status"], over["error"]) == ("FAILED", "States.Runtime")
    assert over["cause"] == f"State machine {name} has been deleted."
    assert aws.sfn.describe_execution(executionArn=last)["status"] == "RUNNING"
    aws.sfn.stop_execution(executionArn=last)
    until(lambda: name not in {each["name"] for each in aws.sfn.list_state_machines()["stateMachines"]})


def test_express_has_no_task_tokens(aws):
    state = {"Type": "Task", "Resource": SQS, "Arguments": {"QueueUrl": "q", "MessageBody": "m"}, "End": True}
    assert refused(aws.machine, type_="EXPRESS", A=state) == "InvalidDefinition"


def test_worker_does_an_activity(aws):
    activity = aws.sfn.create_activity(name="work")["activityArn"]
    run = aws.start(aws.machine(A={"Type": "Task", "Resource": activity, "End": True}), {"n": 1})
    task = aws.sfn.get_activity_task(activityArn=activity, workerName="me")
    assert json.loads(task["input"]) == {"n": 1}
    aws.sfn.send_task_success(taskToken=task["taskToken"], output='"done"')
    assert aws.finished(run)["output"] == '"done"'
    assert aws.types(run)[1:-1] == [
        "TaskStateEntered",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
    ]
    assert refused(aws.sfn.get_activity_task, activityArn=activity + "-2") == "ActivityDoesNotExist"


CHILD = {"A": {"Type": "Pass", "Output": {"got": "{% $states.input.n %}"}, "End": True}}


@pytest.mark.parametrize(("pattern", "read"), [("sync", json.loads), ("sync:2", lambda value: value)])
def test_task_waits_for_the_execution_that_it_started(aws, pattern, read):
    child = aws.machine("child", W={"Type": "Wait", "Seconds": 500, "Next": "A"}, **CHILD)
    arguments = {"StateMachineArn": child, "Input": {"n": 1}}
    state = {"Type": "Task", "Resource": f"arn:aws:states:::states:startExecution.{pattern}", "Arguments": arguments}
    result = json.loads(aws.finished(aws.start(aws.machine(A={**state, "End": True})))["output"])
    assert result["Status"] == "SUCCEEDED"
    assert read(result["Output"]) == {"got": 1}


def test_failure_of_the_execution_is_the_tasks(aws):
    child = aws.machine("child", A={"Type": "Fail", "Error": "Mine", "Cause": "why"})
    resource = "arn:aws:states:::states:startExecution.sync:2"
    state = {"Type": "Task", "Resource": resource, "Arguments": {"StateMachineArn": child}}
    finished = aws.finished(aws.start(aws.machine(A={**state, "End": True})))
    assert finished["error"] == "States.TaskFailed"
    assert json.loads(finished["cause"])["Error"] == "Mine"


def test_express_execution_is_waited_for_by_the_sdk(aws):
    child = aws.machine("child", "EXPRESS", W={"Type": "Wait", "Seconds": 200, "Next": "A"}, **CHILD)
    arguments = {"StateMachineArn": child, "Input": {"n": 1}}
    resource = "arn:aws:states:::aws-sdk:sfn:startSyncExecution"
    state = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True}
    result = json.loads(aws.finished(aws.start(aws.machine(A=state)))["output"])
    assert (result["Status"], result["Output"]) == ("SUCCEEDED", '{"got":1}')


def test_redriven_execution_goes_on_at_the_state_that_failed(aws):
    arguments = {"Name": "/late"}
    read = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter", "Arguments": arguments}
    output = {"v": "{% $states.result.Parameter.Value %}", "x": "{% $x %}"}
    machine = aws.machine(
        A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}, B={**read, "Output": output, "End": True}
    )
    run = aws.start(machine)
    assert aws.finished(run)["status"] == "FAILED"
    aws.endpoint.client("ssm").put_parameter(Name="/late", Value="here", Type="String")
    assert aws.sfn.redrive_execution(executionArn=run)["redriveDate"]
    finished = aws.finished(run)
    assert (finished["status"], json.loads(finished["output"])) == ("SUCCEEDED", {"v": "here", "x": 1})
    assert (finished["redriveCount"], finished["redriveStatus"]) == (1, "NOT_REDRIVABLE")
    types = aws.types(run)
    assert types.count("PassStateEntered") == types.count("TaskStateEntered") == types.count("ExecutionRedriven") == 1
    assert refused(aws.sfn.redrive_execution, executionArn=run) == "ExecutionNotRedrivable"


def test_redriven_execution_repeats_only_the_branches_and_items_that_did_not_succeed(aws):
    """One branch succeeds, and the first of three items in the other; each redrive gets one item further."""
    ssm = aws.endpoint.client("ssm")
    before = {"Type": "Pass", "Assign": {"name": "{% $states.input %}"}, "Next": "Read"}
    read = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:ssm:getParameter",
        "Arguments": {"Name": "{% $name %}"},
        "Output": "{% $states.result.Parameter.Value %}",
        "End": True,
    }
    items = {
        "Type": "Map",
        "Items": ["/first", "/second", "/third"],
        "MaxConcurrency": 1,
        "ItemProcessor": {"StartAt": "Before", "States": {"Before": before, "Read": read}},
        "End": True,
    }
    waits = {"Type": "Wait", "Seconds": 1, "Next": "Items"}  # until the other branch is over
    branches = [
        {"StartAt": "Other", "States": {"Other": {**read, "Arguments": {"Name": "/first"}}}},
        {"StartAt": "Wait", "States": {"Wait": waits, "Items": items}},
    ]
    ssm.put_parameter(Name="/first", Value="1", Type="String")
    run = aws.start(aws.machine(A={"Type": "Parallel", "Branches": branches, "End": True}))
    for late in ("/second", "/third"):
        assert aws.finished(run)["status"] == "FAILED"
        ssm.put_parameter(Name=late, Value=late[1], Type="String")
        aws.sfn.redrive_execution(executionArn=run)
    finished = aws.finished(run)
    assert (finished["status"], json.loads(finished["output"])) == ("SUCCEEDED", ["1", ["1", "s", "t"]])
    types = Counter(aws.types(run))
    assert types["TaskSucceeded"] == 4
    assert types["MapIterationStarted"] == types["MapIterationSucceeded"] == types["PassStateExited"] == 3
    assert types["WaitStateEntered"] == types["MapStateEntered"] == types["ParallelStateEntered"] == 1


def test_a_retried_parallel_repeats_all_its_branches(aws):
    fails = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Mine"}}}
    works = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    retry = [{"ErrorEquals": ["Mine"], "MaxAttempts": 2, "IntervalSeconds": 1}]
    run = aws.start(aws.machine(A={"Type": "Parallel", "Branches": [works, fails], "Retry": retry, "End": True}))
    assert aws.finished(run)["status"] == "FAILED"
    assert aws.types(run).count("PassStateExited") == 3
