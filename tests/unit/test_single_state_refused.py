"""TestState: the mocks, contexts, configurations and definitions that it refuses, as AWS was recorded."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.unit.single_states import (
    CALL,
    CHOICE,
    EACH,
    MINE,
    SIDE_BY_SIDE,
    WORDS,
    named,
    requested,
    result,
    state,
    task,
)
from tests.unit.states import ROLE, refused

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
    "more failures than items": (
        requested(EACH, WORDS, mock=result([]), stateConfiguration={"mapIterationFailureCount": 4}),
        "exceeds the number of items in the input",
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
