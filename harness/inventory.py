"""What there is in an AWS account, of the kinds of things that the module makes."""

from __future__ import annotations

from harness.stack import Stack

# service -> (operation, where the names are in its answer)
KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "cloudwatch": (
        ("describe_alarms", "[MetricAlarms, CompositeAlarms][].AlarmName"),
        ("list_dashboards", "DashboardEntries[].DashboardName"),
    ),
    "dynamodb": (("list_tables", "TableNames[]"),),
    "events": (("list_rules", "Rules[].Name"),),
    "iam": (("list_roles", "Roles[].RoleName"),),
    "logs": (("describe_log_groups", "logGroups[].logGroupName"),),
    "s3": (("list_buckets", "Buckets[].Name"),),
    "scheduler": (("list_schedules", "Schedules[].Name"),),
    "sns": (("list_topics", "Topics[].TopicArn"),),
    "sqs": (("list_queues", "QueueUrls[]"),),
    "ssm": (("describe_parameters", "Parameters[].Name"),),
    "stepfunctions": (("list_state_machines", "stateMachines[].name"),),
    "xray": (
        ("get_groups", "Groups[].GroupName"),
        ("get_sampling_rules", "SamplingRuleRecords[].SamplingRule.RuleName"),
    ),
}
NOT_THE_MODULES = "reference-agents-"  # what the reference agents keep for themselves


def inventory(stack: Stack) -> set[str]:
    """Give everything of these kinds as `service name`."""
    return {
        f"{service} {name}"
        for service, kinds in KINDS.items()
        for operation, names in kinds
        for name in stack.client(service).get_paginator(operation).paginate().search(names)
        if name and not name.startswith(NOT_THE_MODULES)
    }
