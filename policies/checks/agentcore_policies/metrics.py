"""The metrics that alarms and dashboards name, and the catalogue of those that AWS's services emit."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agentcore_policies.check import Conf, blocks, unresolved
from checkov.terraform.plan_parser import TF_PLAN_RESOURCE_CHANGE_ACTIONS

# What checkov adds to every object in a nested block of a plan.
LINES = frozenset({"__startline__", "__endline__", "__file__", "start_line", "end_line"})
CATALOGUE = Path(__file__).parents[2] / "metrics.json"
ALIKE = 0.9  # AWS/State is a slip of the pen; AWS/SES is a service that the catalogue lacks


# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
SEARCH = re.compile(r"SEARCH\(\s*'\s*\{([^}]*)\}([^']*)'")
SEARCHED = re.compile(r'(?<!NOT )\bMetricName\s*[=:]\s*"([^"]*)"', re.IGNORECASE)  # checkov writes : for =
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
INSIGHTS = re.compile(
    r"""\bSELECT\s+\w+\(\s*"?([^\s")]+)"?\s*\)\s+FROM\s+(?:SCHEMA\(([^)]*)\)|"([^"]*)")""", re.IGNORECASE
)


@dataclass(frozen=True)
class Metric:
    """A metric as an alarm or a widget names it; `dimensions` is None where their names are not known."""

    namespace: str
    name: str
    dimensions: frozenset[str] | None

    def problem(self) -> str | None:
        """Return what about it AWS does not emit: "" for nothing, None where that is not known."""
        if unresolved(self.namespace) or unresolved(self.name):
            return None
        if not self.namespace.casefold().startswith("aws/"):
            return ""
        service = catalogue().get(self.namespace)
        if service is None:
            known = {namespace.casefold(): namespace for namespace in catalogue()}
            near = difflib.get_close_matches(self.namespace.casefold(), known, 1, ALIKE)
            return f"No service emits to the namespace {self.namespace}: see {known[near[0]]}." if near else None
        allowed = service["metrics"].get(self.name)
        if allowed is None:
            return f"{self.namespace} emits no metric {self.name}: see {service['pages'][0]}"
        if self.dimensions is None or sorted(self.dimensions) in allowed:
            return ""
        if any(unresolved(name) for name in self.dimensions):
            return None
        choices = " or ".join(", ".join(names) or "none" for names in allowed)
        found = ", ".join(sorted(self.dimensions)) or "none"
        return f"{self.namespace} emits {self.name} with the dimensions {choices}, not {found}."


@cache
def catalogue() -> dict[str, Any]:
    """Return namespace → {"pages": AWS's pages, "metrics": {name: the sets of dimensions that it is emitted with}}."""
    return json.loads(CATALOGUE.read_text(encoding="utf-8"))


def of_alarm(conf: Conf) -> Iterator[Metric]:
    """Return the metrics of an aws_cloudwatch_metric_alarm."""
    # A plan has no dimensions as long as one of their values is not known.
    unsaid = None if TF_PLAN_RESOURCE_CHANGE_ACTIONS in conf else {}
    queries = blocks(conf, "metric_query")
    for metric in (conf, *(metric for query in queries for metric in blocks(query, "metric"))):
        namespace, name = (metric.get(key, [None])[0] for key in ("namespace", "metric_name"))
        if namespace and name:
            dimensions = (metric.get("dimensions") or [None])[0] or unsaid
            yield Metric(namespace, name, frozenset(dimensions) - LINES if isinstance(dimensions, dict) else None)
    for query in queries:
        yield from _of_expression((query.get("expression") or [None])[0])


def of_dashboard(body: Any) -> Iterator[Metric]:
    """Return the metrics of the body of an aws_cloudwatch_dashboard; none while it is not known."""
    for widget in _known(body, "widgets"):
        yield from _of_rows(_known(_member(widget, "properties"), "metrics"))


def _of_rows(rows: list[Any]) -> Iterator[Metric]:
    """Read a widget's rows, in which "." is the value above and "..." all that are left out.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    above: list[str] = []
    for row in rows:
        if not isinstance(row, list):  # an expression that checkov cannot evaluate
            continue
        yield from (metric for options in row for metric in _of_expression(_member(options, "expression")))
        values = [value for value in row if isinstance(value, str)]
        if len(values) < 2:
            continue
        if values[0] == "...":
            values = above[: len(above) - len(values) + 1] + values[1:]
        values = [above[place] if value == "." and place < len(above) else value for place, value in enumerate(values)]
        yield Metric(values[0], values[1], frozenset(values[2::2]))
        above = values


def _of_expression(expression: Any) -> Iterator[Metric]:
    """Return the metrics that a search names exactly, and those of a query of Metrics Insights."""
    text = expression.replace("\\", "") if isinstance(expression, str) else ""
    for schema, terms in SEARCH.findall(text):
        yield from (_of_schema(schema, name) for name in SEARCHED.findall(terms))
    for name, schema, namespace in INSIGHTS.findall(text):
        yield Metric(namespace, name, None) if namespace else _of_schema(schema, name)


def _of_schema(schema: str, name: str) -> Metric:
    namespace, *dimensions = (part.strip(' "') for part in schema.split(","))
    return Metric(namespace, name, frozenset(dimensions))


def _known(value: Any, name: str) -> list[Any]:
    """Return a list inside an object; an empty one where either is still an expression."""
    member = _member(value, name)
    return member if isinstance(member, list) else []


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
