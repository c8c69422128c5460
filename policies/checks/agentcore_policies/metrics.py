"""The metrics that alarms and dashboards name, and the catalogue of those that AWS's services emit."""

from __future__ import annotations

import json
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


@dataclass(frozen=True)
class Metric:
    """A metric as an alarm or a widget names it; `dimensions` is None where their names are not known."""

    namespace: str
    name: str
    dimensions: frozenset[str] | None

    def problem(self) -> str | None:
        """Say what about it AWS does not emit."""
        if unresolved(self.namespace) or unresolved(self.name) or not self.namespace.startswith("AWS/"):
            return None
        service = catalogue().get(self.namespace)
        if service is None:
            return f"Namespace {self.namespace} is not in the catalogue of metrics."
        allowed = service["metrics"].get(self.name)
        if allowed is None:
            return f"{self.namespace} emits no metric {self.name}: see {service['pages'][0]}"
        if self.dimensions is None or sorted(self.dimensions) in allowed:
            return None
        choices = " or ".join(", ".join(names) or "none" for names in allowed)
        found = ", ".join(sorted(self.dimensions)) or "none"
        return f"{self.namespace} emits {self.name} with the dimensions {choices}, not {found}."


@cache
def catalogue() -> dict[str, Any]:
    """Give namespace → {"pages": AWS's pages, "metrics": {name: the sets of dimensions that it is emitted with}}."""
    return json.loads(CATALOGUE.read_text(encoding="utf-8"))


def of_alarm(conf: Conf) -> Iterator[Metric]:
    """Give the metrics of an aws_cloudwatch_metric_alarm."""
    # A plan has no dimensions as long as one of their values is not known.
    unsaid = None if TF_PLAN_RESOURCE_CHANGE_ACTIONS in conf else {}
    queried = [metric for query in blocks(conf, "metric_query") for metric in blocks(query, "metric")]
    for metric in (conf, *queried):
        namespace, name = (metric.get(key, [None])[0] for key in ("namespace", "metric_name"))
        if namespace and name:
            dimensions = (metric.get("dimensions") or [None])[0] or unsaid
            yield Metric(namespace, name, frozenset(dimensions) - LINES if isinstance(dimensions, dict) else None)


def of_dashboard(conf: Conf) -> Iterator[Metric]:
    """Give the metrics of an aws_cloudwatch_dashboard; none while its body is not known."""
    body = (conf.get("dashboard_body") or [None])[0]
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:  # an expression that checkov cannot evaluate
            return
    for widget in _known(body, "widgets"):
        yield from _of_rows(_known(_member(widget, "properties"), "metrics"))


def _of_rows(rows: list[Any]) -> Iterator[Metric]:
    """Read a widget's rows, in which "." stands for the value above and "..." for all that are left out.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    """
    above: list[str] = []
    for row in rows:
        values = [value for value in row if isinstance(value, str)] if isinstance(row, list) else []
        if len(values) < 2:  # a mathematical expression, or one that checkov cannot evaluate
            continue
        if values[0] == "...":
            values = above[: len(above) - len(values) + 1] + values[1:]
        values = [above[place] if value == "." and place < len(above) else value for place, value in enumerate(values)]
        yield Metric(values[0], values[1], frozenset(values[2::2]))
        above = values


def _known(value: Any, name: str) -> list[Any]:
    """Give a list inside an object; an empty one where either is still an expression."""
    member = _member(value, name)
    return member if isinstance(member, list) else []


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
