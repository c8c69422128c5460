"""The ledger of documents: one record for each document and version."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from harness.stack import Stack

UNFINISHED = ("RUNNING", "DEFERRED")  # statuses of documents that are under way, or wait to go on


def records(stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Yield every record, as plain values: texts, numbers as texts, lists of these."""
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.outputs["ledger_table_name"], ConsistentRead=True):
        yield from map(_values, page["Items"])


def versions(stack: Stack, source_type: str, document_id: str) -> list[Mapping[str, Any]]:
    """Return the records of one document, one for each version."""
    found = stack.client("dynamodb").query(
        TableName=stack.outputs["ledger_table_name"],
        KeyConditionExpression="document = :document",
        ExpressionAttributeValues={":document": {"S": f"{source_type}#{document_id}"}},
        ConsistentRead=True,
    )
    return [_values(item) for item in found["Items"]]


def deferred(stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Yield the records of deferred documents."""
    pages = stack.client("dynamodb").get_paginator("query")
    for page in pages.paginate(
        TableName=stack.outputs["ledger_table_name"],
        IndexName="due",
        KeyConditionExpression="#status = :deferred",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":deferred": {"S": "DEFERRED"}},
    ):
        yield from map(_values, page["Items"])


def failed(stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Yield the records of failed documents whose exception is raised: no index has them, so all records are read."""
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(
        TableName=stack.outputs["ledger_table_name"],
        FilterExpression="#status = :failed",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":failed": {"S": "FAILED"}},
        ConsistentRead=True,
    ):
        yield from map(_values, page["Items"])


def bring_forward(stack: Stack, record: Mapping[str, Any]) -> None:
    """Let a deferred document be due now, unless it has gone on or is due already."""
    client = stack.client("dynamodb")
    with contextlib.suppress(client.exceptions.ConditionalCheckFailedException):
        client.update_item(
            TableName=stack.outputs["ledger_table_name"],
            Key={name: {"S": record[name]} for name in ("document", "version")},
            UpdateExpression="SET due_at = :now",
            ConditionExpression="#status = :deferred AND claim = :claim AND due_at > :now",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":deferred": {"S": "DEFERRED"},
                ":claim": {"S": record["claim"]},
                ":now": {"S": written(stack.now())},
            },
        )


def forget(stack: Stack) -> None:
    """Delete every record of a stack in an embedded AWS. Raises ValueError for one in a real account."""
    if stack.endpoint is None:
        raise ValueError("The ledger of a real account is not forgotten.")
    client, table = stack.client("dynamodb"), stack.outputs["ledger_table_name"]
    for record in records(stack):
        client.delete_item(TableName=table, Key={name: {"S": record[name]} for name in ("document", "version")})


def written(moment: datetime) -> str:
    """Return a moment of UTC as records have it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _values(item: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    (plain,) = value.values()
    return [_plain(item) for item in plain] if isinstance(plain, list) else plain
