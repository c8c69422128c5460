"""CloudWatch Logs encrypts a log group only with a key whose policy lets it, and lists it while it is written to.

moto accepts any key, and fails when a log stream is made while it looks through them.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from functools import wraps
from typing import Any

from moto.logs.models import LogGroup, LogsBackend

from harness.embedded.errors import AwsError
from harness.embedded.iam import key_lets

_ACTIONS = ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey")


class _Streams(dict):
    """The streams of a log group; what iterates sees those that were there when it began."""

    def items(self) -> list[tuple[str, Any]]:
        return list(super().items())

    def values(self) -> list[Any]:
        return list(super().values())


def install() -> None:
    """Check the key's policy when a log group is created with a key, and let streams be made while they are listed."""
    create, make = LogsBackend.create_log_group, LogGroup.__init__

    @wraps(make)
    def make_group(group: LogGroup, *args: Any, **named: Any) -> None:
        make(group, *args, **named)
        group.streams = _Streams()

    @wraps(create)
    def create_log_group(backend: LogsBackend, log_group_name: str, tags: Any, **named: Any) -> Any:
        if key := named.get("kmsKeyId"):
            _check(backend, log_group_name, key)
        return create(backend, log_group_name, tags, **named)

    LogsBackend.create_log_group = create_log_group
    LogGroup.__init__ = make_group


def _check(backend: LogsBackend, name: str, key_arn: str) -> None:
    arn = f"arn:{backend.partition}:logs:{backend.region_name}:{backend.account_id}:log-group:{name}"
    context = {"kms:EncryptionContext:aws:logs:arn": arn}
    service = f"logs.{backend.region_name}.amazonaws.com"
    if not all(key_lets(key_arn, service, f"kms:{action}", context) for action in _ACTIONS):
        message = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
        raise AwsError("InvalidParameterException", message)
