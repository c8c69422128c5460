"""pdf-adapter: reads a PDF from S3 and writes its words, with their place on the page, as canonical JSON to S3.

Canonical JSON: {"document_id", "source_type", "document_path", "pages": [{"number", "width", "height", "text",
"lines": [{"text", "words": [{"text", "x0", "x1", "top", "bottom", "size", "font"}]}],
"boxes": [[x0, top, x1, bottom]], "stamps": [{"kind": "turned" or "annotation", "text"}]}]}.
Lengths are points from the page's top left corner; boxes are the cells of ruled tables, stamps what is written
across the page.
"""

import hashlib
import json
import re
from typing import Any

from botocore.exceptions import ClientError

from harness.agents.aws import Aws
from harness.agents.pdf_reading import read_pdf
from harness.agents.replies import SOURCE_TYPE, TEXT, RefusalError, check, no_tokens, payload_schema

MAX_BYTES = 20 * 1024 * 1024

_PAYLOAD = payload_schema(
    document_path={"type": "string", "pattern": r"^s3://[^/]+/.+"}, source_type=SOURCE_TYPE, document_id=TEXT
)
_MISSING = {"NoSuchKey", "NoSuchBucket", "NoSuchVersion", "InvalidArgument", "404"}
_CHANGED = {"PreconditionFailed", "412"}
_ETAG = re.compile(r"[0-9a-f]{32}(-[0-9]{1,5})?")  # the version where the bucket keeps none
_LONGEST_NAME = 900  # bytes; a key has 1,024: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html


def handle(payload: dict[str, Any], aws: Aws) -> dict[str, Any]:
    """Read one document, in the version that the workflow claimed.

    Raises RefusalError with DOCUMENT_NOT_FOUND, DOCUMENT_CHANGED, TOO_LARGE, NOT_A_PDF, ENCRYPTED_PDF, UNREADABLE_PDF
    or NO_TEXT.
    """
    check(payload, _PAYLOAD)
    path, source_type, document_id = payload["document_path"], payload["source_type"], payload["document_id"]
    bucket, key = path.removeprefix("s3://").split("/", 1)
    version = payload.get("document_version") or ""
    pages = read_pdf(_download(aws, bucket, key, version))
    canonical = {
        "document_id": document_id,
        "source_type": source_type,
        "document_path": path,
        "document_version": version,
        "pages": pages,
    }
    output = f"extracted/{source_type}/{_name(document_id)}{f'/{version}' if version else ''}.json"
    aws.s3.put_object(
        Bucket=bucket,
        Key=output,
        Body=json.dumps(canonical, ensure_ascii=False).encode(),
        ContentType="application/json",
    )
    words = sum(len(line["words"]) for page in pages for line in page["lines"])
    return {
        "success": True,
        "canonical_output_location": f"s3://{bucket}/{output}",
        "agent_response": f"Read {words} words on {len(pages)} pages.",
        "token_usage": no_tokens(),
    }


def _name(document_id: str) -> str:
    name = document_id.encode()
    return document_id if len(name) <= _LONGEST_NAME else hashlib.sha256(name).hexdigest()


def _download(aws: Aws, bucket: str, key: str, version: str) -> bytes:
    which = {} if not version else {"IfMatch": version} if _ETAG.fullmatch(version) else {"VersionId": version}
    try:
        found = aws.s3.get_object(Bucket=bucket, Key=key, **which)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _CHANGED:
            raise RefusalError("DOCUMENT_CHANGED", f"s3://{bucket}/{key} was replaced after it was claimed.") from None
        if code not in _MISSING:
            raise
        raise RefusalError("DOCUMENT_NOT_FOUND", f"There is no object s3://{bucket}/{key}.") from None
    if found["ContentLength"] > MAX_BYTES:
        raise RefusalError(
            "TOO_LARGE", f"The document has {found['ContentLength']} bytes; this agent reads up to {MAX_BYTES}."
        )
    return found["Body"].read()
