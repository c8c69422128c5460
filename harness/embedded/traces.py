"""X-Ray traces as they were put: segment documents are checked, and summaries report annotations, faults and errors.

moto accepts any document and summarizes a trace without its annotations.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.xray.exceptions import BadSegmentException
from moto.xray.models import XRayBackend
from moto.xray.responses import XRayResponse

from harness.embedded.json_values import is_number

_Document = Mapping[str, Any]

# https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
_TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
_ID = re.compile(r"[0-9a-f]{16}")
_NAME = re.compile(r"[\w\s.:/%&#=+\-@]{1,200}")
_ANNOTATION = re.compile(r"[A-Za-z0-9_]{1,500}")
_MAX_BYTES = 64 * 1024


def install() -> None:
    """Check what is put, and summarize from what was put."""
    take = XRayBackend.process_segment

    def process_segment(backend: XRayBackend, document: str) -> None:
        if problem := _problem(document):
            raise BadSegmentException(code="InvalidSegment", message=problem)
        take(backend, document)

    XRayBackend.process_segment = process_segment
    XRayResponse.trace_summaries = _trace_summaries


def parse_filter(expression: str) -> Callable[[list[_Document]], bool]:
    """Return the test of a trace's documents that a filter expression means.

    Understands comparisons of annotations, `service("name")`, `fault`, `error` and `throttle`, also compared with
    true or false, joined by AND or by OR.
    Raises ValueError with a sentence for anything else.
    https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
    """
    alternatives = [
        [_term(term) for term in re.split(r"\s+AND\s+", part)] for part in re.split(r"\s+OR\s+", expression)
    ]
    return lambda documents: any(all(term(documents) for term in terms) for terms in alternatives)


_ANNOTATED = re.compile(
    r"""annotation(?:\.(\w+)|\[["']?(\w+)["']?\])\s*(=|!=)\s*("[^"]*"|true|false|-?\d+(?:\.\d+)?)"""
)
_FLAG = re.compile(r"(fault|error|throttle)(?:\s*(=|!=)\s*(true|false))?")
_SERVICE = re.compile(r'service\("([^"]*)"\)')


def _term(text: str) -> Callable[[list[_Document]], bool]:
    if match := _ANNOTATED.fullmatch(text):
        key, expected = match[1] or match[2], json.loads(match[4])
        equal = match[3] == "="
        return lambda documents: any(
            (d["annotations"][key] == expected) == equal for d in documents if key in _notes(d)
        )
    if match := _SERVICE.fullmatch(text):
        return lambda documents: any(document["name"] == match[1] for document in documents)
    if match := _FLAG.fullmatch(text):
        expected = (match[2] == "=") == (match[3] == "true") if match[2] else True
        return lambda documents: any(document.get(match[1]) for document in documents) == expected
    raise ValueError(f"The filter expression's part {text!r} is not understood.")


def _notes(document: _Document) -> Mapping[str, Any]:
    return document.get("annotations", {})


def _problem(document: str) -> str | None:
    """Return what X-Ray would refuse in a segment document."""
    if len(document.encode()) > _MAX_BYTES:
        return "Segment size exceeds 64 KB."
    try:
        segment = json.loads(document)
    except ValueError:
        return "Segment is not JSON."
    if not isinstance(segment, dict) or not _TRACE_ID.fullmatch(str(segment.get("trace_id"))):
        return "Invalid trace_id."
    return next((problem for part in _walk(segment) for problem in _wrong(part)), None)


def _wrong(part: _Document) -> Iterator[str]:
    if not _ID.fullmatch(str(part.get("id"))):
        yield "Invalid id: 16 hexadecimal digits."
    if not _NAME.fullmatch(str(part.get("name", ""))):
        yield "Invalid name."
    for time in ("start_time", "end_time"):
        value = part.get(time, 0 if time == "end_time" and part.get("in_progress") else None)
        # Seconds: a time in milliseconds is thousands of years ahead.
        if not is_number(value) or value > 1e11:
            yield f"Invalid {time}: seconds since the epoch."
    for key, value in _notes(part).items():
        if not _ANNOTATION.fullmatch(key) or not isinstance(value, str | int | float):
            yield f"Invalid annotation {key}."


def _walk(part: _Document) -> Iterator[_Document]:
    yield part
    for inner in part.get("subsegments", []):
        yield from _walk(inner)


def _trace_summaries(response: XRayResponse) -> Any:
    arguments = response.request_params
    try:
        chosen = parse_filter(arguments["FilterExpression"]) if arguments.get("FilterExpression") else lambda _: True
    except ValueError as problem:
        return json.dumps({"__type": "InvalidRequestException", "message": str(problem)}), {"status": 400}
    summaries = []
    for trace_id, trace in list(response.xray_backend._segment_collection._traces.items()):
        segments = [json.loads(segment.raw) for segment in trace["segments"]]
        documents = [document for segment in segments for document in _walk(segment)]
        start = min(segment["start_time"] for segment in segments)
        if arguments["StartTime"] <= start <= arguments["EndTime"] and chosen(documents):
            summaries.append(_summary(trace_id, segments, documents, start))
    result = {
        "TraceSummaries": summaries,
        "TracesProcessedCount": len(summaries),
        "ApproximateTime": arguments["EndTime"],
    }
    return json.dumps(result)


def _summary(trace_id: str, segments: list[_Document], documents: list[_Document], start: float) -> dict[str, Any]:
    duration = max(segment.get("end_time", start) for segment in segments) - start
    annotations: defaultdict[str, list[Any]] = defaultdict(list)
    for document in documents:
        for key, value in _notes(document).items():
            described = {"AnnotationValue": _annotation_value(value), "ServiceIds": [{"Name": document["name"]}]}
            annotations[key].append(described)
    return {
        "Id": trace_id,
        "StartTime": start,
        "Duration": duration,
        "ResponseTime": duration,
        **{f"Has{kind.title()}": any(d.get(kind) for d in documents) for kind in ("fault", "error", "throttle")},
        "IsPartial": any(segment.get("in_progress") for segment in segments),
        "Annotations": annotations,
        "ServiceIds": [{"Name": segment["name"]} for segment in segments],
    }


def _annotation_value(value: Any) -> dict[str, Any]:
    kind = "BooleanValue" if isinstance(value, bool) else "StringValue" if isinstance(value, str) else "NumberValue"
    return {kind: value}
