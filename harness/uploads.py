"""The run that an upload started, found by the document's record."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

from harness.contract import SIDES
from harness.errors import HarnessError
from harness.ledger import versions
from harness.runs import Execution
from harness.stack import SYNC_SECONDS, Stack

FIELDS = ("outcome", "error", "document_id", "source_type", "correlation_id", "trade_id", "match_classification")


def side(stack: Stack, key: str) -> str:
    """Return for which side the upload of an object starts a run. Raises HarnessError where it starts none."""
    *folders, name = key.split("/")
    sides = [folder for folder in folders if folder in SIDES]
    if len(sides) != 1 or not name.lower().endswith(".pdf"):
        raise HarnessError(
            f"No upload of {key} starts a run: its name has to end in .pdf, and one folder of its key to be "
            f"{' or '.join(SIDES)}."
        )
    if not key.startswith(stack.document_prefixes):
        raise HarnessError(f"No upload of {key} starts a run: it is not under {' or '.join(stack.document_prefixes)}.")
    return sides[0]


def wait(stack: Stack, address: str, seconds: float = SYNC_SECONDS) -> Execution:
    """Wait for the outcome of the latest version of an uploaded document, and return the run that has it.

    Raises HarnessError where S3 shows no such object, no run started for it or will, or none ends in so many seconds;
    and ClientError.
    """
    bucket, _, key = address.removeprefix("s3://").partition("/")
    source_type, name = side(stack, key), key.rpartition("/")[2]
    try:
        found = stack.client("s3").head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "404":
            raise HarnessError(f"There is no object {address}: upload it first.") from error
        raise HarnessError(f"S3 does not show {address} ({code}): may you read objects of that bucket?") from error
    version = found.get("VersionId") or found["ETag"].strip('"')
    is_old = _age(found) > seconds
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        records = versions(stack, source_type, name[: -len(".pdf")])
        record = next((each for each in records if each["version"] == version), None)
        if record and "outcome" in record:
            return _execution(record)
        if not record and is_old:
            raise HarnessError(
                f"The ledger has no record of {address}, uploaded {found['LastModified']:%Y-%m-%d %H:%M} UTC: "
                "`make backfill` processes uploads from before `ingestion`, `make redrive SHOW=1` lists what failed."
            )
        time.sleep(stack.poll_seconds)
    raise HarnessError(f"The ledger has no outcome of {address} yet: `make redrive SHOW=1` lists the dead letters.")


def _age(found: Mapping[str, Any]) -> float:
    """Return for how many seconds an object has been there, by the clock of the S3 that says so."""
    now = parsedate_to_datetime(found["ResponseMetadata"]["HTTPHeaders"]["date"])
    return (now - found["LastModified"]).total_seconds()


def _execution(record: Any) -> Execution:
    result = {name: record.get(name) for name in (*FIELDS, "reason_codes", "exception_id", "confidence_score")}
    times = (datetime.fromisoformat(record[name]) for name in ("claimed_at", "finished_at"))
    status = "FAILED" if record["outcome"] == "FAILED" else "SUCCEEDED"
    return Execution(record["execution"], status, record.get("error"), result, *times)
