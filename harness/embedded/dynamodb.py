"""DynamoDB's operations are atomic, and UpdateTable changes the encryption.

In moto another thread may write between a check and its write, or amid a read, and UpdateTable ignores the encryption.
"""

import threading
from functools import wraps
from typing import Any

from moto.dynamodb.responses import DynamoHandler


def make_atomic() -> None:
    """Let one operation happen at a time: each keeps the interpreter busy anyhow."""
    call_action = DynamoHandler.call_action
    lock = threading.Lock()

    def alone(response: DynamoHandler) -> Any:
        with lock:
            return call_action(response)

    DynamoHandler.call_action = alone


def update_encryption() -> None:
    """Let UpdateTable set the key of a table.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """
    update = DynamoHandler.update_table

    @wraps(update)
    def update_table(response: DynamoHandler) -> Any:
        if asked := response.body.get("SSESpecification"):
            table = response.dynamodb_backend.get_table(response.body["TableName"])
            default = table._get_default_encryption_key(response.current_account, response.region)
            key = asked.get("KMSMasterKeyId", default)
            table.sse_specification = {**asked, "KMSMasterKeyId": key} if asked.get("Enabled", True) else None
        return update(response)

    DynamoHandler.update_table = update_table
