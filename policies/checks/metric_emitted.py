"""An alarm on a metric that no service emits never fires."""

from __future__ import annotations

from agentcore_policies import document, metrics, source
from agentcore_policies.check import Check, Conf, judged


class MetricEmitted(Check):
    """Every metric of AWS's own namespaces that an alarm or a widget names is one that the service emits."""

    def problems(self, conf: Conf) -> list[str] | None:
        """Name the metrics that are not."""
        if "dashboard_body" in conf:
            named = metrics.of_dashboard(document.read(conf, "dashboard_body", source.block(self.graph, conf)))
        else:
            named = metrics.of_alarm(conf)
        return judged(metric.problem() for metric in named)


MetricEmitted(
    "CKV_AGENTCORE_9",
    "Point alarms and widgets at metrics, with dimensions, that AWS emits",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html",
    resource=("aws_cloudwatch_metric_alarm", "aws_cloudwatch_dashboard"),
)
