"""The ledger of documents: one record for each document and version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.stack import Stack


def records(stack: Stack) -> Iterator[Mapping[str, Any]]:
    """Give every record, as plain values: texts, numbers as texts, lists of these."""
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.outputs["ledger_table_name"], ConsistentRead=True):
        for item in page["Items"]:
            yield {name: _plain(value) for name, value in item.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    (plain,) = value.values()
    return [_plain(item) for item in plain] if isinstance(plain, list) else plain
