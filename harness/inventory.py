"""The resources of an AWS account, of the kinds that the module creates."""

from __future__ import annotations

from typing import Any

from harness.stack import Stack

# service, operation, path of the names in its response, parameters
KINDS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    (
        "cloudwatch",
        "describe_alarms",
        "[MetricAlarms, CompositeAlarms][].AlarmName",
        {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"]},
    ),
    ("cloudwatch", "list_dashboards", "DashboardEntries[].DashboardName", {}),
    ("dynamodb", "list_tables", "TableNames[]", {}),
    ("iam", "list_roles", "Roles[].RoleName", {}),
    ("kms", "list_aliases", "Aliases[].AliasName", {}),  # a destroyed key itself is kept for some days
    ("logs", "describe_log_groups", "logGroups[].logGroupName", {}),
    ("s3", "list_buckets", "Buckets[].Name", {}),
    ("scheduler", "list_schedules", "Schedules[].Name", {}),
    ("sns", "list_topics", "Topics[].TopicArn", {}),
    ("sqs", "list_queues", "QueueUrls[]", {}),
    ("ssm", "describe_parameters", "Parameters[].Name", {}),
    ("stepfunctions", "list_state_machines", "stateMachines[].name", {}),
    ("xray", "get_groups", "Groups[].GroupName", {}),
    ("xray", "get_sampling_rules", "SamplingRuleRecords[].SamplingRule.RuleName", {}),
)
NOT_THE_MODULES = "reference-agents-"  # the data of the reference agents


def inventory(stack: Stack) -> set[str]:
    """Return all resources of these kinds as `service name`."""
    return {
        f"{service} {name}"
        for service, operation, names, parameters in KINDS
        for name in stack.client(service).get_paginator(operation).paginate(**parameters).search(names)
        if name and not name.startswith(NOT_THE_MODULES)
    }
