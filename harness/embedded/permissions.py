"""Which IAM actions on which resources an API call needs.

Each action and its resource types: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from harness.embedded.encryption import key_uses
from harness.embedded.functions.names import arn as function_arn
from harness.embedded.policy import ANY


@dataclass(frozen=True)
class Need:
    """One action that must be allowed on each of `resources`, with the condition keys that the request carries."""

    action: str
    resources: tuple[str, ...]
    conditions: Mapping[str, str] = field(default_factory=dict)


def _anywhere(service: str, actions: str) -> list[Need]:
    return [Need(f"{service}:{action}", ("*",)) for action in actions.split()]


# What Step Functions itself does with the role of a state machine that logs, or is traced.
# https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
LOG_DELIVERY = _anywhere(
    "logs",
    "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery ListLogDeliveries "
    "PutResourcePolicy UpdateLogDelivery",
)
# https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html
TRACING = _anywhere("xray", "GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments")


def machine_key(key_arn: str, state_machine_arn: str) -> list[Need]:
    """Return what the role of a state machine that is encrypted with a customer-managed key needs of the key.

    https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    """
    context = {"kms:EncryptionContext:aws:states:stateMachineArn": state_machine_arn}
    return [Need(action, (key_arn,), context) for action in ("kms:Decrypt", "kms:GenerateDataKey")]


@dataclass(frozen=True)
class _Call:
    parameters: Mapping[str, Any]
    account: str
    region: str

    def arn(self, service: str, kind: str, name: str) -> str:
        """Name a resource of the call's account and region, or leave an ARN as it is."""
        if name.startswith("arn:"):
            return name
        return f"arn:{get_partition(self.region)}:{service}:{self.region}:{self.account}:{kind}/{name.lstrip('/')}"


def needs_of(service: str, operation: str, parameters: Mapping[str, Any], account: str, region: str) -> list[Need]:
    """Return what a call of `operation` of `service` (both named as in botocore) needs.

    The use of a customer-managed key that encrypts the resource is included. An operation that nobody has written down
    needs the action of its name, on whatever resource.
    """
    rule = _RULES.get((service, operation)) or _needs_on(service, operation, lambda _: (ANY,))
    needs = list(rule(_Call(parameters, account, region)))
    uses = {
        (use.action, use.key_arn, resource): use
        for need in needs
        for resource in need.resources
        for use in key_uses(need.action, resource, parameters, account, region)
    }
    return needs + [Need(use.action, (use.key_arn,), use.conditions) for use in uses.values()]


def _runtime(call: _Call) -> tuple[str, ...]:
    arn = call.parameters["agentRuntimeArn"]
    return arn, f"{arn}/runtime-endpoint/{call.parameters.get('qualifier', 'DEFAULT')}"


def _table(call: _Call) -> tuple[str, ...]:
    table = call.arn("dynamodb", "table", call.parameters["TableName"])
    return (f"{table}/index/{call.parameters['IndexName']}" if "IndexName" in call.parameters else table,)


def _queue(call: _Call) -> tuple[str, ...]:
    *_, account, name = ("", call.account, *urlsplit(call.parameters["QueueUrl"]).path.strip("/").split("/"))
    return (f"arn:{get_partition(call.region)}:sqs:{call.region}:{account}:{name}",)


def _parameter(call: _Call) -> tuple[str, ...]:
    return (call.arn("ssm", "parameter", call.parameters["Name"]),)


def _parameters(call: _Call) -> tuple[str, ...]:
    return tuple(call.arn("ssm", "parameter", name) for name in call.parameters["Names"])


def _buses(call: _Call) -> tuple[str, ...]:
    names = {entry.get("EventBusName", "default") for entry in call.parameters["Entries"]}
    return tuple(call.arn("events", "event-bus", name) for name in sorted(names))


def _named_by(member: str) -> Callable[[_Call], tuple[str, ...]]:
    return lambda call: (call.parameters[member],)


def _everything(_: _Call) -> tuple[str, ...]:
    return ("*",)


def _object(call: _Call) -> Iterator[Need]:
    """Return what reading an object needs: to learn that it does not exist, one must be allowed to list the bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    """
    name, key, version = (call.parameters.get(member) for member in ("Bucket", "Key", "VersionId"))
    bucket = f"arn:{get_partition(call.region)}:s3:::{name}"
    yield Need("s3:GetObjectVersion" if version else "s3:GetObject", (f"{bucket}/{key}",))
    known = get_backend("s3")[call.account][get_partition(call.region)].buckets
    if name in known and key not in known[name].keys:
        yield Need("s3:ListBucket", (bucket,))


def _put_object(call: _Call) -> list[Need]:
    bucket = f"arn:{get_partition(call.region)}:s3:::{call.parameters['Bucket']}"
    return [Need("s3:PutObject", (f"{bucket}/{call.parameters['Key']}",))]


def _list_objects(call: _Call) -> list[Need]:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
    return [Need("s3:ListBucket", (f"arn:{get_partition(call.region)}:s3:::{call.parameters['Bucket']}",))]


def _function(call: _Call) -> list[Need]:
    name, qualifier = call.parameters["FunctionName"], call.parameters.get("Qualifier")
    return [Need("lambda:InvokeFunction", (function_arn(name, qualifier, call.account, call.region),))]


def _metrics(call: _Call) -> Iterator[Need]:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
    yield Need("cloudwatch:PutMetricData", ("*",), {"cloudwatch:namespace": call.parameters["Namespace"]})


def _transaction(call: _Call) -> Iterator[Need]:
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    actions = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
    for item in call.parameters["TransactItems"]:
        for kind, action in actions.items():
            if kind in item:
                yield Need(f"dynamodb:{action}", _table(_Call(item[kind], call.account, call.region)))


_ON: dict[tuple[str, str], Callable[[_Call], tuple[str, ...]]] = {
    ("bedrock-agentcore", "InvokeAgentRuntime"): _runtime,
    ("bedrock-agentcore", "StopRuntimeSession"): _runtime,
    ("dynamodb", "DeleteItem"): _table,
    ("dynamodb", "GetItem"): _table,
    ("dynamodb", "PutItem"): _table,
    ("dynamodb", "Query"): _table,
    ("dynamodb", "Scan"): _table,
    ("dynamodb", "UpdateItem"): _table,
    ("events", "PutEvents"): _buses,
    ("sns", "Publish"): _named_by("TopicArn"),
    ("sqs", "SendMessage"): _queue,
    ("ssm", "DeleteParameter"): _parameter,
    ("ssm", "GetParameter"): _parameter,
    ("ssm", "GetParameters"): _parameters,
    ("ssm", "PutParameter"): _parameter,
    ("stepfunctions", "StartExecution"): _named_by("stateMachineArn"),
    ("stepfunctions", "StartSyncExecution"): _named_by("stateMachineArn"),
    ("xray", "PutTraceSegments"): _everything,
}


# Services whose actions have another prefix than botocore's name of the service.
_PREFIXES = {"bedrock-runtime": "bedrock", "opensearch": "es", "stepfunctions": "states"}


def _needs_on(service: str, operation: str, resources: Callable[[_Call], tuple[str, ...]]) -> Callable[..., list[Need]]:
    prefix = _PREFIXES.get(service, service)
    return lambda call: [Need(f"{prefix}:{operation}", resources(call))]


_RULES: dict[tuple[str, str], Callable[[_Call], Iterator[Need] | list[Need]]] = {
    **{(service, operation): _needs_on(service, operation, on) for (service, operation), on in _ON.items()},
    ("cloudwatch", "PutMetricData"): _metrics,
    ("dynamodb", "TransactWriteItems"): _transaction,
    ("lambda", "Invoke"): _function,
    ("s3", "GetObject"): _object,
    ("s3", "HeadObject"): _object,
    ("s3", "ListObjectsV2"): _list_objects,
    ("s3", "PutObject"): _put_object,
}
