"""GetMetricData finds the data of just the metric that a query names: by namespace, name and all dimensions.

moto leaves out the namespace where there are dimensions, and the dimensions where a query has none; and it compares
every datum with each period of each query, which takes seconds once there are many.
"""

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from functools import wraps
from types import SimpleNamespace
from typing import Any

from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase

Identity = tuple[str, str, frozenset[tuple[str, str]]]  # namespace, name, and the names and values of the dimensions


def identity(datum: MetricDatumBase) -> Identity:
    """Return which metric a datum belongs to."""
    return datum.namespace, datum.name, frozenset((each.name, each.value) for each in datum.dimensions)


class _Data(list[MetricDatumBase]):
    """What was put, in its order and by metric."""

    def __init__(self, data: Iterable[MetricDatumBase] = ()) -> None:
        super().__init__()
        self.of: defaultdict[Identity, list[MetricDatumBase]] = defaultdict(list)
        for datum in data:
            self.append(datum)

    def append(self, datum: MetricDatumBase) -> None:
        super().append(datum)
        self.of[identity(datum)].append(datum)


def install() -> None:
    """Show moto only the data of the metric that a query names."""
    make, get = CloudWatchBackend.__init__, CloudWatchBackend.get_metric_data

    @wraps(make)
    def begin(backend: CloudWatchBackend, *arguments: Any, **named: Any) -> None:
        make(backend, *arguments, **named)
        backend.metric_data = _Data()

    @wraps(get)
    def get_metric_data(
        backend: CloudWatchBackend, queries: list[dict[str, Any]], *arguments: Any, **named: Any
    ) -> list[dict[str, Any]]:
        put, aside = backend.metric_data, copy(backend)
        aside.metric_data = []
        measured = _Data(aside.get_all_metrics())  # what is not put, but measured when it is asked for

        def seen(query: dict[str, Any]) -> Any:
            if "MetricStat" not in query:
                return backend
            metric = query["MetricStat"]["Metric"]
            dimensions = frozenset((each["Name"], each["Value"]) for each in metric.get("Dimensions", ()))
            sought = metric["Namespace"], metric["MetricName"], dimensions
            found = [*put.of[sought], *measured.of[sought]]
            return SimpleNamespace(get_all_metrics=lambda: found)

        return [result for query in queries for result in get(seen(query), [query], *arguments, **named)]

    CloudWatchBackend.__init__ = begin
    CloudWatchBackend.get_metric_data = get_metric_data
