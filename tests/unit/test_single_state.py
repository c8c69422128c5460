"""TestState: what it returns of a state, its mock and its configuration, as AWS was recorded."""

import json

import pytest

from tests.unit.single_states import (
    CALL,
    CHOICE,
    DISTRIBUTED,
    EACH,
    MESSAGE,
    MINE,
    PASS,
    READER,
    SIDE_BY_SIDE,
    THRESHOLD,
    WORDS,
    WORK,
    catch,
    named,
    requested,
    result,
    state,
    task,
)
from tests.unit.states import ROLE

# (request, what the response must hold; strings that are JSON are written as values)
RETURNED = {
    "Pass": (
        requested(PASS, {"a": 1}, variables={"x": 2}),
        {"status": "SUCCEEDED", "output": 3, "nextState": "B"},
    ),
    "Pass, with the variables as they are after it": (
        requested(PASS, {"a": 1}, variables={"x": 2}, inspectionLevel="DEBUG"),
        {"inspectionData": {"input": {"a": 1}, "variables": {"x": 2, "y": 3}}},
    ),
    "Choice": (requested(CHOICE, {"a": 1}), {"status": "SUCCEEDED", "output": {"a": 1}, "nextState": "C"}),
    "Wait": (requested(state("Wait", Seconds=20)), {"status": "SUCCEEDED"}),
    "Wait for longer than a test lasts": (
        requested(state("Wait", Seconds=600)),
        {"status": "FAILED", "error": "States.Timeout"},
    ),
    "Succeed": (requested(state("Succeed", end=False, Output=1)), {"status": "SUCCEEDED", "output": 1}),
    "Fail": (
        requested(state("Fail", end=False, Error="E", Cause="{% 'c' & $states.input.a %}"), {"a": 1}),
        {"status": "FAILED", "error": "E", "cause": "c1"},
    ),
    "Task that is called": (
        requested(CALL, roleArn=ROLE, inspectionLevel="DEBUG"),
        {
            "status": "FAILED",
            "error": "Ssm.ParameterNotFoundException",
            "inspectionData": {"input": {}, "afterArguments": {"Name": "/none"}},
        },
    ),
    "Task with a mocked result": (
        requested(
            CALL | {"Output": "{% $states.result.Parameter.Value %}"},
            mock=result({"Parameter": {"Value": "v"}}),
            inspectionLevel="TRACE",
        ),
        {
            "status": "SUCCEEDED",
            "output": "v",
            "inspectionData": {
                "input": {},
                "afterArguments": {"Name": "/none"},
                "result": {"Parameter": {"Value": "v"}},
            },
        },
    ),
    "Task with a mocked error": (requested(CALL, mock=MINE), {"status": "FAILED", "error": "Mine", "cause": "why"}),
    "error that is caught": (
        requested(
            CALL | {"Catch": [catch("Other"), catch("States.ALL", Output="{% $states.errorOutput.Error %}")]},
            mock=MINE,
            inspectionLevel="DEBUG",
        ),
        {
            "status": "CAUGHT_ERROR",
            "output": "Mine",
            "nextState": "B",
            "error": "Mine",
            "cause": "why",
            "inspectionData": {"input": {}, "afterArguments": {"Name": "/none"}, "errorDetails": {"catchIndex": 1}},
        },
    ),
    "fifth retry": (
        requested(
            CALL | {"Retry": [{"ErrorEquals": ["Mine"], "MaxAttempts": 5}], "Catch": [catch("States.ALL")]},
            mock=MINE,
            stateConfiguration={"retrierRetryCount": 4},
            inspectionLevel="DEBUG",
        ),
        {
            "status": "RETRIABLE",
            "error": "Mine",
            "inspectionData": {
                "input": {},
                "afterArguments": {"Name": "/none"},
                "errorDetails": {"retryIndex": 0, "retryBackoffIntervalSeconds": 16},
            },
        },
    ),
    "no sixth retry": (
        requested(
            CALL | {"Retry": [{"ErrorEquals": ["Mine"], "MaxAttempts": 5}]},
            mock=MINE,
            stateConfiguration={"retrierRetryCount": 5},
            inspectionLevel="DEBUG",
        ),
        {
            "status": "FAILED",
            "error": "Mine",
            "inspectionData": {"input": {}, "afterArguments": {"Name": "/none"}, "errorDetails": {"retryIndex": 0}},
        },
    ),
    "expression that fails, and is retried": (
        requested(
            CALL | {"Output": "{% $states.result.none %}", "Retry": [{"ErrorEquals": ["States.QueryEvaluationError"]}]},
            mock=result({}),
        ),
        {"status": "RETRIABLE", "error": "States.QueryEvaluationError"},
    ),
    "task token of the context": (
        requested(
            task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "u", "MessageBody": MESSAGE}),
            mock=result("anything"),
            context={"Task": {"Token": "t"}},
            inspectionLevel="DEBUG",
        ),
        {
            "output": "anything",
            "inspectionData": {
                "input": {},
                "afterArguments": {"QueueUrl": "u", "MessageBody": "t"},
                "result": "anything",
            },
        },
    ),
    "context that is made up": (
        requested(CALL | {"Output": "{% $states.context %}"}, mock=result({}), context={"Execution": {"Name": "n"}}),
        {"output": {"Execution": {"Name": "n"}}},
    ),
    "empty context": (
        requested(CALL | {"Output": "{% $states.context %}"}, mock=result({}), context={}),
        {"output": {}},
    ),
    "activity": (
        requested(
            state("Task", Resource="arn:aws:states:us-east-1:123456789012:activity:work"), mock=result([1, "any"])
        ),
        {"output": [1, "any"]},
    ),
    "execution that is waited for": (
        requested(
            task("states:startExecution.sync", {"StateMachineArn": "a"}),
            mock=result({"Output": 1}, "NONE"),
        ),
        {"output": {"Output": 1}},
    ),
    "Parallel": (
        requested(SIDE_BY_SIDE, WORDS, mock=result([1, {"b": 2}]), inspectionLevel="DEBUG"),
        {
            "output": [1, {"b": 2}],
            "inspectionData": {"input": WORDS, "afterArguments": {"v": WORDS["Values"]}},
        },
    ),
    "Parallel that fails": (
        requested(
            SIDE_BY_SIDE | {"Catch": [catch("Mine")]},
            WORDS,
            mock=MINE,
            stateConfiguration={"errorCausedByState": "Other"},
        ),
        {"status": "CAUGHT_ERROR", "nextState": "B"},
    ),
    "Map": (
        requested(EACH, WORDS, mock=result([1, 2, 3]), inspectionLevel="DEBUG"),
        {"output": [1, 2, 3], "inspectionData": {"input": WORDS, "maxConcurrency": 0}},
    ),
    "Map that tolerates nothing said about failures": (
        requested(EACH, WORDS, mock=result([]), stateConfiguration={"mapIterationFailureCount": 2}),
        {"status": "SUCCEEDED"},
    ),
    "Map with more failures than it tolerates": (
        requested(
            EACH | {"ToleratedFailureCount": "{% 1 %}", "Catch": [catch("Mine"), catch(THRESHOLD)]},
            WORDS,
            mock=result([0, 0, 1]),
            stateConfiguration={"mapIterationFailureCount": 2},
            inspectionLevel="DEBUG",
        ),
        {
            "status": "CAUGHT_ERROR",
            "error": THRESHOLD,
            "cause": "The specified tolerated failure threshold was exceeded",
            "inspectionData": {
                "input": WORDS,
                "maxConcurrency": 0,
                "toleratedFailureCount": 1,
                "errorDetails": {"catchIndex": 1},
            },
        },
    ),
    "Map with a greater share of failures than it tolerates": (
        requested(
            EACH | {"ToleratedFailurePercentage": 50},
            WORDS,
            mock=result([]),
            stateConfiguration={"mapIterationFailureCount": 2},
        ),
        {"status": "FAILED", "error": THRESHOLD},
    ),
    "Map with a mocked error within its tolerance": (
        requested(
            EACH | {"ToleratedFailureCount": 2},
            WORDS,
            mock=MINE,
            stateConfiguration={"mapIterationFailureCount": 0, "errorCausedByState": "Work"},
        ),
        {"status": "FAILED", "error": "Mine"},
    ),
    "Map over the rows of a file": (
        requested(
            {name: value for name, value in EACH.items() if name != "Items"}
            | {
                "ItemReader": READER,
                "ItemSelector": {"id": "{% $states.context.Map.Item.Value.id %}", "of": "{% $states.input.run %}"},
                "ItemBatcher": {"MaxItemsPerBatch": 2},
                "MaxConcurrency": 5,
                "ToleratedFailurePercentage": 10,
            },
            {"run": "r"},
            mock=result([]),
            stateConfiguration={"mapItemReaderData": "id,other\n1,a\n2,b\n3,c\n"},
            inspectionLevel="DEBUG",
        ),
        {
            "inspectionData": {
                "input": {"run": "r"},
                "maxConcurrency": 5,
                "toleratedFailurePercentage": 10.0,
                "afterItemSelector": [{"id": number, "of": "r"} for number in "123"],
                "afterItemBatcher": [
                    {"Items": [{"id": "1", "of": "r"}, {"id": "2", "of": "r"}]},
                    {"Items": [{"id": "3", "of": "r"}]},
                ],
            },
        },
    ),
    "Pass in JSONPath": (
        requested(
            {"Type": "Pass", "InputPath": "$.a", "Parameters": {"b.$": "$.x"}, "ResultPath": "$.c", "End": True},
            {"a": {"x": 1}},
            inspectionLevel="DEBUG",
        ),
        {
            "output": {"a": {"x": 1}, "c": {"b": 1}},
            "inspectionData": {
                "input": {"a": {"x": 1}},
                "afterInputPath": {"x": 1},
                "afterParameters": {"b": 1},
                "afterResultSelector": {"b": 1},
                "afterResultPath": {"a": {"x": 1}, "c": {"b": 1}},
            },
        },
    ),
    "Pass with a result in JSONPath": (
        requested({"Type": "Pass", "Result": {"r": 1}, "End": True}, {"a": 1}, inspectionLevel="DEBUG"),
        {
            "output": {"r": 1},
            "inspectionData": {
                "input": {"a": 1},
                "result": {"r": 1},
                "afterResultSelector": {"r": 1},
                "afterResultPath": {"r": 1},
            },
        },
    ),
    "Fail in JSONPath": (
        requested({"Type": "Fail", "Error": "E", "Cause": "c"}, {"a": 1}, inspectionLevel="TRACE"),
        {"status": "FAILED", "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1}}},
    ),
    "Choice in JSONPath": (
        requested(
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 1, "Next": "B"}]},
            {"a": 1},
            inspectionLevel="DEBUG",
        ),
        {"nextState": "B", "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1}}},
    ),
    "Succeed in JSONPath": (
        requested({"Type": "Succeed"}, {"a": 1}, inspectionLevel="DEBUG"),
        {"output": {"a": 1}, "inspectionData": {"input": {"a": 1}, "afterInputPath": {"a": 1}}},
    ),
    "Task in JSONPath": (
        requested(
            {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Parameters": {"FunctionName": "f", "Payload.$": "$"},
                "ResultSelector": {"name.$": "$$.Execution.Name", "payload.$": "$.Payload"},
                "ResultPath": "$.r",
                "Next": "B",
            },
            {"a": 1},
            mock=result({"Payload": "p"}),
            context={"Execution": {"Name": "n"}},
            inspectionLevel="DEBUG",
        ),
        {
            "output": {"a": 1, "r": {"name": "n", "payload": "p"}},
            "nextState": "B",
            "inspectionData": {
                "input": {"a": 1},
                "afterInputPath": {"a": 1},
                "afterParameters": {"FunctionName": "f", "Payload": {"a": 1}},
                "result": {"Payload": "p"},
                "afterResultSelector": {"name": "n", "payload": "p"},
                "afterResultPath": {"a": 1, "r": {"name": "n", "payload": "p"}},
            },
        },
    ),
    "Map in JSONPath": (
        requested(
            {
                "Type": "Map",
                "ItemsPath": "$.Values",
                "ItemSelector": {"word.$": "$$.Map.Item.Value"},
                "ItemProcessor": DISTRIBUTED,
                "ToleratedFailureCount": 2,
                "End": True,
            },
            WORDS,
            mock=MINE,
            inspectionLevel="DEBUG",
        ),
        {
            "status": "FAILED",
            "inspectionData": {
                "input": WORDS,
                "afterInputPath": WORDS,
                "afterItemsPath": WORDS["Values"],
                "afterItemSelector": [{"word": word} for word in WORDS["Values"]],
                "maxConcurrency": 0,
                "toleratedFailureCount": 2,
            },
        },
    ),
    "Map in JSONPath over what is no array": (
        requested(
            {"Type": "Map", "ItemsPath": "$$.Execution.Input", "ItemProcessor": WORK, "End": True},
            WORDS,
            mock=result([]),
            inspectionLevel="DEBUG",
        ),
        {
            "status": "FAILED",
            "error": "States.Runtime",
            "cause": 'Reference path "$.Execution.Input" must point to array.',
            "inspectionData": {"input": WORDS, "afterInputPath": WORDS},
        },
    ),
    "state of a state machine": (
        requested(**named("A", A=PASS, B={"Type": "Succeed"}), value={"a": 1}, variables={"x": 1}),
        {"output": 2, "nextState": "B"},
    ),
    "state inside a Map of a state machine": (
        requested(**(named("Each", Each=EACH) | {"stateName": "Work"}), value=[7]),
        {"output": [7]},
    ),
    "fields of a mock that the model does not know": (
        requested(CALL, mock=result({"random": "json"})),
        {"output": {"random": "json"}},
    ),
    "required field that is missing, where only those present count": (
        requested(task("aws-sdk:sfn:startExecution", {"StateMachineArn": "a"}), mock=result({}, "PRESENT")),
        {"output": {}},
    ),
    "wrong types that nobody checks": (
        requested(task("events:putEvents", {"Entries": []}), mock=result({"Entries": 1}, "NONE")),
        {"output": {"Entries": 1}},
    ),
}


@pytest.mark.parametrize("name", RETURNED)
def test_state_is_tested(aws, name):
    request, expected = RETURNED[name]
    response = aws.sfn.test_state(**request)
    assert {member: _read(response.get(member)) for member in expected} == expected


def _read(value):
    """Return a member as JSON, where it is JSON text."""
    if isinstance(value, dict):
        return {name: _read(member) for name, member in value.items()}
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return value


def test_inspection_data_is_left_out_at_level_info(aws):
    assert "inspectionData" not in aws.sfn.test_state(**requested(state("Pass")))


def test_context_is_that_of_an_express_execution(aws):
    response = aws.sfn.test_state(**requested(state("Pass", Output="{% $states.context %}"), {"a": 1}))
    context = json.loads(response["output"])
    execution, machine = context["Execution"], context["StateMachine"]
    assert execution["Id"] == f"{machine['Id'].replace(':stateMachine:', ':express:')}:{execution['Name']}"
    assert (execution["Input"], execution["RoleArn"]) == ({"a": 1}, None)
    assert (machine["Name"], context["State"]["Name"]) == (machine["Id"].split(":")[-1], "StateName")
    assert "RetryCount" not in context["State"]
