"""Patterns that filter log events: what they match, and what is refused in words."""

import json

import pytest

from harness.embedded.errors import AwsError
from harness.embedded.log_filters import parse

EVENT = json.dumps({"type": "TaskFailed", "id": 7, "rate": 0.5, "details": {"error": 'a "b"', "list": [1, "x"]}})


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, True),
        ("", True),
        ("TaskFailed", True),
        ("taskfailed", False),
        ("TaskFailed details", True),
        ("TaskFailed nothing", False),
        ('"\\"type\\": \\"TaskFailed\\""', True),
        ("?nothing ?rate", True),
        ('?nothing ?"no such"', False),
        ("-nothing", True),
        ("TaskFailed -rate", False),
        ('{ $.type = "TaskFailed" }', True),
        ("{$.type=TaskFailed}", True),
        ('{ $.type = "Task*" }', True),
        ('{ $.type = "Task" }', False),
        ('{ $.type != "Other" }', True),
        ('{ $.type != "TaskFailed" }', False),
        ('{ $.missing != "Other" }', False),
        ('{ $.type.missing = "x" }', False),
        ('{ $.details = "x" }', False),
        ('{ $.details.error = "a \\"b\\"" }', True),
        ("{ $.details.list[0] = 1 }", True),
        ('{ $.details.list[1] = "x" }', True),
        ("{ $.details.list[2] = 1 }", False),
        ("{ $.id = 7 }", True),
        ("{ $.id != 7 }", False),
        ("{ $.id > 6 && $.id < 8 && $.id >= 7 && $.id <= 7.0 }", True),
        ("{ $.rate > -1e3 }", True),
        ("{ $.type > 1 }", False),
        ('{ $.id = "7" }', False),
        ('{ $.id = 1 || $.id = 7 && $.type = "Other" }', False),
        ('{ $.id = 7 || $.id = 1 && $.type = "Other" }', True),
        ('{ ($.id = 7 || $.id = 1) && $.type = "Other" }', False),
    ],
)
def test_an_event_matches(pattern, expected):
    assert parse(pattern)(EVENT) == expected


@pytest.mark.parametrize("text", ["no JSON", "[1]", '"text"', "null", '{"id": true}'])
def test_another_event_does_not_match(text):
    assert not parse("{ $.id = 1 }")(text)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ('{ $.type = "x"', "must end with"),
        ("{ }", "ends too early"),
        ("{ $.type }", "ends too early"),
        ("{ $.type IS NULL }", r"cannot evaluate \$\.type IS NULL"),
        ("{ $.type NOT EXISTS }", r"cannot evaluate \$\.type NOT EXISTS"),
        ("{ $.type = %x% }", "does not understand '%x%'"),
        ('{ $.type > "x" }', "with a number only"),
        ("{ type = 1 }", "'type' is not a property"),
        ("{ ($.id = 1 }", "ends too early"),
        ("{ ($.id = 1 $.id }", "not closed"),
        ("{ $.id = 1 $.id = 2 }", "not expected"),
        ("[a, b]", "terms and by JSON"),
        ("%x%", "terms and by JSON"),
        ("a-b", "'a-b'"),
        ('""', "'\"\"'"),
        ("?a b", "cannot be combined"),
    ],
)
def test_what_cannot_be_done_is_refused(pattern, why):
    with pytest.raises(AwsError, match=why) as refused:
        parse(pattern)
    assert refused.value.code == "InvalidParameterException"
