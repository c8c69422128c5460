"""TestState: what it returns of a state, its mock and its configuration, and what it refuses, as AWS was recorded."""

import json

import pytest
from botocore.exceptions import ClientError

from harness.embedded import launch
from tests.unit.states import ROLE, SPEED, Aws, refused

WORDS = {"Values": ["first", "second", "third"]}
MINE = {"errorOutput": {"error": "Mine", "cause": "why"}}
THRESHOLD = "States.ExceedToleratedFailureThreshold"


@pytest.fixture(scope="module")
def aws():
    with launch(speed=SPEED) as endpoint:
        yield Aws(endpoint)


def state(kind, *, end=True, **fields):
    return {"QueryLanguage": "JSONata", "Type": kind, **fields, **({"End": True} if end else {})}


def task(resource, arguments=None, **fields):
    return state("Task", Resource=f"arn:aws:states:::{resource}", Arguments=arguments or {"Name": "/none"}, **fields)


def catch(*names, **fields):
    return {"ErrorEquals": list(names), "Next": "B", **fields}


WORK = {"StartAt": "Work", "States": {"Work": {"Type": "Pass", "End": True}}}
DISTRIBUTED = WORK | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}}
PASS = state("Pass", end=False, Output="{% $states.input.a + $x %}", Assign={"y": "{% $x + 1 %}"}, Next="B")
CALL = task("aws-sdk:ssm:getParameter")
EACH = state("Map", Items="{% $states.input.Values %}", ItemProcessor=DISTRIBUTED)
SIDE_BY_SIDE = state(
    "Parallel", Arguments={"v": "{% $states.input.Values %}"}, Branches=[WORK, WORK | {"StartAt": "Other"}]
)
SIDE_BY_SIDE["Branches"][1] = {"StartAt": "Other", "States": {"Other": {"Type": "Succeed"}}}
READER = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
    "Arguments": {"Bucket": "b", "Key": "k"},
}
MESSAGE = "{% $states.context.Task.Token %}"
CHOICE = state("Choice", end=False, Choices=[{"Condition": "{% $states.input.a > 1 %}", "Next": "B"}], Default="C")


def requested(definition, value=None, **members):
    """Return a request: its JSON members are given as values."""
    members = {
        name: json.dumps(member) if name in {"variables", "context"} and not isinstance(member, str) else member
        for name, member in members.items()
    }
    return {"definition": json.dumps(definition), "input": json.dumps(value or {}), **members}


def result(value, mode=None):
    return {"result": json.dumps(value)} | ({"fieldValidationMode": mode} if mode else {})


def named(name, **states):
    """Return a request for one of the states of a state machine."""
    return {"definition": {"QueryLanguage": "JSONata", "StartAt": name, "States": states}, "stateName": name}


# (request, what the response must hold; strings that are JSON are given as values)
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


VALIDATION = "Mock result schema validation error: "
CONTEXT = "Invalid Context object provided: "
OBJECT = task("aws-sdk:s3:getObject", {"Bucket": "b", "Key": "k"})
# (request, message of the ValidationException)
REFUSED = {
    "mock of a Pass": (requested(state("Pass"), mock=result(1)), "'Pass' is not supported when a mock is specified"),
    "mock of a Choice": (requested(CHOICE, mock=MINE), "'Choice' is not supported when a mock is specified"),
    "result and error": (requested(CALL, mock=MINE | result({})), "should have only one of the following fields"),
    "neither result nor error": (requested(CALL, mock={}), "should have only one of the following fields"),
    "secrets": (
        requested(CALL, mock=MINE, revealSecrets=True),
        "TestState does not support RevealSecrets when a mock is specified.",
    ),
    "no JSON": (
        requested(CALL, mock={"result": "no JSON", "fieldValidationMode": "NONE"}),
        "Mocked result must be valid JSON",
    ),
    "Map without an array": (requested(EACH, WORDS, mock=result({})), "Mocked result must be an array."),
    "writer without an object": (
        requested(
            EACH | {"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "b"}}},
            WORDS,
            mock=result([]),
        ),
        "Mocked result must be a JSON object.",
    ),
    "Parallel without an array": (requested(SIDE_BY_SIDE, mock=result({})), "Mocked result must be an array."),
    "Parallel of another number": (
        requested(SIDE_BY_SIDE, mock=result([1])),
        "Mocked result must contain the same number of items as number of Parallel branches.",
    ),
    "no role": (requested(CALL), "RoleArn must be specified when testing a Task state"),
    "no such state": (
        requested(**(named("A", A=state("Pass")) | {"stateName": "Z"})),
        "State not found in definition",
    ),
    "array": (
        requested(task("events:putEvents", {"Entries": []}), mock=result({"Entries": 1})),
        f"{VALIDATION}Field 'Entries' must be an array",
    ),
    "string in the second entry": (
        requested(
            task("events:putEvents", {"Entries": []}), mock=result({"Entries": [{"EventId": "a"}, {"EventId": 1}]})
        ),
        f"{VALIDATION}Field 'EventId' must be a string",
    ),
    "missing field": (
        requested(task("states:startExecution", {"StateMachineArn": "a"}), mock=result({"executionArn": "a"})),
        f"{VALIDATION}Required field 'ExecutionArn' is missing",
    ),
    "timestamp": (
        requested(
            task("states:startExecution", {"StateMachineArn": "a"}), mock=result({"ExecutionArn": "a", "StartDate": 1})
        ),
        f"{VALIDATION}Field 'StartDate' must be a string",
    ),
    "number": (
        requested(task("lambda:invoke", {"FunctionName": "f"}), mock=result({"StatusCode": "200"})),
        f"{VALIDATION}Field 'StatusCode' must be a number",
    ),
    "enumeration": (
        requested(OBJECT, mock=result({"StorageClass": "COLD"}, "PRESENT")),
        f"{VALIDATION}Field 'StorageClass' is not an expected value",
    ),
    "blob": (
        requested(task("aws-sdk:kms:encrypt", {"KeyId": "k", "Plaintext": "p"}), mock=result({"CiphertextBlob": ""})),
        f"{VALIDATION}Field 'CiphertextBlob' is smaller than the minimum length",
    ),
    "minimum": (
        requested(
            task("aws-sdk:lambda:getFunction", {"FunctionName": "f"}),
            mock=result({"Configuration": {"MemorySize": 1}}),
        ),
        f"{VALIDATION}Field 'MemorySize' is less than the minimum value",
    ),
    "context without a mock": (requested(state("Pass"), context={}), "can only be specified when a mock"),
    "context that is no JSON": (requested(CALL, mock=MINE, context="{"), CONTEXT),
    "context of a type": (
        requested(CALL, mock=MINE, context={"Execution": {"Id": 1}}),
        f"{CONTEXT}Execution.Id must be a string",
    ),
    "context with an item": (
        requested(CALL, mock=MINE, context={"Map": {}}),
        f"{CONTEXT}'Map' field is not supported when mocking a Context object",
    ),
    "context with a field of its own": (
        requested(CALL, mock=MINE, context={"Execution": {"pokemon": 1}}),
        f"{CONTEXT}Field 'pokemon' is not allowed",
    ),
    "token that nobody waits for": (
        requested(CALL, mock=MINE, context={"Task": {"Token": "t"}}),
        f"{CONTEXT}Context object contains 'Task' when state is not a Task state with a '.sync' or "
        "'.waitForTaskToken' service integration pattern",
    ),
    "configuration without a mock": (
        requested(state("Pass"), stateConfiguration={"retrierRetryCount": 1}),
        "stateConfiguration can only be specified when a mock is specified",
    ),
    "failures of a Task": (
        requested(CALL, mock=MINE, stateConfiguration={"mapIterationFailureCount": 1}),
        "supported for a Map state only",
    ),
    "failure of a state that is elsewhere": (
        requested(EACH, WORDS, mock=MINE, stateConfiguration={"errorCausedByState": "Elsewhere"}),
        "names no state inside this one: 'Elsewhere'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_request_is_refused(aws, name):
    request, message = REFUSED[name]
    with pytest.raises(ClientError) as refusal:
        aws.sfn.test_state(**request)
    error = refusal.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert message in error["Message"]


@pytest.mark.parametrize(
    "definition",
    [
        "{",
        "{}",
        "[]",
        json.dumps(state("Pass", end=False)),
        json.dumps(EACH),
        json.dumps(SIDE_BY_SIDE),
        json.dumps(task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "u", "MessageBody": "m"})),
    ],
)
def test_definition_is_refused(aws, definition):
    assert refused(aws.sfn.test_state, definition=definition, roleArn=ROLE)[0] == "InvalidDefinition"


def test_input_that_is_no_json_is_refused(aws):
    request = {"definition": json.dumps(state("Pass")), "input": "{"}
    assert refused(aws.sfn.test_state, **request)[0] == "InvalidExecutionInput"
