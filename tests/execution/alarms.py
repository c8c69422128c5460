"""Judges the applied alarms as CloudWatch would, by the metrics of a span of time."""

from __future__ import annotations

import ast
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tests.execution.driver import Workflow

COMPARISONS = {"GreaterThanOrEqualToThreshold": operator.ge, "LessThanThreshold": operator.lt}
ARITHMETIC = {ast.Add: operator.add, ast.Mult: operator.mul, ast.Div: operator.truediv}
Value = float | None  # None: no data


def applied(workflow: Workflow) -> dict[str, dict[str, Any]]:
    """Return the stack's metric alarms as AWS describes them, by their names without the prefix."""
    prefix = f"{workflow.stack.outputs['state_machine_name']}-"
    pages = workflow.stack.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    return {alarm["AlarmName"].removeprefix(prefix): alarm for page in pages for alarm in page["MetricAlarms"]}


def fired(workflow: Workflow, happens: Callable[[Workflow], None]) -> set[str]:
    """Run an action, and return the alarms that the metrics of that time bring into alarm, now or meanwhile."""
    before = _now(workflow)
    start = int(before) + 1  # CloudWatch takes whole seconds
    workflow.pass_time(start - before)
    happens(workflow)
    end = _now(workflow)
    return {name for name, alarm in applied(workflow).items() if alarmed(alarm, _points(workflow, alarm, start, end))}


def alarmed(alarm: Mapping[str, Any], points: Sequence[Value]) -> bool:
    """Return whether so many of so many periods in a row were beyond the threshold; before the first one was nothing.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    compare, missing = COMPARISONS[alarm["ComparisonOperator"]], alarm["TreatMissingData"] == "breaching"
    beyond = [missing if point is None else compare(point, alarm["Threshold"]) for point in points]
    of = alarm["EvaluationPeriods"]
    windows = (beyond[max(0, end - of) : end] for end in range(1, len(beyond) + 1))
    return any(sum(window) >= alarm["DatapointsToAlarm"] for window in windows)


def rule_holds(rule: str, fired_alarms: Collection[str]) -> bool:
    """Evaluate the rule of a composite alarm, as much of the language as ours uses, by the names that fired.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    parts = [re.fullmatch(r'ALARM\("([^"]+)"\)', part) for part in rule.split(" OR ")]
    return any(part[1] in fired_alarms for part in parts)


def _now(workflow: Workflow) -> float:
    return workflow.aws.admin("GET", "/_clock")["now"]


def _points(workflow: Workflow, alarm: Mapping[str, Any], start: int, end: float) -> list[Value]:
    """Return what the alarm watches, period by period; the last one is not over, and counts once it has data."""
    queries = [query for query in alarm["Metrics"] if "MetricStat" in query]
    (period,) = {query["MetricStat"]["Period"] for query in queries}
    series: defaultdict[int, dict[str, Value]] = defaultdict(lambda: {query["Id"]: None for query in queries})
    results = workflow.stack.client("cloudwatch").get_metric_data(
        StartTime=start,
        EndTime=end + 60,
        MetricDataQueries=[{"Id": query["Id"], "MetricStat": query["MetricStat"]} for query in queries],
    )["MetricDataResults"]
    for result in results:
        for time, value in zip(result["Timestamps"], result["Values"], strict=True):
            series[int(time.timestamp() - start) // period][result["Id"]] = value
    numbers = [int(end - start) // period, *(number + 1 for number in series)]
    (watched,) = (query for query in alarm["Metrics"] if query["ReturnData"])
    formula = ast.parse(watched.get("Expression", watched["Id"]), mode="eval").body
    return [_evaluate(formula, series[number]) for number in range(max(numbers))]


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
        case ast.Call(func=ast.Name(id="MAX"), args=[ast.List(elts=series)]):
            return max((value for one in series if (value := _evaluate(one, values)) is not None), default=None)
        case ast.BinOp(left=left, op=operation, right=right):
            try:
                return ARITHMETIC[type(operation)](_evaluate(left, values), _evaluate(right, values))
            except (TypeError, ZeroDivisionError):  # a missing operand, or a division by 0, gives no data
                return None
    raise ValueError(f"Metric math that this test does not know: {ast.unparse(node)}")
