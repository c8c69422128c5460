import json
import time

import pytest

from harness.embedded.traces import _problem, parse_filter

NOW = time.time()
CALL = {"id": "b" * 16, "name": "PDFAdapter", "start_time": NOW, "end_time": NOW + 1, "fault": True}
SEGMENT = {
    "id": "a" * 16,
    "name": "workflow",
    "trace_id": "1-58406520-a006649127e371903a2de979",
    "start_time": NOW,
    "end_time": NOW + 2,
    "annotations": {"document_id": "d", "attempts": 2, "good": True},
    "subsegments": [CALL],
}


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ('annotation.document_id = "d"', True),
        ('annotation[document_id] = "d"', True),
        ('annotation.document_id = "other"', False),
        ('annotation.document_id != "other"', True),
        ('annotation.nothing != "other"', False),
        ("annotation.attempts = 2", True),
        ("annotation.good = true", True),
        ("annotation.good = false", False),
        ('service("workflow")', True),
        ('service("PDFAdapter") AND fault', True),
        ("error", False),
        ("fault = true", True),
        ("fault = false", False),
        ("fault != false", True),
        ("error = false AND throttle=false", True),
        ('error OR service("workflow")', True),
        ('error AND fault OR service("nobody")', False),
    ],
)
def test_filter_expressions(expression, chosen):
    assert parse_filter(expression)([SEGMENT, CALL]) == chosen


@pytest.mark.parametrize(
    "expression", ["", "?", 'annotation.document_id == "d"', "service(workflow)", "fault AND", "fault = 1"]
)
def test_a_filter_expression_that_is_not_understood_is_refused(expression):
    with pytest.raises(ValueError, match="is not understood"):
        parse_filter(expression)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, None),
        ({"end_time": None, "in_progress": True}, None),
        ({"trace_id": "58406520a006649127e371903a2de979"}, "Invalid trace_id."),
        ({"id": "A" * 16}, "Invalid id: 16 hexadecimal digits."),
        ({"name": ""}, "Invalid name."),
        ({"name": "workflow <1>"}, "Invalid name."),
        ({"start_time": None}, "Invalid start_time: seconds since the epoch."),
        ({"end_time": NOW * 1000}, "Invalid end_time: seconds since the epoch."),
        ({"end_time": None}, "Invalid end_time: seconds since the epoch."),
        ({"annotations": {"document-id": "d"}}, "Invalid annotation document-id."),
        ({"annotations": {"document_id": None}}, "Invalid annotation document_id."),
        ({"subsegments": [CALL | {"id": "x"}]}, "Invalid id: 16 hexadecimal digits."),
        ({"metadata": {"much": "x" * 65536}}, "Segment size exceeds 64 KB."),
    ],
)
def test_a_document_that_x_ray_would_refuse_is_refused(change, problem):
    document = {name: value for name, value in (SEGMENT | change).items() if value is not None}
    assert _problem(json.dumps(document)) == problem


@pytest.mark.parametrize("text", ["{", "[]", '"text"'])
def test_a_document_must_be_an_object(text):
    assert _problem(text)
