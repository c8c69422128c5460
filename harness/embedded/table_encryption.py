"""DynamoDB's UpdateTable changes the encryption of a table; moto ignores SSESpecification.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from functools import wraps
from typing import Any

from moto.dynamodb.responses import DynamoHandler


def install() -> None:
    """Make UpdateTable set the key of a table, or return it to the one that DynamoDB owns."""
    update = DynamoHandler.update_table

    @wraps(update)
    def update_table(response: DynamoHandler) -> Any:
        if arguments := response.body.get("SSESpecification"):
            table = response.dynamodb_backend.get_table(response.body["TableName"])
            default = table._get_default_encryption_key(response.current_account, response.region)
            key = arguments.get("KMSMasterKeyId", default)
            table.sse_specification = {**arguments, "KMSMasterKeyId": key} if arguments.get("Enabled", True) else None
        return update(response)

    DynamoHandler.update_table = update_table
