"""CloudWatch's dashboards belong to an account, whatever the region; in moto each region has its own.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
"""

from collections import defaultdict
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend

_DASHBOARDS: defaultdict[tuple[str, str], dict[str, Any]] = defaultdict(dict)  # by account and partition


def install() -> None:
    """Make the backends of all regions share their dashboards."""
    CloudWatchBackend.dashboards = property(_shared, lambda *_: None)


def _shared(backend: CloudWatchBackend) -> dict[str, Any]:
    return _DASHBOARDS[backend.account_id, backend.partition]
