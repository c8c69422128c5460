import pytest
from moto.core.utils import get_service_model

from harness.embedded.constraints import problem_with


def shape(service, operation):
    return get_service_model(service).operation_model(operation).input_shape


INVOKE = shape("bedrock-agentcore", "InvokeAgentRuntime")
TRANSACTION = shape("dynamodb", "TransactWriteItems")
SAMPLING = shape("xray", "CreateSamplingRule")
CALL = {"agentRuntimeArn": "arn", "payload": b""}
RULE = {
    "ResourceARN": "*",
    "Priority": 1,
    "FixedRate": 0.5,
    "ReservoirSize": 0,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
}


@pytest.mark.parametrize(
    ("of", "parameters", "problem"),
    [
        (INVOKE, CALL, None),
        (
            INVOKE,
            CALL | {"runtimeSessionId": "short"},
            "1 validation error detected: Value 'short' at 'runtimeSessionId' failed to satisfy constraint: "
            "Member must have length greater than or equal to 33",
        ),
        (
            INVOKE,
            {"agentRuntimeArn": "arn", "accountId": "12"},
            "2 validation errors detected: Value null at 'payload' failed to satisfy constraint: Member must not be "
            "null; Value '12' at 'accountId' failed to satisfy constraint: Member must satisfy regular expression "
            "pattern: [0-9]{12}",
        ),
        (
            TRANSACTION,
            {"TransactItems": []},
            "1 validation error detected: Value '[]' at 'TransactItems' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            TRANSACTION,
            {"TransactItems": [{}, {"Delete": {"TableName": "", "Key": {}}}]},
            "1 validation error detected: Value '' at 'TransactItems.2.member.Delete.TableName' failed to satisfy "
            "constraint: Member must have length greater than or equal to 1",
        ),
        (
            shape("ssm", "GetParametersByPath"),
            {"Path": "/p", "ParameterFilters": [{"Key": "?"}]},
            "1 validation error detected: Value '?' at 'ParameterFilters.1.member.Key' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$",
        ),
        (
            SAMPLING,
            {"SamplingRule": RULE | {"FixedRate": 1.5}},
            "1 validation error detected: Value '1.5' at 'SamplingRule.FixedRate' failed to satisfy constraint: "
            "Member must have value less than or equal to 1",
        ),
        (
            SAMPLING,
            {"SamplingRule": RULE | {"Attributes": {"": "v"}}},
            "1 validation error detected: Value '' at 'SamplingRule.Attributes.key' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
    ],
)
def test_problems_are_worded_as_aws_words_them(of, parameters, problem):
    assert problem_with(of, parameters) == problem


def test_a_sensitive_value_is_not_repeated():
    problem = problem_with(shape("ssm", "PutParameter"), {"Name": "n", "Value": "secret", "Tier": "secret"})
    assert problem == (
        "1 validation error detected: Value 'secret' at 'Tier' failed to satisfy constraint: "
        "Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]"
    )
