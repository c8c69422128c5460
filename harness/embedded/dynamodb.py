"""DynamoDB's operations are atomic; in moto another thread may write between a check and its write, or amid a read."""

import threading
from typing import Any

from moto.dynamodb.responses import DynamoHandler

_LOCK = threading.Lock()


def install() -> None:
    """Let one operation happen at a time: each keeps the interpreter busy anyhow."""
    call_action = DynamoHandler.call_action

    def alone(response: DynamoHandler) -> Any:
        with _LOCK:
            return call_action(response)

    DynamoHandler.call_action = alone
