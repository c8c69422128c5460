"""trade-extraction: turns a document's canonical JSON into a structured trade."""

import json
from typing import Any

from botocore.exceptions import ClientError

from harness.agents.aws import Aws, Table
from harness.agents.replies import SOURCE_TYPE, TEXT, RefusalError, check, document_of, no_tokens, payload_schema
from harness.agents.trade_extraction.trade import MissingFieldsError, trade_in

_PAYLOAD = payload_schema(
    document_id=TEXT,
    source_type=SOURCE_TYPE,
    canonical_output_location={"type": "string", "pattern": r"^s3://[^/]+/.+"},
)
_PAGE = {"number", "height", "text", "lines", "boxes"}
_MISSING = {"NoSuchKey", "NoSuchBucket", "404"}


def trades(aws: Aws) -> Table:
    """Return the table of trades: {"source_type", "document" (with its version), "trade_id", "trade": JSON}."""
    return Table(aws, "trades", "source_type", "document")


def handle(payload: dict[str, Any], aws: Aws) -> dict[str, Any]:
    """Extract one trade and store it.

    Raises RefusalError with MISSING_FIELD (and `missing_fields`), CANONICAL_NOT_FOUND or DATA_ERROR.
    """
    check(payload, _PAYLOAD)
    canonical = _canonical(aws, payload["canonical_output_location"])
    try:
        trade = trade_in(canonical["pages"], payload["source_type"])
    except MissingFieldsError as error:
        raise RefusalError(
            "MISSING_FIELD",
            f"The confirmation does not say clearly: {error}.",
            missing_fields=sorted(error.missing),
            reason_codes=["MISSING_FIELD"],
        ) from None
    item = {"source_type": payload["source_type"], "document": document_of(payload)}
    trades(aws).put({**item, "trade_id": trade["trade_id"], "trade": json.dumps(trade)})
    return {
        "success": True,
        "trade_id": trade["trade_id"],
        "agent_response": f"Extracted {trade['product_type']} {trade['trade_id']}.",
        "token_usage": no_tokens(),
    }


def _canonical(aws: Aws, location: str) -> dict[str, Any]:
    bucket, key = location.removeprefix("s3://").split("/", 1)
    try:
        body = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise
        raise RefusalError("CANONICAL_NOT_FOUND", f"There is no object {location}.") from None
    try:
        canonical = json.loads(body)
        whole = bool(canonical["pages"]) and all(page.keys() >= _PAGE for page in canonical["pages"])
    except (ValueError, LookupError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise RefusalError("DATA_ERROR", f"{location} is not the canonical JSON of a document.")
    return canonical
