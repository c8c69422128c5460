"""DynamoDB's writes are atomic; moto checks a condition and then writes, and other threads write in between."""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.dynamodb.models import DynamoDBBackend

_WRITES = ("delete_item", "put_item", "transact_write_items", "update_item")
_LOCK = threading.RLock()


def install() -> None:
    """Let one write happen at a time."""
    for name in _WRITES:
        setattr(DynamoDBBackend, name, _alone(getattr(DynamoDBBackend, name)))


def _alone(write: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(write)
    def alone(*arguments: Any, **named: Any) -> Any:
        with _LOCK:
            return write(*arguments, **named)

    return alone
