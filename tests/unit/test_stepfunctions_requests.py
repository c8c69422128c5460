"""Requests to Step Functions: what is described, refused and paged."""

import json

import pytest

from tests.unit.states import (
    ECHO,
    FAIL,
    SLOW,
    definition,
    refused,
)

NO_STAR = {"logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:orders"}


# What is described


def test_state_machine_is_described_with_what_a_new_one_has(aws):
    arn = aws.machine(definition(A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}, B=READS), level="OFF", data=False)
    described = aws.sfn.describe_state_machine(stateMachineArn=arn)
    assert described["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert described["tracingConfiguration"] == {"enabled": False}
    assert described["variableReferences"] == {"B": ["x"]}
    assert "revisionId" not in described


def test_variables_that_a_jsonpath_state_reads_are_described(aws):
    rule = {"Variable": "$y.a", "IsPresent": True, "Next": "B"}
    states = {
        "A": {"Type": "Choice", "Choices": [rule], "Default": "B"},
        "B": {
            "Type": "Pass",
            "Parameters": {"a": {"b.$": "States.Format('{}{}', $x, $z[0])", "c.$": "$.x"}},
            "End": True,
        },
    }
    assign = {"Type": "Pass", "Assign": {"x": 1, "y": {}, "z": [2]}, "Next": "A"}
    text = json.dumps({"StartAt": "Set", "States": {"Set": assign, **states}})
    arn = aws.machine(text)
    assert aws.sfn.describe_state_machine(stateMachineArn=arn)["variableReferences"] == {"A": ["y"], "B": ["x", "z"]}


def test_metadata_alone_has_no_definition(aws):
    arn = aws.machine(definition(A={"Type": "Pass", "Assign": {"x": 1}, "Next": "B"}, B=READS))
    described = aws.sfn.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")
    assert described["definition"] == "{}"
    assert "variableReferences" not in described
    assert described["stateMachineArn"] == arn


READS = {"Type": "Pass", "Output": "{% $x + $sum([1]) + $states.input.a %}", "End": True}


def test_revision_follows_what_changed(aws):
    arn = aws.machine(publish=True)
    revisions = []
    for text in (FAIL, FAIL, ECHO):
        updated = aws.sfn.update_state_machine(stateMachineArn=arn, definition=text, publish=True)
        assert aws.sfn.describe_state_machine(stateMachineArn=arn)["revisionId"] == updated["revisionId"]
        revisions.append((updated["revisionId"], updated["stateMachineVersionArn"]))
    assert revisions[0] == revisions[1] != revisions[2]
    assert [version for _, version in revisions] == [f"{arn}:2", f"{arn}:2", f"{arn}:3"]
    publish = {"stateMachineArn": arn, "revisionId": revisions[0][0]}
    assert refused(aws.sfn.publish_state_machine_version, **publish)[0] == "ConflictException"


def test_state_machine_is_described_as_an_execution_ran_it(aws):
    arn = aws.machine(type_="STANDARD")
    execution = aws.sfn.start_execution(stateMachineArn=arn)["executionArn"]
    aws.sfn.update_state_machine(stateMachineArn=arn, definition=FAIL)
    described = aws.sfn.describe_state_machine_for_execution(executionArn=execution)
    assert (described["stateMachineArn"], described["definition"]) == (arn, ECHO)
    assert described["updateDate"]


def test_what_may_be_redriven(aws):
    for text, status in ((ECHO, "NOT_REDRIVABLE"), (FAIL, "REDRIVABLE"), (TIMES_OUT, "REDRIVABLE")):
        execution = aws.finished(aws.sfn.start_execution(stateMachineArn=aws.machine(text, "STANDARD"))["executionArn"])
        assert (execution["redriveStatus"], execution["redriveCount"]) == (status, 0)
        assert ("redriveStatusReason" in execution) == (status == "NOT_REDRIVABLE")
    assert execution["status"] == "TIMED_OUT"
    assert "error" not in execution


TIMES_OUT = json.dumps(json.loads(SLOW) | {"TimeoutSeconds": 5})


# What is refused


@pytest.mark.parametrize(
    ("call", "parameters", "code", "message"),
    [
        ("list_executions", {"maxResults": 1001}, "ValidationException", "less than or equal to 1000"),
        ("list_executions", {"statusFilter": "DONE"}, "ValidationException", "satisfy enum value set"),
        ("list_executions", {"nextToken": "5"}, "InvalidToken", "Invalid Token"),
        ("list_state_machine_versions", {"nextToken": "bm8="}, "InvalidToken", "Invalid Token"),
        ("update_state_machine", {}, "MissingRequiredParameter", "must be specified"),
        (
            "update_state_machine",
            {"loggingConfiguration": {"level": "ALL"}},
            "InvalidLoggingConfiguration",
            "exactly one Log Destination",
        ),
        (
            "update_state_machine",
            {"loggingConfiguration": {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": NO_STAR}]}},
            "InvalidLoggingConfiguration",
            "ends with :*",
        ),
        (
            "update_state_machine",
            {"definition": ECHO, "versionDescription": "first"},
            "ValidationException",
            "only be set when publish is true",
        ),
    ],
)
def test_refused_requests(aws, call, parameters, code, message):
    refusal = refused(getattr(aws.sfn, call), stateMachineArn=aws.machine(type_="STANDARD"), **parameters)
    assert refusal[0] == code
    assert message in refusal[1]


def test_token_of_another_list_is_refused(aws):
    one, other = (aws.machine(FAIL, "STANDARD") for _ in range(2))
    for _ in range(2):
        aws.sfn.start_execution(stateMachineArn=one)
    token = aws.sfn.list_executions(stateMachineArn=one, maxResults=1)["nextToken"]
    assert len(aws.sfn.list_executions(stateMachineArn=one, nextToken=token)["executions"]) == 1
    assert refused(aws.sfn.list_executions, stateMachineArn=other, nextToken=token)[0] == "InvalidToken"


def test_bad_names_of_aliases_are_refused(aws):
    route = [{"stateMachineVersionArn": aws.machine(publish=True) + ":1", "weight": 100}]
    for name in ("a b", "1", "x" * 81):
        code, message = refused(aws.sfn.create_state_machine_alias, name=name, routingConfiguration=route)
        assert code == "ValidationException"
        assert "'name' failed to satisfy constraint" in message


def test_missing_alias_is_deleted_without_a_word(aws):
    aws.sfn.delete_state_machine_alias(stateMachineAliasArn=aws.machine() + ":none")


def test_missing_operation_is_named(aws):
    code, message = refused(aws.endpoint.client("cloudwatch").describe_alarm_history)
    assert code == "InvalidAction"
    assert "DescribeAlarmHistory" in message


NO_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:none"
NO_ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:none"


@pytest.mark.parametrize(
    ("call", "parameters", "code", "message"),
    [
        ("list_executions", {}, "ValidationException", "Must provide a StateMachine ARN or MapRun ARN"),
        ("describe_state_machine", {"stateMachineArn": "none"}, "InvalidArn", "'Invalid ARN prefix: none'"),
        ("describe_activity", {"activityArn": NO_MACHINE}, "InvalidArn", "not valid in this context: stateMachine"),
        ("describe_activity", {"activityArn": NO_ACTIVITY}, "ActivityDoesNotExist", f"Not Exist: '{NO_ACTIVITY}'"),
        (
            "tag_resource",
            {"resourceArn": NO_MACHINE, "tags": [{"key": "a", "value": "b"}]},
            "ResourceNotFound",
            f"Resource not found: '{NO_MACHINE}'",
        ),
        ("list_tags_for_resource", {"resourceArn": NO_MACHINE}, "ResourceNotFound", NO_MACHINE),
        ("create_state_machine", {"name": "m", "definition": ECHO, "roleArn": "r"}, "InvalidArn", "Role Arn: 'r'"),
        ("list_state_machines", {"nextToken": "bm8="}, "InvalidToken", "Invalid Token: 'Invalid token'"),
    ],
)
def test_what_is_not_there_is_refused_in_words_of_aws(aws, call, parameters, code, message):
    refusal = refused(getattr(aws.sfn, call), **parameters)
    assert refusal[0] == code
    assert message in refusal[1]


@pytest.mark.parametrize(
    ("routes", "message"),
    [
        ([(":1", 60)], "Sum of routing configuration weights must equal 100. Received: [60]"),
        ([(":1", 50), (":1", 50)], "must contain distinct state machine version ARNs. Received: [{arn}:1, {arn}:1]"),
        ([("", 100)], "must contain state machine version ARNs. Received: [{arn}]"),
        (
            [(":1", 50), (":2", 25), (":3", 25)],
            "Value '[RoutingConfigurationListItem(stateMachineVersionArn={arn}:1, weight=50), ",
        ),
    ],
)
def test_routes_of_an_alias_are_refused_in_words_of_aws(aws, routes, message):
    arn = aws.machine(publish=True)
    listed = [{"stateMachineVersionArn": arn + version, "weight": weight} for version, weight in routes]
    code, refusal = refused(aws.sfn.create_state_machine_alias, name="a", routingConfiguration=listed)
    assert code == "ValidationException"
    assert message.format(arn=arn) in refusal


def test_activity_is_created_once(aws):
    first, again = (aws.sfn.create_activity(name="worker") for _ in range(2))
    assert first["creationDate"] == again["creationDate"]


def test_events_after_a_redrive_are_logged_with_its_number(aws):
    arn = aws.sfn.start_execution(stateMachineArn=aws.machine(FAIL, "STANDARD", level="ALL"))["executionArn"]
    aws.finished(arn)
    aws.sfn.redrive_execution(executionArn=arn)
    aws.finished(arn)
    counts = {event["type"]: event["redrive_count"] for event in aws.events(arn, 5)}
    assert (counts["ExecutionStarted"], counts["ExecutionRedriven"]) == ("0", "1")
