"""Metric math: series of three minutes, and what expressions make of them."""

from datetime import UTC, datetime, timedelta

import pytest
from moto.cloudwatch.exceptions import ValidationError

from harness.embedded.metric_math import Formula, Series

START = datetime(2025, 1, 1, tzinfo=UTC)
TIMES = [START + timedelta(minutes=minute) for minute in range(3)]


def series(name, *values):
    points = {time: value for time, value in zip(TIMES, values, strict=True) if value is not None}
    return Series(name, 60, points)


KNOWN = {
    "a": series("a", 1, 2, 3),
    "b": series("b", 10, None, 0),
    "none": series("none", None, None, None),
}


def values(expression, **more):
    expressions = {"e": {"Expression": expression}, **{name: {"Expression": text} for name, text in more.items()}}
    formula = Formula(KNOWN, expressions, START, START + timedelta(minutes=3))
    return [[found.points.get(time) for time in TIMES] for found in formula.series("e")]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("a", [[1, 2, 3]]),
        ("a + b", [[11, None, 3]]),
        ("2 * a - 1", [[1, 3, 5]]),
        ("a / b", [[0.1, None, None]]),
        ("a ^ 2", [[1, 4, 9]]),
        ("-a", [[-1, -2, -3]]),
        ("100 * FILL(b, 0) / a", [[1000, 0, 0]]),
        ("FILL(b, REPEAT)", [[10, 10, 0]]),
        ("FILL(b, a)", [[10, 2, 0]]),
        ("FILL(none, 7)", [[7, 7, 7]]),
        ("a > 1", [[0, 1, 1]]),
        ("a > 1 AND a < 3", [[0, 1, 0]]),
        ("a == 1 || a == 3", [[1, 0, 1]]),
        ("IF(a > 1, a, 0)", [[0, 2, 3]]),
        ("IF(a > 1, a)", [[None, 2, 3]]),
        ("SUM([a, b])", [[11, 2, 3]]),
        ("SUM(METRICS())", [[11, 2, 3]]),
        ("MAX([a, b])", [[10, 2, 3]]),
        ("METRICS('b')", [[10, None, 0]]),
        ("a / SUM(a)", [[1 / 6, 2 / 6, 3 / 6]]),
        ("AVG(a)", [[2, None, None]]),
        ("a * PERIOD(a)", [[60, 120, 180]]),
        ("CEIL(a / 2)", [[1, 1, 2]]),
        ("[a, b]", [[1, 2, 3], [10, None, 0]]),
    ],
)
def test_an_expression(expression, expected):
    assert values(expression) == expected


def test_an_expression_uses_another():
    assert values("double + 1", double="2 * a") == [[3, 5, 7]]


@pytest.mark.parametrize(
    "expression", ["c", "a +", "EVALUATE(a)", "VALUE(a)", "a.b", "FILL(a)", "e + 1", "'a'", "__import__('os')"]
)
def test_what_is_no_metric_math_is_refused(expression):
    with pytest.raises(ValidationError, match="Error in expression"):
        values(expression)
