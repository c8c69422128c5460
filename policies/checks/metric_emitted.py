"""An alarm on a metric that no service emits never fires."""

from __future__ import annotations

from agentcore_policies import metrics
from agentcore_policies.check import Check, Conf


class MetricEmitted(Check):
    """Every metric of AWS's own namespaces that an alarm or a widget names is one that the service emits."""

    def problems(self, conf: Conf) -> list[str]:
        """Name the metrics that are not."""
        named = metrics.of_dashboard(conf) if "dashboard_body" in conf else metrics.of_alarm(conf)
        return [problem for metric in named if (problem := metric.problem())]


MetricEmitted(
    "CKV_AGENTCORE_9",
    "Point alarms and widgets at metrics, with dimensions, that AWS emits",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html",
    resource=("aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard"),
)
