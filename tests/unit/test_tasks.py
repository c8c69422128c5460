"""The calls of Task states: names, types and errors as AWS's SDK integrations have them."""

import json
import uuid

import pytest
from moto.moto_api._internal.models import moto_api_backend

from harness.embedded import agentcore
from harness.embedded.agentcore import AGENTS, runtime_arn
from harness.embedded.faults import FAULTS
from harness.embedded.iam import AccessDenied
from harness.embedded.permissions import needs_of
from harness.embedded.stepfunctions import names
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.tasks import Tasks, integration_of
from tests.tables import KEYED_BY_ID

ROLE = "arn:aws:iam::123456789012:role/machine"
SDK = "arn:aws:states:::aws-sdk:"
TABLE = {"TableName": "things", **KEYED_BY_ID}
KEY = {"TableName": "things", "Key": {"id": {"S": "1"}}}
SESSION = "session-" + "0" * 32
INVOKE = {"AgentRuntimeArn": runtime_arn("pdf-adapter"), "RuntimeSessionId": SESSION, "Payload": '{"é": 1}'}


def allow(_role, _needs):
    pass


def deny(_role, needs):
    raise AccessDenied(f"User: r is not authorized to perform: {needs[0].action} on resource: {needs[0].resources[0]}")


def ask(*arguments):
    """Know the needs where they are written down; the set-up calls of these tests need none."""
    try:
        return needs_of(*arguments)
    except LookupError:
        return []


def call(action, arguments, authorize=allow, needs=ask, resource=SDK):
    return Tasks(ROLE, "123456789012", "us-east-1", needs, authorize).call(resource + action, arguments)


def error_of(action, arguments, **more):
    with pytest.raises(StateError) as error:
        call(action, arguments, **more)
    return error.value


@pytest.fixture(autouse=True)
def clean():
    agentcore.install()
    yield
    moto_api_backend.reset()
    FAULTS.clear()
    for agent in AGENTS.values():
        agent.scripts.clear()
        agent.calls.clear()


@pytest.fixture
def table():
    call("dynamodb:createTable", TABLE)


@pytest.fixture
def bucket():
    call("s3:createBucket", {"Bucket": "documents"})
    call("s3:putObject", {"Bucket": "documents", "Key": "BANK/a b.pdf", "Body": 1234567, "ContentType": "text/plain"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("agentRuntimeArn", "AgentRuntimeArn"),
        ("ETag", "ETag"),
        ("VersionId", "VersionId"),
        ("ChecksumCRC32", "ChecksumCRC32"),
        ("MD5OfMessageBody", "Md5OfMessageBody"),
        ("SSEKMSKeyId", "SsekmsKeyId"),
        ("BOOL", "Bool"),
        ("NULL", "Nul"),
        ("SS", "Ss"),
        ("ARN", "Arn"),
    ],
)
def test_names_are_those_of_the_java_sdk(name, expected):
    assert names.member(name) == expected


@pytest.mark.parametrize(
    ("action", "code", "expected"),
    [
        ("bedrockagentcore:invokeAgentRuntime", "ThrottlingException", "BedrockAgentCore.ThrottlingException"),
        ("bedrockagentcore:invokeAgentRuntime", "RuntimeClientError", "BedrockAgentCore.RuntimeClientErrorException"),
        ("bedrockagentcore:invokeAgentRuntime", "AccessDeniedException", "BedrockAgentCore.AccessDeniedException"),
        ("dynamodb:updateItem", "ConditionalCheckFailedException", "DynamoDb.ConditionalCheckFailedException"),
        ("dynamodb:updateItem", "InternalServerError", "DynamoDb.InternalServerErrorException"),
        ("dynamodb:updateItem", "AccessDeniedException", "DynamoDb.DynamoDbException"),  # not in its model
        ("ssm:getParameters", "InternalServerError", "Ssm.InternalServerErrorException"),
        ("sqs:sendMessage", "QueueDoesNotExist", "Sqs.QueueDoesNotExistException"),
        ("s3:headObject", "404", "S3.NoSuchKeyException"),
        ("s3:headObject", "403", "S3.S3Exception"),
        ("cloudwatch:putMetricData", "InternalServiceFault", "CloudWatch.InternalServiceException"),
        ("sfn:startExecution", "ExecutionLimitExceeded", "Sfn.ExecutionLimitExceededException"),
        ("xray:putTraceSegments", "ThrottledException", "XRay.ThrottledException"),
    ],
)
def test_error_names(action, code, expected):
    assert names.error_name(integration_of(SDK + action).operation, code) == expected


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_partitions(partition):
    assert integration_of(f"arn:{partition}:states:::aws-sdk:dynamodb:getItem").prefix == "DynamoDb"


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:states:::aws-sdk:nothing:getItem",
        "arn:aws:states:::aws-sdk:dynamodb:nothing",
        "arn:aws:states:::aws-sdk:bedrock-agentcore:invokeAgentRuntime",
        "arn:aws:states:::ecs:runTask",
        "arn:aws:states:::sqs:sendMessage.sync",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
    ],
)
def test_unknown_resource(resource):
    error = error_of("", {}, resource=resource)
    assert error.name == "States.Runtime"
    assert resource in error.cause


@pytest.mark.usefixtures("table")
def test_item_travels_there_and_back():
    item = {"S": "é"}, {"N": "1"}, {"Bool": True}, {"Nul": True}, {"Ss": ["a"]}, {"L": [{"M": {"k.K": {"S": "v"}}}]}
    values = {f"v{index}": value for index, value in enumerate(item)}
    assert call("dynamodb:putItem", {"TableName": "things", "Item": {"id": {"S": "1"}, **values}}) == {}
    assert call("dynamodb:getItem", KEY | {"ConsistentRead": True}) == {"Item": {"id": {"S": "1"}, **values}}
    assert call("dynamodb:getItem", {"TableName": "things", "Key": {"id": {"S": "2"}}}) == {}


@pytest.mark.usefixtures("table")
def test_optimized_integration_keeps_the_services_own_names():
    stored = {"id": {"S": "1"}, "b": {"BOOL": True}}
    call("dynamodb:putItem", {"TableName": "things", "Item": stored}, resource="arn:aws:states:::")
    assert call("dynamodb:getItem", KEY, resource="arn:aws:states:::")["Item"] == stored
    error = error_of("dynamodb:getItem", KEY | {"TableName": "none"}, resource="arn:aws:states:::")
    assert error.name == "DynamoDB.ResourceNotFoundException"


def test_parameters_are_read():
    call("ssm:putParameter", {"Name": "/a", "Value": "v", "Type": "String"})
    result = call("ssm:getParameters", {"Names": ["/a", "/b"]})
    assert result["InvalidParameters"] == ["/b"]
    parameter = result["Parameters"][0]
    assert (parameter["Name"], parameter["Value"], parameter["Version"]) == ("/a", "v", 1)
    assert parameter["Arn"].endswith(":parameter/a")
    assert parameter["LastModifiedDate"].endswith("Z")
    json.dumps(result)


@pytest.mark.usefixtures("bucket")
def test_object_is_described():
    result = call("s3:headObject", {"Bucket": "documents", "Key": "BANK/a b.pdf"})
    assert (result["ContentLength"], result["ETag"]) == (7, '"fcea920f7412b5da7be0cf42b8c93759"')
    json.dumps(result)


@pytest.mark.usefixtures("bucket")
def test_missing_object():
    error = error_of("s3:headObject", {"Bucket": "documents", "Key": "none.pdf"})
    assert error.name == "S3.NoSuchKeyException"
    assert "(Service: S3, Status Code: 404, Request ID: " in error.cause


def test_queue():
    url = call("sqs:createQueue", {"QueueName": "q"})["QueueUrl"]
    assert call("sqs:sendMessage", {"QueueUrl": url, "MessageBody": "{}"})["Md5OfMessageBody"]
    missing = error_of("sqs:sendMessage", {"QueueUrl": url + "x", "MessageBody": "{}"})
    assert missing.name == "Sqs.QueueDoesNotExistException"


def test_metrics():
    metric = {"MetricName": "m", "Value": 1, "Unit": "Count", "Dimensions": [{"Name": "n", "Value": "v"}]}
    assert call("cloudwatch:putMetricData", {"Namespace": "N", "MetricData": [metric]}) == {}
    wrong = error_of("cloudwatch:putMetricData", {"Namespace": "N", "MetricData": [metric | {"Unit": "Furlongs"}]})
    assert wrong.name == "CloudWatch.ValidationException"


def test_agent_answers_as_text():
    AGENTS["pdf-adapter"].scripts.put([{"reply": {"success": True, "text": "é"}}])
    result = call("bedrockagentcore:invokeAgentRuntime", INVOKE)
    assert json.loads(result["Response"]) == {"success": True, "text": "é"}
    assert (result["RuntimeSessionId"], result["StatusCode"]) == (SESSION, 200)
    assert AGENTS["pdf-adapter"].calls[0].payload == {"é": 1}
    stopped = {"AgentRuntimeArn": INVOKE["AgentRuntimeArn"], "RuntimeSessionId": SESSION}
    assert call("bedrockagentcore:stopRuntimeSession", stopped)["StatusCode"] == 200


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ThrottlingException", "BedrockAgentCore.ThrottlingException"),
        ("RuntimeClientError", "BedrockAgentCore.RuntimeClientErrorException"),
        ("RetryableConflictException", "BedrockAgentCore.RetryableConflictException"),
    ],
)
def test_agents_errors(code, expected):
    AGENTS["pdf-adapter"].scripts.put([{"error": code}])
    error = error_of("bedrockagentcore:invokeAgentRuntime", INVOKE)
    assert error.name == expected
    assert "(Service: BedrockAgentCore, Status Code: " in error.cause


@pytest.mark.parametrize(
    ("arguments", "name", "cause"),
    [
        ({"Payload": "{}"}, "States.Runtime", 'The field "AgentRuntimeArn" is required but was missing'),
        (INVOKE | {"agentRuntimeArn": "x"}, "States.Runtime", 'The field "agentRuntimeArn" is not supported'),
        (INVOKE | {"RuntimeSessionId": 5}, "States.Runtime", "must be a STRING"),
        ([], "States.Runtime", "must be a STRUCTURE"),
        (
            INVOKE | {"RuntimeSessionId": "short"},
            "BedrockAgentCore.ValidationException",
            "Member must have length greater than or equal to 33",
        ),
        (
            INVOKE | {"RuntimeSessionId": "x" * 257},
            "BedrockAgentCore.ValidationException",
            "Member must have length less than or equal to 256",
        ),
    ],
)
def test_refused_arguments(arguments, name, cause):
    error = error_of("bedrockagentcore:invokeAgentRuntime", arguments)
    assert error.name == name
    assert cause in error.cause
    assert not AGENTS["pdf-adapter"].calls


def test_at_most_ten_parameters_are_read():
    error = error_of("ssm:getParameters", {"Names": [f"/{number}" for number in range(11)]})
    assert error.name == "Ssm.ValidationException"


@pytest.mark.parametrize(
    ("action", "arguments", "name"),
    [
        ("bedrockagentcore:invokeAgentRuntime", INVOKE, "BedrockAgentCore.AccessDeniedException"),
        ("dynamodb:getItem", KEY, "DynamoDb.DynamoDbException"),
        ("s3:headObject", {"Bucket": "documents", "Key": "k"}, "S3.S3Exception"),
    ],
)
def test_denied_call_is_not_made(action, arguments, name):
    error = error_of(action, arguments, authorize=deny)
    assert error.name == name
    assert "Status Code: " + ("400" if action.startswith("dynamodb") else "403") in error.cause
    assert not AGENTS["pdf-adapter"].calls


def test_role_and_needs_are_asked():
    needed = []
    call("ssm:getParameters", {"Names": ["/a"]}, authorize=lambda role, needs: needed.append((role, needs[0].action)))
    assert needed == [(ROLE, "ssm:GetParameters")]


@pytest.mark.usefixtures("table")
def test_fault_strikes_as_often_as_asked():
    FAULTS.put({"dynamodb:GetItem:things": {"error": "ProvisionedThroughputExceededException", "times": 1}})
    assert error_of("dynamodb:getItem", KEY).name == "DynamoDb.ProvisionedThroughputExceededException"
    assert call("dynamodb:getItem", KEY) == {}


def test_broken_connection():
    FAULTS.put({"bedrock-agentcore:InvokeAgentRuntime:*": {"error": "SdkClientException"}})
    assert error_of("bedrockagentcore:invokeAgentRuntime", INVOKE).name == "BedrockAgentCore.SdkClientException"


def test_defect_of_the_service_is_its_error(monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("defect")

    monkeypatch.setattr("moto.ssm.responses.SimpleSystemManagerResponse.get_parameters", broken)
    error = error_of("ssm:getParameters", {"Names": [f"/{uuid.uuid4()}"]})
    assert error.name == "Ssm.SsmException"
    assert "Status Code: 500" in error.cause
    assert "defect" in caplog.text
