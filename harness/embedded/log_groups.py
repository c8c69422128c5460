"""CloudWatch Logs encrypts a log group only with a key whose policy lets it; moto accepts any key.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from functools import wraps
from typing import Any

from moto.logs.models import LogsBackend

from harness.embedded.errors import AwsError
from harness.embedded.iam import key_lets

_ACTIONS = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey")


def install() -> None:
    """Check the key's policy when a log group is created with a key."""
    create = LogsBackend.create_log_group

    @wraps(create)
    def create_log_group(backend: LogsBackend, log_group_name: str, tags: Any, **named: Any) -> Any:
        if key := named.get("kmsKeyId"):
            _check(backend, log_group_name, key)
        return create(backend, log_group_name, tags, **named)

    LogsBackend.create_log_group = create_log_group


def _check(backend: LogsBackend, name: str, key_arn: str) -> None:
    arn = f"arn:{backend.partition}:logs:{backend.region_name}:{backend.account_id}:log-group:{name}"
    context = {"kms:EncryptionContext:aws:logs:arn": arn}
    service = f"logs.{backend.region_name}.amazonaws.com"
    if not all(key_lets(key_arn, service, f"kms:{action}", context) for action in _ACTIONS):
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
        raise AwsError("InvalidParameterException", message)
