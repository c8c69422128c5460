"""Roles, keys and resources are made through boto3 on moto, in this process; then requests are authorized."""

import functools
import json

import boto3
import pytest

from harness.embedded.iam import USED, AccessDenied, assume, authorize
from harness.embedded.permissions import Need, machine_key, needs_of
from harness.embedded.policy import Effect, Request, evaluate
from tests.memory import aws_in_memory
from tests.tables import KEYED_BY_ID

client = functools.cache(boto3.client)  # one takes longer to make than what it is asked
ACCOUNT, REGION = "123456789012", "us-east-1"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:documents"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger"
RUNTIME = f"arn:aws:bedrock-agentcore:{REGION}:{ACCOUNT}:runtime/pdf_adapter-blue000001"
TRUST = {
    "Effect": "Allow",
    "Principal": {"Service": "states.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": MACHINE + "*"}},
}


@pytest.fixture(autouse=True)
def aws(monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with aws_in_memory():
        yield
    USED.clear()


def statement(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def role(*statements, boundary=(), trust=TRUST):
    iam = client("iam")
    more = {}
    if boundary:
        response = iam.create_policy(PolicyName="boundary", PolicyDocument=document(*boundary))
        more["PermissionsBoundary"] = response["Policy"]["Arn"]
    arn = iam.create_role(RoleName="workflow", AssumeRolePolicyDocument=document(trust), **more)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName="workflow", PolicyName="workflow", PolicyDocument=document(*statements))
    return arn


GET = statement("dynamodb:GetItem", TABLE)


@pytest.mark.parametrize(
    ("statements", "action", "resource", "context", "effect"),
    [
        ([], "dynamodb:GetItem", TABLE, {}, Effect.NONE),
        ([GET], "dynamodb:GetItem", TABLE, {}, Effect.ALLOW),
        ([GET], "dynamodb:getitem", TABLE, {}, Effect.ALLOW),
        ([GET], "dynamodb:GetItem", TABLE.upper(), {}, Effect.NONE),
        ([GET], "dynamodb:GetItem", TABLE + "-2", {}, Effect.NONE),
        ([GET, statement("dynamodb:*", "*", "Deny")], "dynamodb:GetItem", TABLE, {}, Effect.DENY),
        ([statement(["s3:*", "dynamodb:Get*"], ["*"])], "dynamodb:GetItem", TABLE, {}, Effect.ALLOW),
        ([statement("dynamodb:Get????")], "dynamodb:GetItem", TABLE, {}, Effect.ALLOW),
        ([statement("dynamodb:Get???")], "dynamodb:GetItem", TABLE, {}, Effect.NONE),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], "dynamodb:GetItem", TABLE, {}, Effect.ALLOW),
        ([{"Effect": "Allow", "NotAction": "dynamodb:*", "Resource": "*"}], "dynamodb:GetItem", TABLE, {}, Effect.NONE),
        ([{"Effect": "Allow", "Action": "*", "NotResource": TABLE}], "dynamodb:GetItem", TABLE, {}, Effect.NONE),
        ([{"Effect": "Allow", "Action": "*", "NotResource": TABLE}], "dynamodb:GetItem", "other", {}, Effect.ALLOW),
    ],
)
def test_actions_and_resources(statements, action, resource, context, effect):
    assert evaluate([document(*statements)], Request(action, resource, context)) is effect


@pytest.mark.parametrize(
    ("condition", "context", "allowed"),
    [
        ({"StringEquals": {"cloudwatch:namespace": "A"}}, {"cloudwatch:namespace": "A"}, True),
        ({"StringEquals": {"cloudwatch:namespace": ["B", "A"]}}, {"cloudwatch:namespace": "A"}, True),
        ({"StringEquals": {"cloudwatch:namespace": "A"}}, {"cloudwatch:namespace": "a"}, False),
        ({"StringEquals": {"cloudwatch:namespace": "A"}}, {}, False),
        ({"StringEquals": {"CloudWatch:Namespace": "A"}}, {"cloudwatch:namespace": "A"}, True),
        ({"StringNotEquals": {"k": "A"}}, {"k": "A"}, False),
        ({"StringNotEquals": {"k": "A"}}, {}, True),
        ({"StringEqualsIgnoreCase": {"k": "A"}}, {"k": "a"}, True),
        ({"StringLike": {"k": "a*"}}, {"k": "abc"}, True),
        ({"StringNotLike": {"k": "a*"}}, {"k": "abc"}, False),
        ({"StringEqualsIfExists": {"k": "A"}}, {}, True),
        ({"StringEqualsIfExists": {"k": "A"}}, {"k": "B"}, False),
        ({"ForAllValues:StringEquals": {"k": ["A"]}}, {}, True),
        ({"ForAnyValue:StringEquals": {"k": ["A"]}}, {}, False),
        ({"ArnLike": {"k": "arn:aws:states:*:1:*"}}, {"k": "arn:aws:states:us-east-1:1:stateMachine:x"}, True),
        ({"ArnLike": {"k": "arn:aws:*"}}, {"k": "arn:aws:states:us-east-1:1:stateMachine:x"}, False),
        ({"ArnNotEquals": {"k": "arn:aws:s3:::b"}}, {"k": "arn:aws:s3:::b"}, False),
        ({"Bool": {"k": True}}, {"k": "true"}, True),
        ({"Null": {"k": "true"}}, {}, True),
        ({"NumericEquals": {"k": "10"}}, {"k": "10.0"}, True),
        ({"NumericNotEquals": {"k": "1"}}, {"k": "1.0"}, False),
        ({"NumericNotEquals": {"k": "10"}}, {"k": "10"}, False),
        ({"NumericLessThan": {"k": "10"}}, {"k": "9"}, True),
        ({"NumericLessThanEquals": {"k": 10}}, {"k": "10"}, True),
        ({"NumericGreaterThan": {"k": "10"}}, {"k": "9"}, False),
        ({"NumericGreaterThanEqualsIfExists": {"k": "10"}}, {}, True),
        ({"NumericLessThan": {"k": "10"}}, {"k": "many"}, False),
        ({"DateGreaterThan": {"k": "2020-01-01T00:00:00Z"}}, {"k": "2021-01-01T00:00:00Z"}, True),
        ({"DateGreaterThan": {"k": "2020-01-01T00:00:00Z"}}, {"k": "2020-01-01T01:00:00+01:00"}, False),
        ({"DateGreaterThanEquals": {"k": "2020-01-01"}}, {"k": "2020-01-01T00:00:00Z"}, True),
        ({"DateLessThan": {"k": "1577836800"}}, {"k": "2019-12-31T23:59:59Z"}, True),
        ({"DateLessThanEquals": {"k": "2020-01-01T00:00:00Z"}}, {"k": "1577836801"}, False),
        ({"DateNotEquals": {"k": "2020-01-01T00:00:00Z"}}, {"k": "1577836800"}, False),
        ({"IpAddress": {"k": "203.0.113.0/24"}}, {"k": "203.0.113.9"}, True),
        ({"NotIpAddress": {"k": "203.0.113.0/24"}}, {"k": "203.0.113.9"}, False),
        ({"BinaryEquals": {"k": "QmluYXJ5"}}, {"k": "QmluYXJ5"}, True),
        ({"Null": {"k": "false"}}, {}, False),
        ({"StringEquals": {"a": "1"}, "StringLike": {"b": "2"}}, {"a": "1", "b": "2"}, True),
        ({"StringEquals": {"a": "1"}, "StringLike": {"b": "2"}}, {"a": "1", "b": "3"}, False),
        ({"NumericLessThan": {"k": "10"}}, {"k": "10"}, False),
        ({"DateGreaterThan": {"k": "2026-01-01T00:00:00Z"}}, {"k": "2026-01-02T00:00:00Z"}, True),
        ({"DateGreaterThan": {"k": "2026-01-01T00:00:00Z"}}, {"k": "1767225600"}, False),
    ],
)
def test_conditions(condition, context, allowed):
    policy = document(statement("*", Condition=condition))
    assert (evaluate([policy], Request("a:B", "r", context)) is Effect.ALLOW) == allowed


def test_an_unknown_condition_operator_lets_nothing_through():
    with pytest.raises(LookupError, match="StringMatches"):
        evaluate([document(statement("*", Condition={"StringMatches": {"k": "1"}}))], Request("a:B", "r", {"k": "0"}))


def test_a_request_carries_its_time_and_the_account_of_the_resource():
    old = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    own = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}, "Bool": {"aws:SecureTransport": "true"}}
    arn = role(statement("dynamodb:*", Condition=own), statement("dynamodb:*", effect="Deny", Condition=old))
    authorize(arn, [Need("dynamodb:GetItem", (TABLE,))])
    with pytest.raises(AccessDenied):
        authorize(arn, [Need("dynamodb:GetItem", (TABLE.replace(ACCOUNT, "111122223333"),))])


def test_what_was_allowed_is_recorded_and_what_was_denied_is_not():
    arn = role(GET)
    authorize(arn, [Need("dynamodb:GetItem", (TABLE,))])
    with pytest.raises(AccessDenied) as denied:
        authorize(arn, [Need("dynamodb:PutItem", (TABLE,))])
    assert str(denied.value) == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/workflow/embedded is not authorized to perform: dynamodb:PutItem "
        f"on resource: {TABLE} because no identity-based policy allows the dynamodb:PutItem action"
    )
    assert {(arn, "dynamodb:GetItem", TABLE)} == USED


def test_a_bucket_belongs_to_who_made_it(monkeypatch):
    client("s3").create_bucket(Bucket="ours")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")
    client("s3").create_bucket(Bucket="theirs")
    monkeypatch.delenv("MOTO_ACCOUNT_ID")
    ours = {"StringEquals": {"aws:ResourceAccount": ACCOUNT}}
    arn = role(statement(["s3:GetObject", "dynamodb:GetItem"], Condition=ours))
    authorize(arn, [Need("s3:GetObject", ("arn:aws:s3:::ours/a.pdf",)), Need("dynamodb:GetItem", (TABLE,))])
    foreign = {
        "s3:GetObject": "arn:aws:s3:::theirs/a.pdf",
        "dynamodb:GetItem": TABLE.replace(ACCOUNT, "111122223333"),
    }
    for action, resource in foreign.items():
        with pytest.raises(AccessDenied):
            authorize(arn, [Need(action, (resource,))])


def test_an_explicit_deny_is_reported_as_one():
    arn = role(GET, statement("*", effect="Deny"))
    with pytest.raises(AccessDenied, match="with an explicit deny in an identity-based policy"):
        authorize(arn, [Need("dynamodb:GetItem", (TABLE,))])


def test_attached_policies_count_in_their_default_version():
    iam, arn = client("iam"), role()
    policy = iam.create_policy(PolicyName="more", PolicyDocument=document(GET))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="workflow", PolicyArn=policy)
    authorize(arn, [Need("dynamodb:GetItem", (TABLE,))])
    changed = document(statement("dynamodb:Query", TABLE))
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=changed, SetAsDefault=True)
    with pytest.raises(AccessDenied):
        authorize(arn, [Need("dynamodb:GetItem", (TABLE,))])


def test_a_permissions_boundary_limits_what_policies_allow():
    arn = role(statement("*"), boundary=[GET])
    authorize(arn, [Need("dynamodb:GetItem", (TABLE,))])
    with pytest.raises(AccessDenied, match="because no permissions boundary allows the dynamodb:PutItem action"):
        authorize(arn, [Need("dynamodb:PutItem", (TABLE,))])


@pytest.mark.parametrize(
    ("trust", "source", "assumable"),
    [
        (TRUST, MACHINE, True),
        (TRUST, MACHINE.replace("documents", "others"), False),
        (TRUST, MACHINE.replace(ACCOUNT, "111122223333"), False),
        ({**TRUST, "Principal": {"Service": "lambda.amazonaws.com"}}, MACHINE, False),
        ({**TRUST, "Principal": {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}}, MACHINE, True),
        ({**TRUST, "Principal": {"Service": "states.us-east-1.amazonaws.com"}}, MACHINE, True),
        ({**TRUST, "Principal": {"Service": "states.eu-west-1.amazonaws.com"}}, MACHINE, False),
    ],
)
def test_a_service_assumes_a_role_only_as_the_trust_policy_says(trust, source, assumable):
    arn = role(trust=trust)
    if assumable:
        assume(arn, "states.amazonaws.com", source)
    else:
        with pytest.raises(AccessDenied, match=r"states\.amazonaws\.com"):
            assume(arn, "states.amazonaws.com", source)


def test_a_role_that_does_not_exist_may_do_nothing():
    for ask in (lambda arn: authorize(arn, []), lambda arn: assume(arn, "states.amazonaws.com", MACHINE)):
        with pytest.raises(AccessDenied, match="nobody"):
            ask(f"arn:aws:iam::{ACCOUNT}:role/nobody")


KEY_TO_ACCOUNT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
ONLY_FOR_LEDGER = {
    "kms:ViaService": f"dynamodb.{REGION}.amazonaws.com",
    "kms:EncryptionContext:aws:dynamodb:tableName": "ledger",
}
USE_KEY = statement("kms:Decrypt", Condition={"StringEquals": ONLY_FOR_LEDGER})
OTHER = {"StringEquals": ONLY_FOR_LEDGER | {"kms:EncryptionContext:aws:dynamodb:tableName": "other"}}
USE_FOR_OTHER = statement("kms:Decrypt", Condition=OTHER)
TO_ROLE = {**KEY_TO_ACCOUNT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/workflow"}}


@pytest.mark.parametrize(
    ("key_policy", "statements", "allowed"),
    [
        ([KEY_TO_ACCOUNT], [GET, USE_KEY], True),
        ([KEY_TO_ACCOUNT], [GET], False),
        ([KEY_TO_ACCOUNT], [GET, USE_FOR_OTHER], False),
        ([TO_ROLE], [GET], True),
        ([TO_ROLE], [GET, statement("kms:*", effect="Deny")], False),
        ([KEY_TO_ACCOUNT, {**TO_ROLE, "Effect": "Deny"}], [GET, USE_KEY], False),
        ([{**TO_ROLE, "Principal": {"Service": "dynamodb.amazonaws.com"}}], [GET, USE_KEY], False),
    ],
)
def test_an_encrypted_table_needs_its_key_too(key_policy, statements, allowed):
    key = client("kms").create_key(Policy=document(*key_policy))["KeyMetadata"]["Arn"]
    make_table(SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    arn = role(*statements)
    needs = needs_of("dynamodb", "GetItem", {"TableName": "ledger", "Key": {}}, ACCOUNT, REGION)
    assert [need.action for need in needs] == ["dynamodb:GetItem", "kms:Decrypt"]
    if allowed:
        authorize(arn, needs)
    else:
        with pytest.raises(AccessDenied, match="kms:Decrypt"):
            authorize(arn, needs)


def make_table(**more):
    client("dynamodb").create_table(TableName="ledger", **KEYED_BY_ID, **more)


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needed"),
    [
        (
            "bedrock-agentcore",
            "InvokeAgentRuntime",
            {"agentRuntimeArn": RUNTIME},
            [("bedrock-agentcore:InvokeAgentRuntime", RUNTIME, f"{RUNTIME}/runtime-endpoint/DEFAULT")],
        ),
        (
            "bedrock-agentcore",
            "StopRuntimeSession",
            {"agentRuntimeArn": RUNTIME, "qualifier": "prod"},
            [("bedrock-agentcore:StopRuntimeSession", RUNTIME, f"{RUNTIME}/runtime-endpoint/prod")],
        ),
        ("dynamodb", "UpdateItem", {"TableName": "ledger"}, [("dynamodb:UpdateItem", TABLE)]),
        ("dynamodb", "UpdateItem", {"TableName": TABLE}, [("dynamodb:UpdateItem", TABLE)]),
        (
            "dynamodb",
            "Query",
            {"TableName": "ledger", "IndexName": "lease"},
            [("dynamodb:Query", f"{TABLE}/index/lease")],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Update": {"TableName": "ledger"}}, {"ConditionCheck": {"TableName": "ledger"}}]},
            [("dynamodb:UpdateItem", TABLE), ("dynamodb:ConditionCheckItem", TABLE)],
        ),
        (
            "ssm",
            "GetParameters",
            {"Names": ["/agentcore/a", "b"]},
            [
                (
                    "ssm:GetParameters",
                    f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/agentcore/a",
                    f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/b",
                )
            ],
        ),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": f"http://127.0.0.1:5000/{ACCOUNT}/dead"},
            [("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead")],
        ),
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k/d.pdf"}, [("s3:GetObject", "arn:aws:s3:::b/k/d.pdf")]),
        (
            "s3",
            "HeadObject",
            {"Bucket": "b", "Key": "k", "VersionId": "1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::b/k")],
        ),
        ("cloudwatch", "PutMetricData", {"Namespace": "N"}, [("cloudwatch:PutMetricData", "*")]),
        ("xray", "PutTraceSegments", {}, [("xray:PutTraceSegments", "*")]),
        ("stepfunctions", "StartExecution", {"stateMachineArn": MACHINE}, [("states:StartExecution", MACHINE)]),
    ],
)
def test_what_a_call_needs(service, operation, parameters, needed):
    needs = needs_of(service, operation, parameters, ACCOUNT, REGION)
    assert [(need.action, *need.resources) for need in needs] == needed


def test_metrics_carry_their_namespace_into_the_conditions():
    (need,) = needs_of("cloudwatch", "PutMetricData", {"Namespace": "N"}, ACCOUNT, REGION)
    assert need.conditions == {"cloudwatch:namespace": "N"}


def test_to_learn_that_an_object_is_missing_one_must_be_allowed_to_list():
    s3 = client("s3")
    s3.create_bucket(Bucket="documents")
    s3.put_object(Bucket="documents", Key="here", Body=b"")

    def actions(key):
        return [
            need.action for need in needs_of("s3", "HeadObject", {"Bucket": "documents", "Key": key}, ACCOUNT, REGION)
        ]

    assert actions("here") == ["s3:GetObject"]
    assert actions("missing") == ["s3:GetObject", "s3:ListBucket"]


def test_each_kind_of_encrypted_resource_needs_its_key():
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = client("sns").create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    queue = client("sqs").create_queue(QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    client("ssm").put_parameter(Name="/p", Value="v", Type="SecureString", KeyId=key)
    s3 = client("s3")
    s3.create_bucket(Bucket="documents")
    s3.put_object(Bucket="documents", Key="k", Body=b"", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.create_bucket(Bucket="results")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket="results", ServerSideEncryptionConfiguration={"Rules": [rule]})

    def of_key(service, operation, **parameters):
        needs = needs_of(service, operation, parameters, ACCOUNT, REGION)
        return [need.action for need in needs if need.resources == (key,)]

    machine = client("stepfunctions").create_state_machine(
        name="documents",
        definition='{"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}',
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/any",
        encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key},
    )["stateMachineArn"]

    assert of_key("stepfunctions", "StartSyncExecution", stateMachineArn=f"{machine}:live") == ["kms:Decrypt"]
    assert of_key("stepfunctions", "StartSyncExecution", stateMachineArn=machine, includedData="METADATA_ONLY") == []
    assert of_key("stepfunctions", "StartExecution", stateMachineArn=machine) == []
    assert of_key("sns", "Publish", TopicArn=topic) == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert of_key("sqs", "SendMessage", QueueUrl=queue) == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert of_key("s3", "HeadObject", Bucket="documents", Key="k") == ["kms:Decrypt"]
    by_request = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    assert of_key("s3", "PutObject", Bucket="documents", Key="k", **by_request) == ["kms:GenerateDataKey"]
    assert of_key("s3", "PutObject", Bucket="documents", Key="k") == []
    assert of_key("s3", "PutObject", Bucket="results", Key="new") == ["kms:GenerateDataKey"]
    assert of_key("s3", "PutObject", Bucket="results", Key="new", ServerSideEncryption="AES256") == []
    assert of_key("ssm", "GetParameters", Names=["/p"], WithDecryption=True) == ["kms:Decrypt"]
    assert of_key("ssm", "GetParameters", Names=["/p"]) == []


def test_a_key_of_aws_needs_no_permission():
    make_table(SSESpecification={"Enabled": True, "SSEType": "KMS"})
    (need,) = needs_of("dynamodb", "GetItem", {"TableName": "ledger"}, ACCOUNT, REGION)
    assert need.action == "dynamodb:GetItem"


def test_a_machine_uses_its_key_in_its_own_name():
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    condition = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": MACHINE}}
    arn = role(statement(["kms:Decrypt", "kms:GenerateDataKey"], key, Condition=condition))
    authorize(arn, machine_key(key, MACHINE))
    with pytest.raises(AccessDenied):
        authorize(arn, machine_key(key, MACHINE + "-2"))


def test_a_call_whose_resources_are_not_known_needs_its_action_on_some_resource():
    needs = needs_of("ec2", "RunInstances", {}, ACCOUNT, REGION)
    arn = role(statement("ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:instance/*"))
    authorize(arn, needs)
    with pytest.raises(AccessDenied, match="ec2:StopInstances"):
        authorize(arn, needs_of("ec2", "StopInstances", {}, ACCOUNT, REGION))
