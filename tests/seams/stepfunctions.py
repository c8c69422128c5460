"""The probes of what is added to moto's Step Functions."""

import hashlib
import json

import pytest
from botocore.exceptions import ClientError

from tests.roles import make_role
from tests.seams.machines import DONE, make_machine, run, wait_for


def interpreter(aws):
    states = {"Hash": {"Type": "Pass", "Output": "{% $hash($states.input.text, 'SHA-256') %}", "End": True}}
    machine = make_machine(aws, "hash", states, "STANDARD")
    done = run(aws, machine, {"text": "it's"})
    assert done["status"] == "SUCCEEDED"
    assert json.loads(done["output"]) == hashlib.sha256(b"it's").hexdigest()


def sync(aws):
    machine = make_machine(aws, "sync", DONE, "EXPRESS")
    response = aws.client("stepfunctions").start_sync_execution(stateMachineArn=machine, input='{"a": 1}')
    assert (response["status"], json.loads(response["output"])) == ("SUCCEEDED", {"a": 1})


def versions(aws):
    client = aws.client("stepfunctions")
    machine = make_machine(aws, "versions", DONE, "STANDARD")
    version = client.publish_state_machine_version(stateMachineArn=machine)["stateMachineVersionArn"]
    listed = client.list_state_machine_versions(stateMachineArn=machine)["stateMachineVersions"]
    assert [each["stateMachineVersionArn"] for each in listed] == [version]
    route = {"stateMachineVersionArn": version, "weight": 100}
    alias = client.create_state_machine_alias(name="live", routingConfiguration=[route])["stateMachineAliasArn"]
    assert run(aws, alias, {})["stateMachineVersionArn"] == version


def logs(aws):
    client = aws.client("logs")
    client.create_log_group(logGroupName="runs")
    group = client.describe_log_groups(logGroupNamePrefix="runs")["logGroups"][0]["arn"]
    destination = [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}]
    machine = make_machine(
        aws, "logs", DONE, "EXPRESS", loggingConfiguration={"level": "ALL", "destinations": destination}
    )
    aws.client("stepfunctions").start_execution(stateMachineArn=machine)

    def response():
        messages = [event["message"] for event in client.filter_log_events(logGroupName="runs")["events"]]
        return [json.loads(message)["type"] for message in messages if message.startswith("{")]

    wait_for(lambda: "ExecutionSucceeded" in response())
    assert {"ExecutionStarted", "PassStateEntered", "PassStateExited"} <= set(response())


def role(aws):
    wrong = make_role(aws, "wrong", "lambda", allow=())
    with pytest.raises(ClientError, match=r"AccessDeniedException.*states\.amazonaws\.com"):
        make_machine(aws, "role", DONE, "EXPRESS", roleArn=wrong)


def express(aws):
    client = aws.client("stepfunctions")
    machine = make_machine(aws, "express", DONE, "EXPRESS")
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    with pytest.raises(client.exceptions.InvalidArn):
        client.describe_execution(executionArn=execution)
    with pytest.raises(client.exceptions.StateMachineTypeNotSupported):
        client.list_executions(stateMachineArn=machine)


def creation(aws):
    make_machine(aws, "twice", DONE, "EXPRESS")
    with pytest.raises(ClientError, match="StateMachineAlreadyExists"):
        make_machine(aws, "twice", {"Other": {"Type": "Succeed"}}, "EXPRESS")


def deletion(aws):
    wait = {"Wait": {"Type": "Wait", "Seconds": 3600, "Next": "Done"}, **DONE}
    machine = make_machine(aws, "deleted", wait, "STANDARD")
    client = aws.client("stepfunctions")
    client.start_execution(stateMachineArn=machine)
    client.delete_state_machine(stateMachineArn=machine)
    assert client.describe_state_machine(stateMachineArn=machine)["status"] == "DELETING"


def update(aws):
    arn = make_machine(aws, "traced", DONE, "EXPRESS", tracingConfiguration={"enabled": True})
    client = aws.client("stepfunctions")
    client.update_state_machine(stateMachineArn=arn, tracingConfiguration={})
    assert not client.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"]["enabled"]


def single_state(aws):
    state = json.dumps({"QueryLanguage": "JSONata", **DONE["Done"], "Output": "{% $states.input.a %}"})
    tested = aws.client("stepfunctions").test_state(definition=state, input='{"a": 1}')
    assert (tested["status"], tested["output"]) == ("SUCCEEDED", "1")


def callbacks(aws):
    token = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ssm:putParameter.waitForTaskToken", "End": True}
    token["Arguments"] = {"Name": "/token", "Value": "{% $states.context.Task.Token %}", "Type": "String"}
    client, ssm = aws.client("stepfunctions"), aws.client("ssm")
    client.start_execution(stateMachineArn=make_machine(aws, "waiting", {"Wait": token}, "STANDARD"))
    (parameter,) = wait_for(lambda: ssm.get_parameters(Names=["/token"])["Parameters"])
    client.send_task_success(taskToken=parameter["Value"], output="1")
    with pytest.raises(client.exceptions.TaskTimedOut):
        client.send_task_success(taskToken=parameter["Value"], output="1")


def activities(aws):
    client = aws.client("stepfunctions")
    activity = client.create_activity(name="work")["activityArn"]
    work = {"Work": {"Type": "Task", "Resource": activity, "End": True}}
    client.start_execution(stateMachineArn=make_machine(aws, "working", work, "STANDARD"), input='{"a": 1}')
    assert json.loads(client.get_activity_task(activityArn=activity)["input"]) == {"a": 1}


def redrive(aws):
    machine = make_machine(aws, "redriven", {"Fail": {"Type": "Fail"}}, "STANDARD")
    failed = run(aws, machine, {})
    aws.client("stepfunctions").redrive_execution(executionArn=failed["executionArn"])


def map_runs(aws):
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}, "StartAt": "Done"}
    items = {"Type": "Map", "Items": [1, 2], "ItemProcessor": {**processor, "States": DONE}, "End": True}
    finished = run(aws, make_machine(aws, "mapped", {"Each": items}, "STANDARD"), {})
    client = aws.client("stepfunctions")
    (listed,) = client.list_map_runs(executionArn=finished["executionArn"]).get("mapRuns", ())
    assert client.describe_map_run(mapRunArn=listed["mapRunArn"])["itemCounts"]["succeeded"] == 2


def details(aws):
    machine = make_machine(aws, "detailed", DONE, "STANDARD")
    described = aws.client("stepfunctions").describe_state_machine(stateMachineArn=machine)
    assert described["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}


def requests(aws):
    machine = make_machine(aws, "requested", DONE, "STANDARD")
    with pytest.raises(ClientError, match=r"ValidationException.*'maxResults'"):
        aws.client("stepfunctions").list_executions(stateMachineArn=machine, maxResults=1001)


def validation(aws):
    dangling = {"Done": {"Type": "Pass", "Next": "Nowhere"}}
    with pytest.raises(ClientError, match=r"InvalidDefinition.*Nowhere"):
        make_machine(aws, "dangling", dangling, "EXPRESS")


PROBES = {
    "stepfunctions.activities": activities,
    "stepfunctions.callbacks": callbacks,
    "stepfunctions.creation": creation,
    "stepfunctions.deletion": deletion,
    "stepfunctions.details": details,
    "stepfunctions.express": express,
    "stepfunctions.interpreter": interpreter,
    "stepfunctions.logs": logs,
    "stepfunctions.map-runs": map_runs,
    "stepfunctions.redrive": redrive,
    "stepfunctions.requests": requests,
    "stepfunctions.single-state": single_state,
    "stepfunctions.role": role,
    "stepfunctions.sync": sync,
    "stepfunctions.update": update,
    "stepfunctions.validation": validation,
    "stepfunctions.versions": versions,
}
