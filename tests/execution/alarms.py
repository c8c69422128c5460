"""Judges the applied alarms as CloudWatch would, by the metrics of a span of time taken as one period."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from tests.execution.driver import Workflow, until

COMPARISONS = {"GreaterThanOrEqualToThreshold": operator.ge, "LessThanThreshold": operator.lt}
ARITHMETIC = {ast.Add: operator.add, ast.Mult: operator.mul, ast.Div: operator.truediv}
Value = float | None  # None: no data


def applied(workflow: Workflow) -> dict[str, dict[str, Any]]:
    """Give the stack's metric alarms as AWS describes them, by their names without the prefix."""
    prefix = f"{workflow.stack.outputs['state_machine_name']}-"
    pages = workflow.stack.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    return {alarm["AlarmName"].removeprefix(prefix): alarm for page in pages for alarm in page["MetricAlarms"]}


def fired(workflow: Workflow, happens: Callable[[Workflow], None]) -> set[str]:
    """Let something happen, and name the alarms whose thresholds the metrics of that time cross."""
    start = int(_now(workflow)) + 1  # CloudWatch takes whole seconds
    until(lambda: _now(workflow) >= start)
    happens(workflow)
    return _firing(workflow, start, _now(workflow) + 60)


def _now(workflow: Workflow) -> float:
    return workflow.aws.admin("GET", "/_clock")["now"]


def _firing(workflow: Workflow, start: float, end: float) -> set[str]:
    alarms = applied(workflow)
    queries = {
        f"m{number}_{query['Id']}": (name, query["Id"], query["MetricStat"])
        for number, (name, alarm) in enumerate(alarms.items())
        for query in alarm["Metrics"]
        if "MetricStat" in query
    }
    results = workflow.stack.client("cloudwatch").get_metric_data(
        StartTime=start,
        EndTime=end,
        MetricDataQueries=[
            {"Id": key, "MetricStat": {**stat, "Period": 10**8}} for key, (_, _, stat) in queries.items()
        ],
    )["MetricDataResults"]
    values: dict[str, dict[str, Value]] = {name: {} for name in alarms}
    for result in results:
        name, id_, _ = queries[result["Id"]]
        values[name][id_] = next(iter(result["Values"]), None)
    return {name for name, alarm in alarms.items() if _crosses(alarm, values[name])}


def _crosses(alarm: dict[str, Any], values: dict[str, Value]) -> bool:
    (query,) = (query for query in alarm["Metrics"] if query["ReturnData"])
    value = _evaluate(ast.parse(query.get("Expression", query["Id"]), mode="eval").body, values)
    if value is None:
        return alarm["TreatMissingData"] == "breaching"
    return COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])


def _evaluate(node: ast.expr, values: dict[str, Value]) -> Value:
    """Evaluate metric math, as much of it as the alarms use.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    match node:
        case ast.Constant(value=int() as value):
            return value
        case ast.Name(id=name):
            return values[name]
        case ast.Call(func=ast.Name(id="FILL"), args=[series, filling]):
            value = _evaluate(series, values)
            return _evaluate(filling, values) if value is None else value
        case ast.BinOp(left=left, op=operation, right=right):
            try:
                return ARITHMETIC[type(operation)](_evaluate(left, values), _evaluate(right, values))
            except (TypeError, ZeroDivisionError):  # a missing operand, or a division by 0, gives no data
                return None
    raise ValueError(f"Metric math that nobody taught this test: {ast.unparse(node)}")
