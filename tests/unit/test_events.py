"""EventBridge: which events match, what targets receive, and where an event goes that cannot be delivered."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from harness.embedded import launch
from tests.roles import ANYTHING, make_role
from tests.waiting import until

ACCOUNT, REGION = "123456789012", "us-east-1"
MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/"
PATTERNS = json.loads((Path(__file__).parent / "event_patterns.json").read_text())
DAY = 86_400


@pytest.fixture(scope="module")
def aws():
    with launch() as endpoint:
        make_role(endpoint, "machine", "states")
        make_role(endpoint, "rule", "events", allow=[ANYTHING | {"Action": "states:StartExecution"}])
        make_role(endpoint, "powerless", "events", allow=[ANYTHING | {"Action": "sqs:SendMessage"}])
        definition = {"QueryLanguage": "JSONata", "StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
        endpoint.client("stepfunctions").create_state_machine(
            name="orders", definition=json.dumps(definition), roleArn=ROLE + "machine", type="STANDARD"
        )
        s3 = endpoint.client("s3")
        for bucket in ("documents", "versioned", "silent"):
            s3.create_bucket(Bucket=bucket)
            if bucket != "silent":
                s3.put_bucket_notification_configuration(
                    Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
                )
        s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
        yield endpoint


@pytest.fixture(autouse=True)
def clean(aws):
    yield
    aws.admin("PUT", "/_events", {"copies": 1, "delay_seconds": 0, "reorder_seconds": 0})
    aws.admin("DELETE", "/_faults")
    events = aws.client("events")
    for rule in events.list_rules()["Rules"]:
        targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        if targets:
            events.remove_targets(Rule=rule["Name"], Ids=[target["Id"] for target in targets])
        events.delete_rule(Name=rule["Name"])


def make_queue(aws, name, rule=None):
    """A queue, to which the rule may send if one is named."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    if rule:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": QUEUE + name,
            "Condition": {"ArnEquals": {"aws:SourceArn": RULE + rule}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url


def make_rule(aws, name, pattern, **target):
    events = aws.client("events")
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "only", "Arn": QUEUE + name, **target}])


def put_event(aws, detail, kind="Test"):
    entry = {"Source": "tests", "DetailType": kind, "Detail": json.dumps(detail)}
    (result,) = aws.client("events").put_events(Entries=[entry])["Entries"]
    return result["EventId"]


def received(aws, url, count=1):
    """The next messages of a queue."""
    found = []

    def more():
        found.extend(
            aws.client("sqs")
            .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            .get("Messages", [])
        )
        return len(found) >= count

    until(more)
    return found


def settled(aws):
    return until(lambda: aws.admin("GET", "/_events")["pending"] == 0)


@pytest.mark.parametrize("case", PATTERNS["matching"], ids=lambda case: json.dumps(case["pattern"]))
def test_a_pattern_matches_as_eventbridge_documents(aws, case):
    base = {"id": "1", "account": ACCOUNT, "time": "2025-01-01T00:00:00Z", "region": REGION, "resources": []}
    base |= {"source": "s", "detail-type": "t", "detail": {}}
    own = {name for event in (*case["yes"], *case["no"]) for name in event} | case["pattern"].keys()
    plain = {name: value for name, value in base.items() if name not in own}
    test = aws.client("events").test_event_pattern
    for expected, events in ((True, case["yes"]), (False, case["no"])):
        for event in events:
            text = json.dumps(plain | event)
            assert test(EventPattern=json.dumps(case["pattern"]), Event=text)["Result"] is expected, event


@pytest.mark.parametrize("case", PATTERNS["invalid"], ids=lambda case: str(case["pattern"]))
def test_an_invalid_pattern_is_refused_with_its_reason(aws, case):
    text = case["pattern"] if isinstance(case["pattern"], str) else json.dumps(case["pattern"])
    with pytest.raises(aws.client("events").exceptions.InvalidEventPatternException) as refused:
        aws.client("events").put_rule(Name="invalid", EventPattern=text)
    assert case["reason"] in str(refused.value)


def upload(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=b"four")


def copy(s3, bucket, key):
    s3.put_object(Bucket="silent", Key="source", Body=b"four")
    s3.copy_object(Bucket=bucket, Key=key, CopySource="silent/source")


def in_parts(s3, bucket, key):
    upload = {"Bucket": bucket, "Key": key, "UploadId": s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"four")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})


@pytest.mark.parametrize("bucket", ["documents", "versioned"])
@pytest.mark.parametrize(
    ("make", "reason"),
    [(upload, "PutObject"), (copy, "CopyObject"), (in_parts, "CompleteMultipartUpload")],
)
def test_an_object_that_is_created_is_an_event_with_its_key_as_it_is(aws, bucket, make, reason):
    name = f"created-{bucket}-{reason}"
    url = make_queue(aws, name, rule=name)
    make_rule(aws, name, {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}})
    key = "in/a +%20\"é'&<?>.pdf"
    make(aws.client("s3"), bucket, key)
    (message,) = received(aws, url)
    event = json.loads(message["Body"])
    head = aws.client("s3").head_object(Bucket=bucket, Key=key)
    described = event["detail"]["object"]
    assert int(described.pop("sequencer"), 16)
    version = {"version-id": head["VersionId"]} if bucket == "versioned" else {}
    assert described == {"key": key, "size": 4, "etag": head["ETag"].strip('"'), **version}
    assert event["detail"]["reason"] == reason
    assert (event["detail-type"], event["resources"]) == ("Object Created", [f"arn:aws:s3:::{bucket}"])
    assert (event["account"], event["region"], event["version"]) == (ACCOUNT, REGION, "0")
    assert datetime.fromisoformat(event["time"])


def test_a_deleted_object_is_an_event_that_says_how(aws):
    url = make_queue(aws, "deleted", rule="deleted")
    make_rule(aws, "deleted", {"detail-type": ["Object Deleted"]})
    s3 = aws.client("s3")
    s3.delete_object(Bucket="documents", Key="nothing")
    version = s3.put_object(Bucket="versioned", Key="k", Body=b"")["VersionId"]
    s3.put_object(Bucket="documents", Key="k", Body=b"")
    marker = s3.delete_object(Bucket="versioned", Key="k")["VersionId"]
    s3.delete_object(Bucket="versioned", Key="k", VersionId=version)
    s3.delete_object(Bucket="documents", Key="k")
    details = [json.loads(message["Body"])["detail"] for message in received(aws, url, 3)]
    reported = {(each["bucket"]["name"], each["object"].get("version-id"), each["deletion-type"]) for each in details}
    assert reported == {
        ("versioned", marker, "Delete Marker Created"),
        ("versioned", version, "Permanently Deleted"),
        ("documents", None, "Permanently Deleted"),
    }


def test_what_was_deleted_is_deleted_again_where_versioning_is_suspended(aws):
    s3, bucket = aws.client("s3"), {"Bucket": "suspended"}
    s3.create_bucket(**bucket)
    for status in ("Enabled", "Suspended"):
        s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": status})
        s3.put_object(**bucket, Key="a.pdf")
        s3.delete_object(**bucket, Key="a.pdf")
        assert "Contents" not in s3.list_objects_v2(**bucket)


def test_a_bucket_describes_whether_it_sends_events(aws):
    described = aws.client("s3").get_bucket_notification_configuration
    assert described(Bucket="documents")["EventBridgeConfiguration"] == {}
    assert "EventBridgeConfiguration" not in described(Bucket="silent")


def test_a_bucket_that_is_not_switched_on_sends_nothing(aws):
    url = make_queue(aws, "silence", rule="silence")
    make_rule(aws, "silence", {"source": ["aws.s3", "tests"]})
    aws.client("s3").put_object(Bucket="silent", Key="k", Body=b"")
    put_event(aws, {})
    assert json.loads(received(aws, url)[0]["Body"])["source"] == "tests"
    assert settled(aws)
    assert "Messages" not in aws.client("sqs").receive_message(QueueUrl=url)


def test_a_request_with_too_much_in_it_is_refused(aws):
    entry = {"Source": "tests", "DetailType": "Test", "Detail": json.dumps({"text": "x" * 600_000})}
    with pytest.raises(ClientError, match="over the limit"):
        aws.client("events").put_events(Entries=[entry, entry])


def test_a_disabled_rule_delivers_nothing(aws):
    url = make_queue(aws, "disabled", rule="disabled")
    make_rule(aws, "disabled", {"source": ["tests"]})
    aws.client("events").disable_rule(Name="disabled")
    put_event(aws, {"n": 1})
    aws.client("events").enable_rule(Name="disabled")
    put_event(aws, {"n": 2})
    assert json.loads(received(aws, url)[0]["Body"])["detail"] == {"n": 2}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"n": 1}'}, {"n": 1}),
        ({"InputPath": "$.detail.object"}, {"key": 'a"b', "size": 3}),
        ({"InputPath": "$.detail.nothing"}, None),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"key": "$.detail.object.key", "size": "$.detail.object.size", "none": "$.x"},
                    "InputTemplate": '{"key": <key>, "size": <size>, "text": "s3://<key>?<size>", "none": <none>, '
                    '"rule": <aws.events.rule-name>}',
                }
            },
            {"key": 'a"b', "size": 3, "text": 's3://a"b?3', "none": None, "rule": "inputs"},
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"first": "$.detail.list[1]"},
                    "InputTemplate": '"the second is <first>"',
                }
            },
            "the second is y",
        ),
    ],
)
def test_a_target_receives_the_input_that_it_is_configured_for(aws, target, expected):
    url = make_queue(aws, "inputs", rule="inputs")
    make_rule(aws, "inputs", {"source": ["tests"]}, **target)
    put_event(aws, {"object": {"key": 'a"b', "size": 3}, "list": ["x", "y"]})
    (message,) = received(aws, url)
    aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert json.loads(message["Body"]) == expected


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ({"Input": "{", "Arn": QUEUE + "q"}, "JSON syntax error in input"),
        ({"Input": "{}", "InputPath": "$.detail"}, "Only one of Input"),
        ({"InputPath": "detail"}, "Invalid JSON path"),
        ({"InputTransformer": {"InputTemplate": "<x>"}}, "invalid placeholder x"),
        ({"Arn": MACHINE + "orders"}, "RoleArn is required for target"),
        ({"RetryPolicy": {"MaximumRetryAttempts": 186}}, "less than or equal to 185"),
        ({"RetryPolicy": {"MaximumEventAgeInSeconds": 86_401}}, "less than or equal to 86400"),
    ],
)
def test_a_wrong_target_is_refused(aws, target, sentence):
    aws.client("events").put_rule(Name="wrong", EventPattern='{"source": ["tests"]}')
    with pytest.raises(ClientError, match=sentence):
        aws.client("events").put_targets(Rule="wrong", Targets=[{"Id": "t", "Arn": QUEUE + "q", **target}])


def executions(aws):
    pages = aws.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=MACHINE + "orders")
    return [execution for page in pages for execution in page["executions"]]


def test_an_event_starts_an_execution_with_the_role_of_the_target(aws):
    before = len(executions(aws))
    make_rule(aws, "starts", {"source": ["tests"]}, Arn=MACHINE + "orders", RoleArn=ROLE + "rule")
    event_id = put_event(aws, {"n": 1})
    until(lambda: len(executions(aws)) == before + 1)
    newest = max(executions(aws), key=lambda execution: execution["startDate"])
    run_input = aws.client("stepfunctions").describe_execution(executionArn=newest["executionArn"])["input"]
    assert (json.loads(run_input)["id"], json.loads(run_input)["detail"]) == (event_id, {"n": 1})
    used = {"role": ROLE + "rule", "action": "states:StartExecution", "resource": MACHINE + "orders"}
    assert used in aws.admin("GET", "/_iam")


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"Arn": MACHINE + "orders", "RoleArn": ROLE + "powerless"}, "NO_PERMISSIONS"),
        ({"Arn": MACHINE + "orders", "RoleArn": ROLE + "machine"}, "FAILED_TO_ASSUME_ROLE"),
        ({"Arn": MACHINE + "nobody", "RoleArn": ROLE + "rule"}, "NO_RESOURCE"),
        ({"Arn": QUEUE + "nobody"}, "NO_RESOURCE"),
    ],
)
def test_what_cannot_heal_is_a_dead_letter_at_once(aws, target, code):
    url = make_queue(aws, "final", rule="final")
    make_rule(aws, "final", {"source": ["tests"]}, DeadLetterConfig={"Arn": QUEUE + "final"}, **target)
    event_id = put_event(aws, {"n": 1})
    (dead_letter,) = received(aws, url)
    aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=dead_letter["ReceiptHandle"])
    attributes = {name: value["StringValue"] for name, value in dead_letter["MessageAttributes"].items()}
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {"RULE_ARN": RULE + "final", "TARGET_ARN": target["Arn"], "ERROR_CODE": code}
    assert json.loads(dead_letter["Body"])["id"] == event_id
    assert settled(aws)


def throttle(aws, times):
    fault = {"error": "ThrottlingException", "times": times}
    aws.admin("PUT", "/_faults", {f"stepfunctions:StartExecution:{MACHINE}orders": fault})


def test_what_may_heal_is_retried_in_virtual_time(aws):
    before = len(executions(aws))
    throttle(aws, 3)
    make_rule(aws, "heals", {"source": ["tests"]}, Arn=MACHINE + "orders", RoleArn=ROLE + "rule")
    put_event(aws, {})
    for _ in range(3):
        until(lambda: aws.admin("GET", "/_events")["pending"])
        aws.admin("PUT", "/_clock", {"skip_seconds": 10})
    until(lambda: len(executions(aws)) == before + 1)
    assert settled(aws)
    assert total(aws, "RetryInvocationAttempts", "heals") == 3
    assert total(aws, "Invocations", "heals") == 1
    assert total(aws, "FailedInvocations", "heals") == 0


@pytest.mark.parametrize(
    ("policy", "condition", "retries"),
    [
        ({"MaximumRetryAttempts": 2}, "MaximumRetryAttempts", 2),
        ({"MaximumRetryAttempts": 0}, "MaximumRetryAttempts", 0),
        ({"MaximumEventAgeInSeconds": 60}, "MaximumEventAgeInSeconds", None),
    ],
)
def test_a_retry_policy_ends_in_a_dead_letter_that_says_which_limit(aws, policy, condition, retries):
    name = f"exhausted-{condition}-{retries}"
    url = make_queue(aws, name, rule=name)
    throttle(aws, None)
    target = {"Arn": MACHINE + "orders", "RoleArn": ROLE + "rule", "RetryPolicy": policy}
    make_rule(aws, name, {"source": ["tests"]}, DeadLetterConfig={"Arn": QUEUE + name}, **target)
    put_event(aws, {})

    def over():
        aws.admin("PUT", "/_clock", {"skip_seconds": 5})
        return aws.admin("GET", "/_events")["pending"] == 0

    until(over)
    (dead_letter,) = received(aws, url)
    attributes = {name: value["StringValue"] for name, value in dead_letter["MessageAttributes"].items()}
    assert (attributes["ERROR_CODE"], attributes["EXHAUSTED_RETRY_CONDITION"]) == ("THROTTLING", condition)
    assert retries is None or attributes["RETRY_ATTEMPTS"] == str(retries)
    assert total(aws, "InvocationsSentToDlq", name) == total(aws, "FailedInvocations", name) == 1


def test_a_dead_letter_is_lost_where_the_policy_of_the_queue_does_not_let_it_in(aws):
    make_queue(aws, "closed", rule="another")
    target = {"Arn": MACHINE + "nobody", "RoleArn": ROLE + "rule", "DeadLetterConfig": {"Arn": QUEUE + "closed"}}
    make_rule(aws, "closed", {"source": ["tests"]}, **target)
    put_event(aws, {})
    until(lambda: total(aws, "InvocationsFailedToBeSentToDlq", "closed") == 1)


def test_events_may_come_twice_late_and_out_of_order(aws):
    url = make_queue(aws, "disorder", rule="disorder")
    make_rule(aws, "disorder", {"source": ["tests"]})
    settings = aws.admin("PUT", "/_events", {"copies": 2, "delay_seconds": 60, "reorder_seconds": 30})
    assert settings == {"copies": 2, "delay_seconds": 60, "reorder_seconds": 30, "pending": 0}
    for number in range(2):
        put_event(aws, {"n": number})
    assert aws.admin("GET", "/_events")["pending"] == 4
    order = []
    for seconds in (65, 35):
        aws.admin("PUT", "/_clock", {"skip_seconds": seconds})
        order += [json.loads(message["Body"])["detail"]["n"] for message in received(aws, url, 2)]
    assert sorted(order) == [0, 0, 1, 1]
    assert order[0] == order[1]  # the two copies of one event, then those of the other


@pytest.mark.parametrize("bad", [[], {"copies": 0}, {"copies": 1.5}, {"delay_seconds": -1}, {"late": 1}])
def test_a_wrong_setting_is_refused_with_a_sentence(aws, bad):
    with pytest.raises(ValueError, match=r"must be|Say how"):
        aws.admin("PUT", "/_events", bad)


def test_a_burst_of_uploads_starts_an_execution_each(aws):
    before = len(executions(aws))
    pattern = {"source": ["aws.s3"], "detail": {"object": {"key": [{"prefix": "burst/"}]}}}
    make_rule(aws, "burst", pattern, Arn=MACHINE + "orders", RoleArn=ROLE + "rule")
    s3 = aws.client("s3")
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: s3.put_object(Bucket="documents", Key=f"burst/{n}", Body=b""), range(200)))
    assert settled(aws)
    assert len(executions(aws)) == before + 200


def total(aws, metric, rule):
    now = datetime.fromtimestamp(aws.admin("GET", "/_clock")["now"], UTC)
    named = [{"Name": "RuleName", "Value": rule}]
    query = {"Metric": {"Namespace": "AWS/Events", "MetricName": metric, "Dimensions": named}}
    (result,) = aws.client("cloudwatch").get_metric_data(
        StartTime=now - timedelta(hours=12),
        EndTime=now + timedelta(hours=12),
        MetricDataQueries=[{"Id": "m", "MetricStat": query | {"Period": DAY, "Stat": "Sum"}}],
    )["MetricDataResults"]
    return sum(result["Values"])
