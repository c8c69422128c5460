"""Step Functions as boto3 meets it: what is added to moto, and that each addition is missed when it is left out."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.roles import make_role
from tests.unit.states import (
    ECHO,
    FAIL,
    GROUP_ARN,
    READ,
    ROLE,
    SLOW,
    SPEED,
    definition,
    refused,
)


@pytest.fixture
def real_time(aws):
    aws.endpoint.admin("PUT", "/_clock", {"speed": 1})
    yield
    aws.endpoint.admin("PUT", "/_clock", {"speed": SPEED})


# StartSyncExecution


def test_sync_execution_that_succeeds(aws):
    arn = aws.machine()
    response = aws.sync(arn, {"é": "it's"}, name="mine", traceHeader="Root=1-2-3")
    assert response["status"] == "SUCCEEDED"
    assert response["output"] == '{"got":{"é":"it\'s"}}'
    assert (response["stateMachineArn"], response["name"], response["traceHeader"]) == (arn, "mine", "Root=1-2-3")
    prefix = arn.replace("stateMachine", "express") + ":mine:"
    assert response["executionArn"].startswith(prefix)
    assert uuid.UUID(response["executionArn"].removeprefix(prefix))
    assert response["billingDetails"]["billedDurationInMilliseconds"] % 100 == 0
    assert response["billingDetails"]["billedMemoryUsedInMB"] == 64
    assert response["startDate"] <= response["stopDate"]


def test_sync_execution_that_fails_is_answered_200(aws):
    response = aws.sync(aws.machine(FAIL))
    assert (response["status"], response["error"], response["cause"]) == ("FAILED", "Mine", "why")
    assert "output" not in response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_express_ends_after_300_seconds_uncaught(aws):
    response = aws.sync(aws.machine(SLOW))
    assert (response["status"], response["error"]) == ("TIMED_OUT", "States.Timeout")
    assert 300 <= (response["stopDate"] - response["startDate"]).total_seconds() < 900


def test_machines_own_timeout(aws):
    text = json.dumps(json.loads(SLOW) | {"TimeoutSeconds": 20})
    response = aws.sync(aws.machine(text))
    assert response["status"] == "TIMED_OUT"
    assert 20 <= (response["stopDate"] - response["startDate"]).total_seconds() < 300


def test_sync_execution_of_a_standard_machine_is_refused(aws):
    code, _ = refused(aws.sfn.start_sync_execution, stateMachineArn=aws.machine(type_="STANDARD"))
    assert code == "StateMachineTypeNotSupported"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"input": "{"}, "InvalidExecutionInput"),
        ({"input": "NaN"}, "InvalidExecutionInput"),
        ({"input": "[" * 50_000}, "InvalidExecutionInput"),
        ({"input": json.dumps("x" * 262_143)}, "ValidationException"),
        ({"input": json.dumps("ä" * 131_072, ensure_ascii=False)}, "ValidationException"),
        ({"name": "a b"}, "InvalidName"),
        ({"name": "x" * 81}, "ValidationException"),
        ({"stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:none"}, "StateMachineDoesNotExist"),
        ({"stateMachineArn": "nonsense"}, "InvalidArn"),
    ],
)
def test_refused_starts(aws, parameters, code):
    arn = aws.machine()
    for start in (aws.sfn.start_sync_execution, aws.sfn.start_execution):
        assert refused(start, **{"stateMachineArn": arn, **parameters})[0] == code


def test_input_as_large_as_allowed(aws):
    text = definition(End={"Type": "Succeed", "Output": "{% $length($states.input) %}"})
    assert aws.sync(aws.machine(text), "x" * 262_142)["output"] == "262142"


@pytest.mark.usefixtures("real_time")
def test_fifty_runs_at_once_each_get_their_own_answer(aws):
    arn = aws.machine(READ)
    with ThreadPoolExecutor(50) as pool:
        responses = list(pool.map(lambda number: aws.sync(arn, number), range(50)))
    assert {response["output"] for response in responses} == {'["/a"]'}
    assert [json.loads(response["input"]) for response in responses] == list(range(50))
    assert len({response["executionArn"] for response in responses}) == 50


@pytest.mark.usefixtures("real_time")
def test_run_is_ended_as_the_platform_would(aws):
    arn = aws.machine(SLOW, level="ALL")
    execution = aws.sfn.start_execution(stateMachineArn=arn)["executionArn"]
    aws.events(execution, least=2)
    aws.endpoint.admin("POST", "/_kill", {"execution_arn": execution})
    assert [event["type"] for event in aws.events(execution, least=3)] == [
        "ExecutionStarted",
        "WaitStateEntered",
        "ExecutionTimedOut",
    ]
    with pytest.raises(ValueError, match="No running Express execution"):
        aws.endpoint.admin("POST", "/_kill", {"execution_arn": execution})


# StartExecution, STANDARD


def test_standard_execution_is_described(aws):
    arn = aws.machine(type_="STANDARD")
    execution = aws.sfn.start_execution(stateMachineArn=arn, input='{"a": 1}')["executionArn"]
    response = aws.finished(execution)
    assert (response["status"], response["output"], response["input"]) == ("SUCCEEDED", '{"got":{"a":1}}', '{"a": 1}')
    assert response["stopDate"] >= response["startDate"]
    assert execution == arn.replace("stateMachine", "execution") + ":" + response["name"]


def test_failed_standard_execution_has_error_and_cause(aws):
    response = aws.finished(aws.sfn.start_execution(stateMachineArn=aws.machine(FAIL, "STANDARD"))["executionArn"])
    assert (response["status"], response["error"], response["cause"]) == ("FAILED", "Mine", "why")


def test_standard_names_are_idempotent_while_running(aws):
    arn = aws.machine(SLOW, "STANDARD")
    with ThreadPoolExecutor(10) as pool:
        start = {"stateMachineArn": arn, "name": "once", "input": "{}"}
        responses = list(pool.map(lambda _: aws.sfn.start_execution(**start), range(10)))
    assert len({response["executionArn"] for response in responses}) == 1
    assert len(aws.sfn.list_executions(stateMachineArn=arn)["executions"]) == 1
    assert refused(aws.sfn.start_execution, **start | {"input": "1"})[0] == "ExecutionAlreadyExists"
    aws.sfn.stop_execution(executionArn=responses[0]["executionArn"])
    assert refused(aws.sfn.start_execution, **start)[0] == "ExecutionAlreadyExists"


def test_express_names_are_not_idempotent(aws):
    arn = aws.machine()
    starts = [aws.sfn.start_execution(stateMachineArn=arn, name="twice")["executionArn"] for _ in range(2)]
    assert len(set(starts)) == 2


def test_stopped_execution(aws):
    execution = aws.sfn.start_execution(stateMachineArn=aws.machine(SLOW, "STANDARD"))["executionArn"]
    assert aws.sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"
    aws.sfn.stop_execution(executionArn=execution, error="Enough", cause="by hand")
    response = aws.sfn.describe_execution(executionArn=execution)
    assert (response["status"], response["error"], response["cause"]) == ("ABORTED", "Enough", "by hand")
    events = aws.sfn.get_execution_history(executionArn=execution)["events"]
    assert events[-1]["type"] == "ExecutionAborted"
    assert events[-1]["executionAbortedEventDetails"] == {"error": "Enough", "cause": "by hand"}


def test_executions_are_listed_newest_first_and_by_status(aws):
    arn = aws.machine(FAIL, "STANDARD")
    for name in ("one", "two", "three"):
        aws.finished(aws.sfn.start_execution(stateMachineArn=arn, name=name)["executionArn"])
    page = aws.sfn.list_executions(stateMachineArn=arn, maxResults=2)
    assert [execution["name"] for execution in page["executions"]] == ["three", "two"]
    rest = aws.sfn.list_executions(stateMachineArn=arn, nextToken=page["nextToken"])
    assert [execution["name"] for execution in rest["executions"]] == ["one"]
    assert not aws.sfn.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]
    foreign = aws.sfn.list_executions(stateMachineArn=arn, statusFilter="FAILED", maxResults=1)["nextToken"]
    other = aws.machine(FAIL, "STANDARD")
    for machine, token in ((arn, "none"), (other, foreign)):
        assert refused(aws.sfn.list_executions, stateMachineArn=machine, nextToken=token)[0] == "InvalidToken"


def test_history(aws):
    execution = aws.sfn.start_execution(stateMachineArn=aws.machine(READ, "STANDARD"), input="[1]")["executionArn"]
    aws.finished(execution)
    events = aws.sfn.get_execution_history(executionArn=execution)["events"]
    assert [(event["id"], event["previousEventId"], event["type"]) for event in events] == [
        (1, 0, "ExecutionStarted"),
        (2, 0, "TaskStateEntered"),
        (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"),
        (5, 4, "TaskSucceeded"),
        (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded"),
    ]
    details = {event["type"]: event for event in events}
    assert details["ExecutionStarted"]["executionStartedEventDetails"]["roleArn"] == ROLE
    assert details["TaskStateEntered"]["stateEnteredEventDetails"]["input"] == "[1]"
    scheduled = details["TaskScheduled"]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("aws-sdk:ssm", "getParameters")
    assert scheduled["parameters"] == '{"Names":["/a"]}'
    exited = details["TaskStateExited"]["stateExitedEventDetails"]
    assert (exited["output"], exited["assignedVariables"]) == ('["/a"]', {"v": "1"})
    assert details["ExecutionSucceeded"]["executionSucceededEventDetails"]["output"] == '["/a"]'

    backwards = aws.sfn.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=2)
    assert [event["id"] for event in backwards["events"]] == [7, 6]
    assert backwards["nextToken"]

    bare = json.dumps(aws.sfn.get_execution_history(executionArn=execution, includeExecutionData=False), default=str)
    assert "/a" not in bare
    assert "TaskStateExited" in bare


# Express has no history but its log


@pytest.mark.parametrize("type_", ["EXPRESS", "STANDARD"])
def test_log_events(aws, type_):
    arn = aws.machine(FAIL, type_, level="ALL")
    execution = aws.sfn.start_execution(stateMachineArn=arn, input='{"secret":"é"}')["executionArn"]
    events = aws.events(execution, least=3)
    assert [event["type"] for event in events] == ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]
    assert [(event["id"], event["previous_event_id"]) for event in events] == [("1", "0"), ("2", "0"), ("3", "2")]
    assert all(event.keys() == events[0].keys() for event in events)
    assert int(events[0]["event_timestamp"]) > 1_600_000_000_000
    assert events[0]["details"]["input"] == '{"secret":"é"}'
    assert events[1]["details"]["name"] == "Fail"
    assert events[2]["details"] == {"error": "Mine", "cause": "why"}


def test_log_without_execution_data_keeps_errors_and_causes(aws):
    response = aws.sync(aws.machine(FAIL, level="ALL", data=False), {"secret": 1})
    events = aws.events(response["executionArn"], least=3)
    assert "secret" not in json.dumps(events)
    assert events[-1]["details"] == {"error": "Mine", "cause": "why"}


@pytest.mark.parametrize(
    ("level", "types"),
    [
        ("ERROR", ["FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_log_levels(aws, level, types):
    response = aws.sync(aws.machine(FAIL, level=level))
    assert [event["type"] for event in aws.events(response["executionArn"], least=len(types))] == types


def test_update_changes_what_is_logged_and_run(aws):
    arn = aws.machine(level="ALL")
    aws.sfn.update_state_machine(
        stateMachineArn=arn,
        definition=FAIL,
        loggingConfiguration={"level": "OFF", "includeExecutionData": False},
        tracingConfiguration={"enabled": True},
    )
    response = aws.sfn.describe_state_machine(stateMachineArn=arn)
    assert response["loggingConfiguration"]["level"] == "OFF"
    assert response["tracingConfiguration"] == {"enabled": True}
    execution = aws.sync(arn)
    assert execution["status"] == "FAILED"
    assert aws.events(execution["executionArn"], least=0) == []


def test_cloudformation_updates_a_state_machine(aws):
    def template(definition):
        properties = {"StateMachineName": "of-a-stack", "RoleArn": ROLE, "DefinitionString": definition}
        return json.dumps({"Resources": {"A": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}})

    client = aws.endpoint.client("cloudformation")
    client.create_stack(StackName="stack", TemplateBody=template(FAIL))
    client.update_stack(StackName="stack", TemplateBody=template(ECHO))
    (machine,) = (one for one in aws.sfn.list_state_machines()["stateMachines"] if one["name"] == "of-a-stack")
    assert aws.sfn.describe_state_machine(stateMachineArn=machine["stateMachineArn"])["definition"] == ECHO


@pytest.mark.parametrize("name", ["describe_execution", "get_execution_history", "stop_execution"])
def test_express_executions_cannot_be_described(aws, name):
    execution = aws.sync(aws.machine())["executionArn"]
    code, message = refused(getattr(aws.sfn, name), executionArn=execution)
    assert code == "InvalidArn"
    assert "Resource type not valid in this context: express" in message


def test_express_executions_are_not_listed(aws):
    assert refused(aws.sfn.list_executions, stateMachineArn=aws.machine())[0] == "StateMachineTypeNotSupported"


# Definitions


def test_definitions_are_validated(aws):
    broken = definition(A={"Type": "Pass", "Next": "Nowhere"})
    response = aws.sfn.validate_state_machine_definition(definition=broken, type="EXPRESS")
    assert response["result"] == "FAIL"
    assert {diagnostic["severity"] for diagnostic in response["diagnostics"]} == {"ERROR"}
    assert aws.sfn.validate_state_machine_definition(definition=ECHO)["result"] == "OK"
    arn = aws.machine()
    for call in (
        lambda: aws.machine(broken),
        lambda: aws.sfn.update_state_machine(stateMachineArn=arn, definition=broken),
    ):
        code, message = refused(call)
        assert code == "InvalidDefinition"
        assert "Nowhere" in message


def test_state_machine_that_names_no_query_language_runs_in_jsonpath(aws):
    text = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "OutputPath": "$.a", "End": True}}})
    assert json.loads(aws.sync(aws.machine(text), {"a": 1})["output"]) == 1


# Roles


def test_machine_needs_a_role_that_step_functions_may_assume(aws):
    other = make_role(aws.endpoint, "other", "lambda")
    for arn in (other, other.replace("/other", "/none")):
        code, _ = refused(aws.sfn.create_state_machine, name="other", definition=ECHO, roleArn=arn)
        assert code == "AccessDeniedException"


def test_machine_that_logs_needs_the_right_to(aws):
    logging = {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP_ARN}}]}
    arguments = {"definition": ECHO, "roleArn": make_role(aws.endpoint, "mute", "states", allow=())}
    assert aws.sfn.create_state_machine(name="mute", **arguments)
    code, message = refused(aws.sfn.create_state_machine, name="mute-2", loggingConfiguration=logging, **arguments)
    assert code == "AccessDeniedException"
    assert "logs:" in message


# Versions and aliases


def test_version_is_what_the_machine_was(aws):
    arn = aws.machine(publish=True)
    version = arn + ":1"
    aws.sfn.update_state_machine(stateMachineArn=arn, definition=FAIL)
    assert aws.sync(version)["status"] == "SUCCEEDED"
    assert aws.sync(arn)["status"] == "FAILED"
    response = aws.sfn.describe_state_machine(stateMachineArn=version)
    assert (response["stateMachineArn"], response["definition"]) == (version, ECHO)


def test_versions_are_published_listed_and_deleted(aws):
    arn = aws.machine()
    assert aws.sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"] == []
    first = aws.sfn.publish_state_machine_version(stateMachineArn=arn, description="first")["stateMachineVersionArn"]
    assert aws.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == first
    aws.sfn.update_state_machine(stateMachineArn=arn, definition=FAIL)
    second = aws.sfn.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]

    def listed():
        response = aws.sfn.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
        return [version["stateMachineVersionArn"] for version in response]

    assert listed() == [second, first] == [arn + ":2", arn + ":1"]
    aws.sfn.delete_state_machine_version(stateMachineVersionArn=second)
    assert listed() == [first]
    aws.sfn.update_state_machine(stateMachineArn=arn, definition=ECHO, publish=True)
    assert listed() == [arn + ":3", first]


def test_alias_routes_to_its_versions(aws):
    arn = aws.machine(publish=True)
    aws.sfn.update_state_machine(stateMachineArn=arn, definition=FAIL, publish=True)
    routes = [{"stateMachineVersionArn": f"{arn}:{number}", "weight": 50} for number in (1, 2)]
    alias = aws.sfn.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    assert alias == arn + ":live"
    assert {aws.sync(alias)["status"] for _ in range(40)} == {"SUCCEEDED", "FAILED"}
    aws.sfn.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=[{"stateMachineVersionArn": arn + ":1", "weight": 100}]
    )
    assert {aws.sync(alias)["status"] for _ in range(10)} == {"SUCCEEDED"}
    assert aws.sfn.describe_state_machine(stateMachineArn=alias)["definition"] == ECHO
    assert refused(aws.sfn.delete_state_machine_version, stateMachineVersionArn=arn + ":1")[0] == "ConflictException"
    aws.sfn.delete_state_machine_alias(stateMachineAliasArn=alias)
    aws.sfn.delete_state_machine_version(stateMachineVersionArn=arn + ":1")
    assert refused(aws.sync, arn=alias)[0] == "StateMachineDoesNotExist"


def test_alias_is_created_once(aws):
    arn = aws.machine(publish=True)
    routes = [{"stateMachineVersionArn": arn + ":1", "weight": 100}]
    first, again = (aws.sfn.create_state_machine_alias(name="a", routingConfiguration=routes) for _ in range(2))
    assert first["stateMachineAliasArn"] == again["stateMachineAliasArn"]
    missing = [{"stateMachineVersionArn": arn + ":9", "weight": 100}]
    assert refused(aws.sfn.create_state_machine_alias, name="b", routingConfiguration=missing)[0] == "ResourceNotFound"
    code, _ = refused(aws.sfn.create_state_machine_alias, name="a", description="x", routingConfiguration=routes)
    assert code == "ConflictException"


def test_standard_execution_of_an_alias_says_so(aws):
    arn = aws.machine(type_="STANDARD", publish=True)
    routes = [{"stateMachineVersionArn": arn + ":1", "weight": 100}]
    alias = aws.sfn.create_state_machine_alias(name="live", routingConfiguration=routes)["stateMachineAliasArn"]
    response = aws.finished(aws.sfn.start_execution(stateMachineArn=alias)["executionArn"])
    assert (response["stateMachineArn"], response["stateMachineVersionArn"], response["stateMachineAliasArn"]) == (
        arn,
        arn + ":1",
        alias,
    )


# Creating and deleting


def test_tags_end_with_their_state_machine(aws):
    arguments = {"name": "tagged", "definition": ECHO, "roleArn": ROLE}
    arn = aws.sfn.create_state_machine(**arguments, tags=[{"key": "a", "value": "1"}])["stateMachineArn"]
    aws.sfn.delete_state_machine(stateMachineArn=arn)
    assert aws.sfn.create_state_machine(**arguments)["stateMachineArn"] == arn
    assert aws.sfn.list_tags_for_resource(resourceArn=arn)["tags"] == []


def test_machine_is_created_once(aws):
    arguments = {"name": "same", "definition": ECHO, "roleArn": ROLE, "type": "EXPRESS"}
    first, again = (aws.sfn.create_state_machine(**arguments) for _ in range(2))
    assert first["stateMachineArn"] == again["stateMachineArn"]
    for change in ({"definition": FAIL}, {"type": "STANDARD"}):
        assert refused(aws.sfn.create_state_machine, **arguments | change)[0] == "StateMachineAlreadyExists"


def test_deleted_machine_is_gone_with_its_versions(aws):
    arn = aws.machine(publish=True)
    aws.sfn.delete_state_machine(stateMachineArn=arn)
    for gone in (arn, arn + ":1"):
        assert refused(aws.sfn.describe_state_machine, stateMachineArn=gone)[0] == "StateMachineDoesNotExist"
