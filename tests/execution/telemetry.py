"""Reads what runs leave behind in X-Ray, CloudWatch and the logs, as an operator does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.runs import Execution
from tests.execution.driver import Workflow

NAMESPACE = "AgentCoreOrchestrator"
Metric = tuple[str, str, frozenset[tuple[str, str]]]  # namespace, name, dimensions


def traces(workflow: Workflow, run: Execution, filter_expression: str) -> list[list[dict[str, Any]]]:
    """Return the segment documents of every trace that began in the time of a run and that the filter selects."""
    xray = workflow.stack.client("xray")
    found = xray.get_trace_summaries(StartTime=run.started, EndTime=run.stopped, FilterExpression=filter_expression)[
        "TraceSummaries"
    ]
    if not found:
        return []
    found_traces = xray.batch_get_traces(TraceIds=[summary["Id"] for summary in found])["Traces"]
    return [[json.loads(segment["Document"]) for segment in trace["Segments"]] for trace in found_traces]


def segment(workflow: Workflow, run: Execution) -> dict[str, Any]:
    """Return the one segment of a run."""
    ((document,),) = traces(workflow, run, f'annotation.execution = "{run.arn}"')
    return document


def names(workflow: Workflow) -> set[str]:
    """Return the values of dimensions that name the parts of a workflow, or what its account shares."""
    outputs = workflow.stack.outputs
    queue = outputs["dead_letter_queue_url"].rpartition("/")[2]
    return {
        queue,
        outputs["ingestion_rule_arn"].rpartition("/")[2],
        "due",  # the ledger's indexes
        "waiting",
        "StartExecution",  # the account's calls
        "InvokeAgentRuntime",
        "AgentCore.Runtime",
        *(
            outputs[each]
            for each in ("state_machine_name", "state_machine_arn", "circuit_table_name", "ledger_table_name")
        ),
    }


def seen(workflow: Workflow) -> set[Metric]:
    """Return every metric that was ever put for a workflow, by itself or by AWS."""
    mine = names(workflow)
    return {each for each in _metrics(workflow) if any(value in mine for _, value in each[2])}


def sums(workflow: Workflow) -> dict[Metric, float]:
    """Return the sum over all time of each metric that a workflow put itself."""
    own = [each for each in seen(workflow) if each[0] == NAMESPACE]
    queries = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
                },
                "Period": 2 * 10**9,
                "Stat": "Sum",
            },
        }
        for number, (namespace, name, dimensions) in enumerate(own)
    ]
    end = workflow.aws.admin("GET", "/_clock")["now"] + 60
    results = workflow.stack.client("cloudwatch").get_metric_data(StartTime=0, EndTime=end, MetricDataQueries=queries)
    return {own[int(result["Id"][1:])]: next(iter(result["Values"]), 0) for result in results["MetricDataResults"]}


def _metrics(workflow: Workflow) -> set[Metric]:
    pages = workflow.stack.client("cloudwatch").get_paginator("list_metrics").paginate()
    return {
        metric(found["Namespace"], found["MetricName"], {each["Name"]: each["Value"] for each in found["Dimensions"]})
        for page in pages
        for found in page["Metrics"]
    }


def metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
    """Name a metric."""
    return namespace, name, frozenset(dimensions.items())


def log_lines(workflow: Workflow, *groups: str) -> list[str]:
    """Return every line of log groups."""
    pages = workflow.stack.client("logs").get_paginator("filter_log_events")
    return [
        event["message"] for group in groups for page in pages.paginate(logGroupName=group) for event in page["events"]
    ]
