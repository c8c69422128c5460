"""The probes of what is added to moto's services other than Step Functions."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from harness.embedded.agentcore import runtime_arn
from tests.seams.machines import DONE, LIMIT, ROLE, make_machine, run, wait_for
from tests.tables import KEYED_BY_ID

ACCOUNT, REGION = "123456789012", "us-east-1"
KEYS = {"aws_access_key_id": "embedded", "aws_secret_access_key": "embedded"}


def agentcore(aws):
    aws.admin("PUT", "/_agents/pdf-adapter", [{"reply": {"success": True}}])
    client = aws.client("bedrock-agentcore")
    response = client.invoke_agent_runtime(agentRuntimeArn=runtime_arn("pdf-adapter"), payload=b"{}")
    assert json.load(response["response"]) == {"success": True}


def alarm_states(aws):
    cloudwatch = aws.client("cloudwatch")
    metric = {"Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    for name in ("dev-failing", "dev-fine", "prod-failing"):
        judged = {"Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
        cloudwatch.put_metric_alarm(AlarmName=name, **metric, **judged)
        state = "ALARM" if name.endswith("-failing") else "OK"
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="because")
    found = cloudwatch.describe_alarms(AlarmNamePrefix="dev-", StateValue="ALARM")["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == ["dev-failing"]


def composite_alarms(aws):
    cloudwatch = aws.client("cloudwatch")
    arguments = {
        "AlarmName": "down",
        "AlarmDescription": "Look at…",
        "AlarmRule": "ALARM(failed)",
        "AlarmActions": ["arn:a"],
    }
    cloudwatch.put_composite_alarm(**arguments)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["down"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert alarm.items() >= arguments.items()


def cloudwatch_dashboards(aws):
    body = json.dumps({"widgets": []})
    aws.client("cloudwatch").put_dashboard(DashboardName="global", DashboardBody=body)
    elsewhere = boto3.client("cloudwatch", "eu-west-1", endpoint_url=aws.url, **KEYS)
    assert elsewhere.get_dashboard(DashboardName="global")["DashboardBody"] == body
    elsewhere.delete_dashboards(DashboardNames=["global"])
    assert not aws.client("cloudwatch").list_dashboards()["DashboardEntries"]


def metric_data(aws):
    """Three metrics of one name: each is found by itself, and no fourth one."""
    cloudwatch, day, now = aws.client("cloudwatch"), timedelta(days=1), datetime.now(UTC)
    desk = [{"Name": "Desk", "Value": "FX"}]
    identities = [("Ours", desk), ("Ours", []), ("Others", desk), ("Others", [])]
    metrics = [{"Namespace": name, "MetricName": "Runs", "Dimensions": dimensions} for name, dimensions in identities]
    for metric in metrics[:3]:
        datum = {"MetricName": "Runs", "Dimensions": metric["Dimensions"], "Value": 1}
        cloudwatch.put_metric_data(Namespace=metric["Namespace"], MetricData=[datum])
    stats = [{"Metric": metric, "Period": 86_400, "Stat": "Sum"} for metric in metrics]
    queries = [{"Id": f"m{number}", "MetricStat": stat} for number, stat in enumerate(stats)]
    results = cloudwatch.get_metric_data(StartTime=now - day, EndTime=now + day, MetricDataQueries=queries)
    assert [sum(found["Values"]) for found in results["MetricDataResults"]] == [1, 1, 1, 0]


def metric_math(aws):
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_data(Namespace="Maths", MetricData=[{"MetricName": "m", "Value": 2}])
    now = datetime.now(UTC)
    stat = {"Metric": {"Namespace": "Maths", "MetricName": "m"}, "Period": 86_400, "Stat": "Sum"}
    queries = [{"Id": "m", "MetricStat": stat, "ReturnData": False}, {"Id": "e", "Expression": "100 * FILL(m, 0) / m"}]
    day = timedelta(days=1)
    (result,) = cloudwatch.get_metric_data(StartTime=now - day, EndTime=now + day, MetricDataQueries=queries)[
        "MetricDataResults"
    ]
    assert result["Values"] == [100]


def metric_list(aws):
    cloudwatch = aws.client("cloudwatch")
    dimensions = [{"Name": "Agent", "Value": "pdf-adapter"}, {"Name": "Error", "Value": "AgentTimeout"}]
    for order in (dimensions, dimensions[::-1]):
        datum = {"MetricName": "StepErrors", "Dimensions": order, "Value": 1}
        cloudwatch.put_metric_data(Namespace="Listed", MetricData=[datum])
    assert len(cloudwatch.list_metrics(Namespace="Listed", Dimensions=dimensions[:1])["Metrics"]) == 1


def service_metrics(aws):
    machine = make_machine(aws, "measured", DONE, "STANDARD")
    run(aws, machine, {})
    now = datetime.fromtimestamp(aws.admin("GET", "/_clock")["now"], UTC)
    (point,) = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/States",
        MetricName="ExecutionsSucceeded",
        Dimensions=[{"Name": "StateMachineArn", "Value": machine}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert point["Sum"] == 1


def dynamodb_atomicity(aws):
    """Eight claim an item and one gets it; moto copies the item between check and write, which takes long here."""
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(TableName="ledger", **KEYED_BY_ID)
    much = {"L": [{"N": str(number)} for number in range(5000)]}

    def claim(document):
        try:
            dynamodb.update_item(
                TableName="ledger",
                Key={"id": {"S": document}},
                UpdateExpression="SET claimed = :yes",
                ConditionExpression="attribute_not_exists(claimed)",
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        for document in map(str, range(LIMIT["rounds"])):
            dynamodb.put_item(TableName="ledger", Item={"id": {"S": document}, "much": much})
            assert sum(pool.map(claim, [document] * 8)) == 1


def dynamodb_encryption(aws):
    dynamodb, key = aws.client("dynamodb"), aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    dynamodb.create_table(TableName="encrypted", **KEYED_BY_ID)
    change = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    dynamodb.update_table(TableName="encrypted", SSESpecification=change)
    described = dynamodb.describe_table(TableName="encrypted")["Table"]
    assert described.get("SSEDescription", {}).get("KMSMasterKeyArn") == key
    dynamodb.update_table(TableName="encrypted", SSESpecification={"Enabled": False})
    assert "SSEDescription" not in dynamodb.describe_table(TableName="encrypted")["Table"]


def iam_policies(aws):
    iam, trust = aws.client("iam"), json.dumps({"Statement": []})
    managed = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess"
    iam.create_role(RoleName="bounded", AssumeRolePolicyDocument=trust, PermissionsBoundary=managed)
    missing = f"arn:aws:iam::{ACCOUNT}:policy/missing"
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="does not exist or is not attachable"):
        iam.create_role(RoleName="unbounded", AssumeRolePolicyDocument=trust, PermissionsBoundary=missing)
    with pytest.raises(iam.exceptions.NoSuchEntityException, match="does not exist or is not attachable"):
        iam.put_role_permissions_boundary(RoleName="bounded", PermissionsBoundary=missing)
    iam.delete_role(RoleName="bounded")


def events_delivery(aws):
    machine = make_machine(aws, "delivered", DONE, "STANDARD")
    events, states = aws.client("events"), aws.client("stepfunctions")
    events.put_rule(Name="any", EventPattern='{"detail": {"key": [{"wildcard": "*.pdf"}]}}')
    events.put_targets(Rule="any", Targets=[{"Id": "machine", "Arn": machine, "RoleArn": ROLE}])
    events.put_events(Entries=[{"Source": "seams", "DetailType": "Test", "Detail": '{"key": "a.pdf"}'}])
    wait_for(lambda: states.list_executions(stateMachineArn=machine)["executions"])


def logs_filters(aws):
    client, stream = aws.client("logs"), {"logGroupName": "filtered", "logStreamName": "one"}
    client.create_log_group(logGroupName="filtered")
    client.create_log_stream(**stream)
    now = int(aws.admin("GET", "/_clock")["now"] * 1000)
    messages = [json.dumps({"type": kind, "n": n}) for n, kind in enumerate(["Entered", "Exited", "Failed"])]
    client.put_log_events(**stream, logEvents=[{"timestamp": now, "message": message} for message in messages])

    def found(pattern):
        events = client.filter_log_events(logGroupName="filtered", filterPattern=pattern)["events"]
        return [json.loads(event["message"])["type"] for event in events]

    assert found('{ $.type = "E*" && $.n > 0 }') == ["Exited"]
    assert found("?Entered ?Failed") == ["Entered", "Failed"]
    assert found("-Failed") == ["Entered", "Exited"]
    with pytest.raises(client.exceptions.InvalidParameterException, match="cannot evaluate"):
        found("{ $.type IS NULL }")


def logs_keys(aws):
    kms, logs, group = aws.client("kms"), aws.client("logs"), f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:secret"
    key = kms.create_key()["KeyMetadata"]["Arn"]
    with pytest.raises(logs.exceptions.InvalidParameterException, match="is not allowed to be used with Arn"):
        logs.create_log_group(logGroupName="secret", kmsKeyId=key)
    context = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}}
    allow = {"Effect": "Allow", "Principal": {"Service": f"logs.{REGION}.amazonaws.com"}, "Action": "kms:*"}
    policy = {"Version": "2012-10-17", "Statement": {**allow, "Resource": "*", "Condition": context}}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    logs.create_log_group(logGroupName="secret", kmsKeyId=key)


def s3_encoded_versions(aws):
    s3, bucket = aws.client("s3"), "seams-versions"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="100%25 + Ü.pdf", Body=b"a")
    listed = s3.list_object_versions(Bucket=bucket, EncodingType="url")  # given, so the client does not decode
    assert [version["Key"] for version in listed["Versions"]] == ["100%2525%20%2B%20%C3%9C.pdf"]


def s3_bucket_policies(aws):
    s3, bucket = aws.client("s3"), "seams-policies"
    s3.create_bucket(Bucket=bucket)
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    statements = [
        {"Sid": "Tls", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*", "Condition": plain},
        {"Sid": "Closed", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/closed/*"},
    ]
    policy = [{"Effect": "Deny", "Principal": "*", **statement} for statement in statements]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": policy}))
    s3.put_object(Bucket=bucket, Key="open/a.pdf", Body=b"a")
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket=bucket, Key="closed/a.pdf", Body=b"a")


def scheduler(aws):
    machine = make_machine(aws, "scheduled", DONE, "STANDARD")
    aws.client("scheduler").create_schedule(
        Name="sweep",
        ScheduleExpression="rate(5 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": machine, "RoleArn": ROLE, "Input": '{"now": "<aws.scheduler.scheduled-time>"}'},
    )
    states = aws.client("stepfunctions")
    (execution, *_) = wait_for(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    assert "T" in json.loads(states.describe_execution(executionArn=execution["executionArn"])["input"])["now"]


def lambda_functions(aws):
    aws.admin("PUT", "/_functions/absolute", {"python": "tests.seams.services:absolute"})
    assert json.load(aws.client("lambda").invoke(FunctionName="absolute", Payload=b"-2")["Payload"]) == 2


def absolute(event, _context):
    return abs(event)


def sqs_visibility(aws):
    sqs = aws.client("sqs")
    queue = {"QueueUrl": sqs.create_queue(QueueName="letters")["QueueUrl"]}
    sqs.send_message(**queue, MessageBody="one")
    (message,) = sqs.receive_message(**queue, VisibilityTimeout=60)["Messages"]
    change = {**queue, "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
    sqs.change_message_visibility(**change)
    wait_for(lambda: "Messages" in sqs.receive_message(**queue, VisibilityTimeout=0))
    with pytest.raises(sqs.exceptions.MessageNotInflight):
        sqs.change_message_visibility(**change)


def xray_groups(aws):
    xray = aws.client("xray")
    tags = [{"Key": "k", "Value": "v"}]
    created = xray.create_group(GroupName="workflow", FilterExpression='service("workflow")', Tags=tags)["Group"]
    found = xray.get_group(GroupARN=created["GroupARN"])["Group"]
    assert found["FilterExpression"] == 'service("workflow")'
    assert xray.list_tags_for_resource(ResourceARN=created["GroupARN"])["Tags"] == tags
    with pytest.raises(xray.exceptions.InvalidRequestException):
        xray.create_group(GroupName="wrong", FilterExpression="?")
    rule = {"RuleName": "all", "ResourceARN": "*", "Priority": 1, "FixedRate": 0.5, "ReservoirSize": 1}
    rule |= {"ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1}
    xray.create_sampling_rule(SamplingRule=rule)
    (record,) = xray.get_sampling_rules()["SamplingRuleRecords"]
    assert record["SamplingRule"].items() >= rule.items()


def xray_traces(aws):
    xray, now = aws.client("xray"), time.time()
    trace_id = f"1-{int(now):08x}-{'0' * 24}"
    times = {"start_time": now - 2, "end_time": now - 1}
    call = {"id": "b" * 16, "name": "PDFAdapter", **times, "fault": True, "annotations": {"agent": "pdf-adapter"}}
    segment = {"id": "a" * 16, "name": "workflow", "trace_id": trace_id, **times, "subsegments": [call]}
    milliseconds = {**segment, "start_time": now * 1000}
    put = xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(milliseconds), json.dumps(segment)])
    assert [part["Message"] for part in put["UnprocessedTraceSegments"]] == [
        "Invalid start_time: seconds since the epoch."
    ]
    (summary,) = xray.get_trace_summaries(
        StartTime=now - 60, EndTime=now, FilterExpression='annotation.agent = "pdf-adapter" AND fault'
    )["TraceSummaries"]
    assert summary["Id"] == trace_id
    assert summary["Annotations"]["agent"][0]["AnnotationValue"] == {"StringValue": "pdf-adapter"}


def operations(aws):
    with pytest.raises(ClientError, match=r"InvalidAction.*DescribeAlarmHistory"):
        aws.client("cloudwatch").describe_alarm_history()


PROBES = {
    "agentcore": agentcore,
    "cloudwatch.alarm-states": alarm_states,
    "cloudwatch.composite-alarms": composite_alarms,
    "cloudwatch.dashboards": cloudwatch_dashboards,
    "cloudwatch.metric-data": metric_data,
    "cloudwatch.metric-list": metric_list,
    "cloudwatch.metric-math": metric_math,
    "cloudwatch.service-metrics": service_metrics,
    "dynamodb.atomicity": dynamodb_atomicity,
    "dynamodb.encryption": dynamodb_encryption,
    "events.delivery": events_delivery,
    "iam.policies": iam_policies,
    "lambda.functions": lambda_functions,
    "logs.filters": logs_filters,
    "logs.keys": logs_keys,
    "operations": operations,
    "s3.bucket-policies": s3_bucket_policies,
    "s3.encoded-versions": s3_encoded_versions,
    "scheduler": scheduler,
    "sqs.visibility": sqs_visibility,
    "xray.groups": xray_groups,
    "xray.traces": xray_traces,
}
