"""pdf-adapter: reads a PDF from S3 and writes its words, with their place on the page, as canonical JSON to S3.

Canonical JSON: {"document_id", "source_type", "document_path", "pages": [{"number", "width", "height", "text",
"lines": [{"text", "words": [{"text", "x0", "x1", "top", "bottom", "size", "font"}]}],
"boxes": [[x0, top, x1, bottom]]}]}.
Lengths are points from the page's top left corner; boxes are the cells of ruled tables.
"""

import hashlib
import io
import json
import re
from functools import lru_cache
from typing import Any

import pdfplumber
from botocore.exceptions import ClientError
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from harness.agents.aws import Aws
from harness.agents.replies import SOURCE_TYPE, TEXT, RefusalError, check, no_tokens, payload_schema

MAX_BYTES = 20 * 1024 * 1024
MAX_PAGES = 200

_PAYLOAD = payload_schema(
    document_path={"type": "string", "pattern": r"^s3://[^/]+/.+"}, source_type=SOURCE_TYPE, document_id=TEXT
)
_MISSING = {"NoSuchKey", "NoSuchBucket", "NoSuchVersion", "InvalidArgument", "404"}
_CHANGED = {"PreconditionFailed", "412"}
_ETAG = re.compile(r"[0-9a-f]{32}(-[0-9]{1,5})?")  # what stands for the version where the bucket keeps none
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


@lru_cache(maxsize=64)  # one document is often sent many times, and reading a page takes longest of all
def read_pdf(content: bytes) -> list[dict[str, Any]]:
    """Read the pages of a PDF, as in the canonical JSON. Raises RefusalError."""
    if b"%PDF-" not in content[:1024]:  # where readers look for the header
        raise RefusalError("NOT_A_PDF", "The document's content is not a PDF.")
    try:
        with pdfplumber.open(io.BytesIO(content)) as pdf:
            if len(pdf.pages) > MAX_PAGES:
                raise RefusalError(
                    "TOO_LARGE", f"The document has {len(pdf.pages)} pages; this agent reads up to {MAX_PAGES}."
                )
            pages = [_page(page) for page in pdf.pages]
    except RefusalError:
        raise
    except Exception as error:  # the parser fails in many ways on a broken file
        if isinstance(error, PdfminerException) and isinstance(error.args[0], PDFPasswordIncorrect):
            raise RefusalError(
                "ENCRYPTED_PDF", "The PDF is encrypted and cannot be opened without a password."
            ) from None
        raise RefusalError("UNREADABLE_PDF", "The PDF is damaged: its pages cannot be read.") from None
    if not any(page["lines"] for page in pages):
        raise RefusalError("NO_TEXT", "The PDF holds no text: it may be a scan, which this agent cannot read.")
    return pages


def _page(page: pdfplumber.page.Page) -> dict[str, Any]:
    upright = page.filter(_is_upright).dedupe_chars()  # no watermarks, and no letters printed twice to look bold
    lines = _lines(upright.extract_words(x_tolerance_ratio=0.15, extra_attrs=["size", "fontname"]))
    boxes = upright.find_tables() if upright.lines or upright.rects or upright.curves else []
    return {
        "number": page.page_number,
        "width": float(page.width),
        "height": float(page.height),
        "text": "\n".join(line["text"] for line in lines),
        "lines": lines,
        "boxes": [[round(float(edge), 2) for edge in cell] for table in boxes for cell in table.cells],
    }


def _is_upright(thing: dict[str, Any]) -> bool:
    across, up = thing.get("matrix", (1, 0))[:2]
    return abs(up) < 0.01 * abs(across)


def _lines(words: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put words that stand on one height into one line, lines from top to bottom."""
    rows: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=_middle):
        if rows and _middle(word) - _middle(rows[-1][-1]) < 0.4 * min(word["size"], rows[-1][-1]["size"]):
            rows[-1].append(word)
        else:
            rows.append([word])
    lines = [[_word(word) for word in sorted(row, key=lambda word: word["x0"])] for row in rows]
    return [{"text": " ".join(word["text"] for word in line), "words": line} for line in lines]


def _middle(word: dict[str, Any]) -> float:
    return (word["top"] + word["bottom"]) / 2


def _word(word: dict[str, Any]) -> dict[str, Any]:
    place = {name: round(float(word[name]), 2) for name in ("x0", "x1", "top", "bottom", "size")}
    return {"text": word["text"], **place, "font": word["fontname"].split("+")[-1]}
