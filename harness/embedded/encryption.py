"""Which customer-managed key encrypts a resource, and what of it a caller of the resource needs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from moto.backends import get_backend
from moto.utilities.utils import get_partition

_Key = str | None  # key id, key ARN, alias or alias ARN


@dataclass(frozen=True)
class KeyUse:
    """A KMS action that a service makes with a key, in the caller's name."""

    action: str
    key_arn: str
    conditions: Mapping[str, str]


def key_uses(action: str, resource: str, parameters: Mapping[str, Any], account: str, region: str) -> Iterator[KeyUse]:
    """Yield each use of a customer-managed key that `action` on `resource` makes."""
    service = action.partition(":")[0]
    actions = _ACTIONS.get(action) or _ACTIONS.get(f"{service}:*")
    if not actions or ":" not in resource:
        return
    key = (_KEYS.get(action) or _KEYS[service])(account, region, resource.split(":", 5)[5], parameters)
    if key and (arn := _customer_managed(account, region, key)):
        conditions = {
            "kms:ViaService": f"{service}.{region}.amazonaws.com",
            "kms:CallerAccount": account,
            **{f"kms:EncryptionContext:{name}": value for name, value in _context(resource, account).items()},
        }
        for needed in actions:
            yield KeyUse(needed, arn, conditions)


# What a caller needs of the key, by what it does to the resource.
_ACTIONS: dict[str, tuple[str, ...]] = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
    "dynamodb:*": ("kms:Decrypt",),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
    "s3:GetObject": ("kms:Decrypt",),
    "s3:GetObjectVersion": ("kms:Decrypt",),
    "s3:PutObject": ("kms:GenerateDataKey",),
    # https://docs.aws.amazon.com/step-functions/latest/dg/encryption-at-rest.html
    "states:StartSyncExecution": ("kms:Decrypt",),
    # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    "sns:Publish": ("kms:Decrypt", "kms:GenerateDataKey"),
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    "sqs:SendMessage": ("kms:Decrypt", "kms:GenerateDataKey"),
    # https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
    "ssm:GetParameters": ("kms:Decrypt",),
}


def _context(resource: str, account: str) -> dict[str, str]:
    """Return the encryption context that the service of a resource passes; the pages are those of `_ACTIONS`."""
    service, name = resource.split(":", 5)[2], resource.split(":", 5)[5]
    if service == "dynamodb":
        return {"aws:dynamodb:tableName": name.split("/")[1], "aws:dynamodb:subscriberId": account}
    if service == "states":  # of the state machine, also where a version or an alias is started
        return {"aws:states:stateMachineArn": ":".join(resource.split(":")[:7])}
    return {
        {"s3": "aws:s3:arn", "sns": "aws:sns:topicArn", "sqs": "aws:sqs:arn", "ssm": "PARAMETER_ARN"}[service]: resource
    }


def _table_key(account: str, region: str, name: str, _: Mapping[str, Any]) -> _Key:
    table = get_backend("dynamodb")[account][region].tables.get(name.split("/")[1])
    return ((table.sse_specification or {}) if table else {}).get("KMSMasterKeyId")


def _object_key(account: str, region: str, name: str, _: Mapping[str, Any]) -> _Key:
    bucket, _, key = name.partition("/")
    buckets = get_backend("s3")[account][get_partition(region)].buckets
    found = buckets[bucket].keys.get(key) if bucket in buckets else None
    return found.kms_key_id if getattr(found, "encryption", None) == "aws:kms" else None  # a delete marker has none


def _new_object_key(account: str, region: str, name: str, parameters: Mapping[str, Any]) -> _Key:
    """Return the key that the request names, or that of the bucket."""
    bucket = get_backend("s3")[account][get_partition(region)].buckets.get(name.partition("/")[0])
    rule = ((bucket.encryption if bucket else None) or {}).get("Rule", {})
    default = rule.get("ApplyServerSideEncryptionByDefault", {})
    if parameters.get("ServerSideEncryption", default.get("SSEAlgorithm")) != "aws:kms":
        return None
    return parameters.get("SSEKMSKeyId") or default.get("KMSMasterKeyID")


def _topic_key(account: str, region: str, name: str, _: Mapping[str, Any]) -> _Key:
    return next(
        (t.kms_master_key_id for t in get_backend("sns")[account][region].topics.values() if t.name == name), None
    )


def _queue_key(account: str, region: str, name: str, _: Mapping[str, Any]) -> _Key:
    queue = get_backend("sqs")[account][region].queues.get(name)
    return queue.kms_master_key_id if queue else None


def _parameter_key(account: str, region: str, name: str, parameters: Mapping[str, Any]) -> _Key:
    if not parameters.get("WithDecryption"):
        return None
    found = get_backend("ssm")[account][region].get_parameter(f"/{name.partition('/')[2]}")
    return found.keyid if found and found.parameter_type == "SecureString" else None


def _machine_key(account: str, region: str, name: str, parameters: Mapping[str, Any]) -> _Key:
    if parameters.get("includedData") == "METADATA_ONLY":
        return None
    machines = get_backend("stepfunctions")[account][region].state_machines
    found = next((machine for machine in machines if machine.name == name.split(":")[1]), None)
    return found.encryptionConfiguration.get("kmsKeyId") if found else None


# By the service of the resource, or by the action where that decides.
_KEYS: dict[str, Callable[[str, str, str, Mapping[str, Any]], _Key]] = {
    "dynamodb": _table_key,
    "s3": _object_key,
    "s3:PutObject": _new_object_key,
    "sns": _topic_key,
    "sqs": _queue_key,
    "ssm": _parameter_key,
    "states": _machine_key,
}


def _customer_managed(account: str, region: str, key: str) -> str | None:
    """Return the key's ARN; None for a key of AWS, whose policy lets everybody use it through its service."""
    keys = get_backend("kms")[account][region]
    found = keys.keys.get(keys.any_id_to_key_id(key))
    if found is None or any(alias.startswith("alias/aws/") for alias in found.aliases):
        return None
    return found.arn
