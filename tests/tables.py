"""Tables in the embedded AWS."""

from typing import Any

# All that CreateTable needs beside the table's name.
KEYED_BY_ID: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
