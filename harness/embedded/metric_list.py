"""CloudWatch lists each metric once, however often it was put.

moto looks for each datum among all metrics that it found before, which takes minutes once there are many, and misses
those with several dimensions, which it then lists again and again.
"""

from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase

from harness.embedded.metric_data import identity


def install() -> None:
    """List metrics by their names and dimensions."""
    CloudWatchBackend.get_filtered_metrics = _get_filtered_metrics


def _get_filtered_metrics(
    backend: CloudWatchBackend, metric_name: str, namespace: str, dimensions: list[dict[str, str]]
) -> list[MetricDatumBase]:
    metrics = {identity(datum): datum for datum in backend.get_all_metrics()}
    return [datum for datum in metrics.values() if datum.filter(namespace, metric_name, dimensions)]
