"""Items of a distributed Map: read from S3, put into batches, and their results written to S3.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from moto.backends import get_backend
from moto.utilities.utils import get_partition

from harness.embedded.json_values import is_integer
from harness.embedded.stepfunctions.errors import StateError
from harness.embedded.stepfunctions.journal import dumps, loads
from harness.embedded.stepfunctions.visit import Visit

READER_FAILED = "States.ItemReaderFailed"
WRITER_FAILED = "States.ResultWriterFailed"
_S3 = "arn:aws:states:::aws-sdk:s3:"


class _Unreadable(Exception):  # noqa: N818 - becomes a StateError
    """The items have a form that AWS refuses in these words."""


def read(visit: Visit) -> list[Any]:
    """Return the items that the state's `ItemReader` names. Raises StateError (States.ItemReaderFailed)."""
    reader = visit.evaluate("ItemReader")
    config, arguments = reader.get("ReaderConfig", {}), reader.get("Arguments", {})
    most = config.get("MaxItems", 0)
    if not is_integer(most):
        path = visit.state["ItemReader"].get("ReaderConfig", {}).get("MaxItemsPath")
        cause = f"The MaxItemsPath field refers to value '{most}' which is not a valid integer: {path}"
        raise StateError(READER_FAILED, cause)
    if most < 0:
        raise StateError(READER_FAILED, "field MaxItems must be positive")
    try:
        if reader["Resource"].endswith(":s3:listObjectsV2"):
            items = list(_listed(visit, arguments))
        else:
            items = list(_READERS[config.get("InputType", "JSON")](visit, arguments, config))
    except StateError as error:
        raise StateError(READER_FAILED, error.cause) from error
    except _Unreadable as error:
        raise StateError(READER_FAILED, str(error)) from error
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise StateError(READER_FAILED, f"The items of the state '{visit.name}' cannot be read: {error}") from error
    return items[:most] if most else items


def batches(visit: Visit, items: list[Any]) -> list[Any]:
    """Return the inputs of the child executions, and beside each how many items it holds."""
    batcher = visit.evaluate("ItemBatcher")
    if batcher is None:
        return [(item, 1) for item in items]
    most, size = batcher.get("MaxItemsPerBatch") or len(items), batcher.get("MaxInputBytesPerBatch") or 262_144
    common = {"BatchInput": batcher["BatchInput"]} if "BatchInput" in batcher else {}
    grouped: list[list[Any]] = []
    for item in items:
        last = grouped[-1] if grouped else None
        if last is None or len(last) >= most or len(dumps({**common, "Items": [*last, item]}).encode()) > size:
            grouped.append([item])
        else:
            last.append(item)
    return [({**common, "Items": batch}, len(batch)) for batch in grouped]


def write(visit: Visit, map_run_arn: str, executions: list[Any]) -> dict[str, Any]:
    """Write the results of the child executions to S3, and return where. Raises StateError."""
    writer = visit.evaluate("ResultWriter")
    bucket, config = writer["Arguments"]["Bucket"], writer.get("WriterConfig", {})
    folder = "/".join(
        part for part in (writer["Arguments"].get("Prefix", "").strip("/"), map_run_arn.rpartition(":")[2]) if part
    )
    files: dict[str, list[dict[str, Any]]] = {"FAILED": [], "PENDING": [], "SUCCEEDED": []}
    for status in ("SUCCEEDED", "FAILED"):
        chosen = [each for each in executions if (each.status == "SUCCEEDED") == (status == "SUCCEEDED")]
        if chosen:
            content = _formatted(chosen, config, status == "SUCCEEDED")
            key = f"{folder}/{status}_0.{config.get('OutputType', 'JSON').lower()}"
            files[status].append({"Key": key, "Size": _put(visit, bucket, key, content)})
    manifest = {"DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": files}
    _put(visit, bucket, f"{folder}/manifest.json", dumps(manifest))
    details = {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
    return {"MapRunArn": map_run_arn, "ResultWriterDetails": details}


def _formatted(executions: list[Any], config: Mapping[str, Any], succeeded: bool) -> str:
    transformation = config.get("Transformation", "NONE") if succeeded else "NONE"
    results = [each.result() if transformation == "NONE" else json.loads(each.output) for each in executions]
    if transformation == "FLATTEN":
        results = [part for result in results for part in (result if isinstance(result, list) else [result])]
    lines = config.get("OutputType", "JSON") == "JSONL"
    return "\n".join(map(dumps, results)) if lines else dumps(results)


def _listed(visit: Visit, arguments: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = visit.branch.run.prepare(f"{_S3}listObjectsV2", {**arguments, **token}).make()
        for found in page.get("Contents", ()):
            modified = int(datetime.fromisoformat(found["LastModified"]).timestamp())
            names = {"Etag": found["ETag"], "LastModified": modified}
            yield {**names, **{name: found[name] for name in ("Key", "Size", "StorageClass") if name in found}}
        if not page.get("IsTruncated"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


def _content(visit: Visit, arguments: Mapping[str, Any]) -> bytes:
    if visit.reader_data is not None:
        return visit.reader_data
    visit.branch.run.prepare(f"{_S3}getObject", arguments).make()  # may the role read it, and is it there?
    return _backend(visit).get_object(arguments["Bucket"], arguments["Key"], arguments.get("VersionId")).value


def _put(visit: Visit, bucket: str, key: str, content: str) -> int:
    """Write an object and return its size in bytes."""
    try:
        visit.branch.run.prepare(f"{_S3}putObject", {"Bucket": bucket, "Key": key, "Body": {}}).make()
    except StateError as error:
        raise StateError(WRITER_FAILED, error.cause) from error
    _backend(visit).put_object(bucket, key, content.encode())  # as it is: a Task would quote lines of JSON
    return len(content.encode())


def _backend(visit: Visit) -> Any:
    _, _, _, region, account, *_ = visit.branch.run.context["StateMachine"]["Id"].split(":")
    return get_backend("s3")[account][get_partition(region)]


def _json(visit: Visit, arguments: Mapping[str, Any], config: Mapping[str, Any]) -> list[Any]:
    value = loads(_content(visit, arguments).decode())
    for name in config.get("ItemsPointer", "").split("/")[1:]:
        value = value[int(name) if isinstance(value, list) else name.replace("~1", "/").replace("~0", "~")]
    if isinstance(value, dict):
        return [{"Key": name, "Value": item} for name, item in value.items()]
    if not isinstance(value, list):
        raise _Unreadable("Attempting to map over non-iterable node.")
    return value


def _json_lines(visit: Visit, arguments: Mapping[str, Any], _: Mapping[str, Any]) -> list[Any]:
    return [loads(line) for line in _content(visit, arguments).decode().splitlines() if line.strip()]


_DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def _csv(visit: Visit, arguments: Mapping[str, Any], config: Mapping[str, Any]) -> list[Any]:
    text = _content(visit, arguments).decode("utf-8-sig")
    rows = [
        row for row in csv.reader(io.StringIO(text), delimiter=_DELIMITERS[config.get("CSVDelimiter", "COMMA")]) if row
    ]
    header = config["CSVHeaders"] if config.get("CSVHeaderLocation") == "GIVEN" else rows.pop(0)
    if len(set(header)) < len(header):
        raise _Unreadable("CSV headers cannot contain duplicates.")
    return [{name: row[place] if place < len(row) else "" for place, name in enumerate(header)} for row in rows]


def _inventory(visit: Visit, arguments: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Any]:
    """Read the files that an S3 inventory's manifest lists."""
    manifest = json.loads(_content(visit, arguments))
    names = [name.strip() for name in manifest["fileSchema"].split(",")]
    for file in manifest["files"]:
        content = _content(visit, {"Bucket": arguments["Bucket"], "Key": file["key"]})
        text = gzip.decompress(content) if file["key"].endswith(".gz") else content
        for row in csv.reader(io.StringIO(text.decode())):
            yield dict(zip(names, row, strict=False))


_READERS = {"CSV": _csv, "JSON": _json, "JSONL": _json_lines, "MANIFEST": _inventory}
