"""Metric math: the series that an expression of GetMetricData makes of others. moto knows only an id by itself.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import math
import operator
import re
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase

Points = dict[datetime, float]


@dataclass(frozen=True)
class Series:
    """A time series: what its label and period are, and its points."""

    label: str
    period: int  # seconds
    points: Points


_Value = float | Series | list[Series]


def install() -> None:
    """Evaluate the expressions of GetMetricData, also those that use other expressions."""
    get = CloudWatchBackend.get_metric_data

    @wraps(get)
    def get_metric_data(
        backend: CloudWatchBackend,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        maths = [query for query in queries if _is_math(query)]
        if not maths:
            return get(backend, queries, start_time, end_time, scan_by)
        plain = [{**query, "ReturnData": True} for query in queries if not _is_math(query)]
        results = {result["id"]: result for result in get(backend, plain, start_time, end_time, scan_by)}
        periods = {query["Id"]: int(query["MetricStat"]["Period"]) for query in plain if "MetricStat" in query}
        known = {
            name: Series(
                result["label"], periods.get(name, 60), dict(zip(result["timestamps"], result["values"], strict=True))
            )
            for name, result in results.items()
        }

        def find(search: Search) -> list[Series]:
            queries = search.queries(backend.get_all_metrics())
            found = get(backend, queries, start_time, end_time) if queries else []
            return [
                Series(each["label"], search.period, dict(zip(each["timestamps"], each["values"], strict=True)))
                for each in found
            ]

        formula = Formula(known, {query["Id"]: query for query in maths}, start_time, end_time, find)
        returned = [query for query in queries if query.get("ReturnData", True) not in (False, "false")]
        found: list[dict[str, Any]] = []
        for query in returned:
            if _is_math(query):
                found += [_result(query, series, scan_by) for series in formula.series(query["Id"])]
            else:
                found.append(results[query["Id"]])
        return found

    CloudWatchBackend.get_metric_data = get_metric_data


def _is_math(query: Mapping[str, Any]) -> bool:
    return "Expression" in query and not query["Expression"].startswith("SELECT")


def _result(query: Mapping[str, Any], series: Series, scan_by: str) -> dict[str, Any]:
    points = sorted(series.points.items(), reverse=scan_by == "TimestampDescending")
    return {
        "id": query["Id"],
        "label": query.get("Label") or series.label,
        "values": [value for _, value in points],
        "timestamps": [time for time, _ in points],
        "status_code": "Complete",
    }


@dataclass(frozen=True)
class Search:
    """A search for metrics: `{Namespace,Dimension,…}`, exact terms `Name="value"`, and words that must occur.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """

    text: str
    statistic: str
    period: int

    def queries(self, metrics: Iterable[MetricDatumBase]) -> list[dict[str, Any]]:
        """Return a query of GetMetricData for each metric that is found, ordered by label. Raises ValidationError."""
        schema = re.match(r"\s*\{([^}]*)\}(.*)", self.text, re.DOTALL)
        terms = _SEARCH_TERM.findall(schema[2]) if schema else []
        if not schema or _SEARCH_TERM.sub("", schema[2]).strip() or {"AND", "OR", "NOT"} & {word for *_, word in terms}:
            raise ValidationError(f"Error in expression: the embedded AWS does not know the search {self.text!r}.")
        namespace, *names = (name.strip(' "') for name in schema[1].split(","))
        found: dict[str, dict[str, Any]] = {}
        for metric in metrics:
            dimensions = {each.name: each.value for each in metric.dimensions}
            known = {"MetricName": metric.name, "Namespace": metric.namespace, **dimensions}
            if metric.namespace == namespace and dimensions.keys() == set(names) and _fulfils(known, terms):
                described = [{"Name": name, "Value": value} for name, value in dimensions.items()]
                label = " ".join([*(dimensions[name] for name in names), metric.name])
                identity = {"Namespace": namespace, "MetricName": metric.name, "Dimensions": described}
                found[label] = {"Metric": identity, "Period": self.period, "Stat": self.statistic}
        return [
            {"Id": f"s{place}", "Label": label, "MetricStat": found[label]} for place, label in enumerate(sorted(found))
        ]


_SEARCH_TERM = re.compile(r'\s*(?:(\w+)\s*=\s*"([^"]*)"|"([^"]*)"|([\w./:-]+))')


def _fulfils(known: Mapping[str, str], terms: Iterable[tuple[str, str, str, str]]) -> bool:
    for name, exact, phrase, word in terms:
        text = (phrase or word).casefold()
        if known.get(name) != exact if name else not any(text in value.casefold() for value in known.values()):
            return False
    return True


class Formula:
    """The expressions of one request."""

    def __init__(
        self,
        known: Mapping[str, Series],
        expressions: Mapping[str, Mapping[str, Any]],
        start: datetime,
        end: datetime,
        find: Callable[[Search], list[Series]] = lambda _: [],
    ) -> None:
        self._find = find
        self._metrics = known
        self._known: dict[str, _Value] = dict(known)
        self._expressions = expressions
        self._start, self._end = start, end
        self._open: list[str] = []  # expressions that are being evaluated

    def series(self, name: str) -> list[Series]:
        """Return what an expression results in: one series, or several. Raises ValidationError."""
        value = self._value(name)
        several = value if isinstance(value, list) else [value]
        return [item if isinstance(item, Series) else self._constant(name, item) for item in several]

    def _value(self, name: str) -> _Value:
        if name not in self._known:
            if name not in self._expressions or name in self._open:
                raise ValidationError(f"Error in expression: the id {name} is not known, or depends on itself.")
            self._open.append(name)
            text = self._expressions[name]["Expression"]
            value = self._evaluate(_parsed(text), text)
            self._open.pop()
            label = self._expressions[name].get("Label") or name
            self._known[name] = replace(value, label=label) if isinstance(value, Series) else value
        return self._known[name]

    def _evaluate(self, node: ast.expr, text: str) -> _Value:
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return float(number)
            case ast.Name(id=name):
                return self._value(name)
            case ast.List(elts=parts):
                values = [self._evaluate(part, text) for part in parts]
                return [item for value in values for item in (value if isinstance(value, list) else [value])]
            case ast.UnaryOp(op=ast.USub(), operand=part):
                return _each(operator.neg, self._evaluate(part, text))
            case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
                return _both(_ARITHMETIC[type(sign)], self._evaluate(left, text), self._evaluate(right, text))
            case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARISONS:
                return _both(_COMPARISONS[type(sign)], self._evaluate(left, text), self._evaluate(right, text))
            case ast.BoolOp(op=sign, values=parts):
                join = _and if isinstance(sign, ast.And) else _or
                first, *others = [self._evaluate(part, text) for part in parts]
                for other in others:
                    first = _both(join, first, other)
                return first
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
                few, most, function = _FUNCTIONS[name]
                if few <= len(arguments) <= most:
                    return function(self, arguments, text)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _OF_ONE:
                return _each(_OF_ONE[name], self._evaluate(argument, text))
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _OF_MANY:
                return _reduced(_OF_MANY[name], self._evaluate(argument, text))
        raise ValidationError(f"Error in expression {text!r}: the embedded AWS does not know {ast.unparse(node)!r}.")

    def metrics(self, arguments: Sequence[ast.expr], _: str) -> list[Series]:
        """Return all metrics of the request, or those whose ids hold a text."""
        part = str(getattr(arguments[0], "value", "")) if arguments else ""
        return [series for name, series in self._metrics.items() if part in name]

    def fill(self, arguments: Sequence[ast.expr], text: str) -> _Value:
        """Return a series with a value in each period: another series', a number, or the one before."""
        series, filling = arguments
        if isinstance(filling, ast.Name) and filling.id == "REPEAT":
            return _map(self._repeated, self._evaluate(series, text))
        value = self._evaluate(filling, text)

        def filled(one: Series) -> Series:
            more = value.points if isinstance(value, Series) else dict.fromkeys(self._times(one), value)
            return replace(one, points={**more, **one.points})

        return _map(filled, self._evaluate(series, text))

    def _repeated(self, series: Series) -> Series:
        points: Points = {}
        for time in self._times(series):
            if time in series.points:
                points[time] = series.points[time]
            elif points:
                points[time] = points[max(points)]
        return replace(series, points=points)

    def choose(self, arguments: Sequence[ast.expr], text: str) -> _Value:
        """Return, point by point, the second argument where the first is not 0, or else the third, if there is one."""
        condition, yes, no = [self._evaluate(argument, text) for argument in [*arguments, ast.Constant(0)][:3]]
        if not isinstance(condition, Series):
            return yes if condition else no
        points = {}
        for time, holds in condition.points.items():
            chosen = yes if holds else no
            value = chosen.points.get(time) if isinstance(chosen, Series) else chosen
            if value is not None and (holds or len(arguments) == 3):
                points[time] = value
        return replace(condition, points=points)

    def search(self, arguments: Sequence[ast.expr], text: str) -> list[Series]:
        """Return the metrics that a search finds."""
        match [getattr(argument, "value", None) for argument in arguments]:
            case [str() as terms, str() as statistic, *period]:
                return self._find(Search(terms, statistic, int(period[0]) if period else 300))
        raise ValidationError(f"Error in expression {text!r}: a search has two texts, and may have a period.")

    def period(self, arguments: Sequence[ast.expr], text: str) -> float:
        """Return the seconds of a period of a series."""
        series = self._evaluate(arguments[0], text)
        return float(series.period) if isinstance(series, Series) else 60.0

    def _times(self, series: Series) -> list[datetime]:
        """Return the beginning of each period of the request, in step with the points that there are."""
        step = timedelta(seconds=series.period)
        start = self._start.replace(microsecond=0)
        count = max(0, math.ceil((self._end - start) / step))
        return sorted({start + number * step for number in range(count)} | series.points.keys())

    def _constant(self, name: str, value: float) -> Series:
        return Series(name, 60, {self._start: value})


def _parsed(text: str) -> ast.expr:
    python = re.sub(r"\^", "**", text.replace("&&", " and ").replace("||", " or "))
    python = re.sub(r"\bAND\b", "and", re.sub(r"\bOR\b", "or", python))
    try:
        return ast.parse(python.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise ValidationError(f"Error in expression {text!r}: it is not metric math.") from None


def _map(function: Callable[[Series], Series], value: _Value) -> _Value:
    if isinstance(value, list):
        return [function(series) for series in value]
    return function(value) if isinstance(value, Series) else value


def _each(function: Callable[[float], float], value: _Value) -> _Value:
    """Apply a function to every point; one that it is not defined for is gone."""
    if not isinstance(value, Series | list):
        return function(value)
    return _map(lambda series: replace(series, points=_defined(function, series.points)), value)


def _defined(function: Callable[[float], float], points: Points) -> Points:
    found = {}
    for time, value in points.items():
        try:
            found[time] = float(function(value))
        except (ArithmeticError, ValueError):
            continue
    return found


def _both(function: Callable[[float, float], float], left: _Value, right: _Value) -> _Value:
    """Combine point by point: where one of two is missing, or divides by 0, there is no point."""
    if isinstance(left, list):
        return [_both(function, item, right) for item in left]
    if isinstance(right, list):
        return [_both(function, left, item) for item in right]
    if isinstance(left, Series) and isinstance(right, Series):
        pairs = {time: (value, right.points[time]) for time, value in left.points.items() if time in right.points}
        points = {}
        for time, (one, other) in pairs.items():
            points |= _defined(lambda value, other=other: function(value, other), {time: one})
        return replace(left, points=points)
    if isinstance(left, Series):
        return _each(lambda value: function(value, right), left)
    if isinstance(right, Series):
        return _each(lambda value: function(left, value), right)
    try:
        return float(function(left, right))
    except ArithmeticError as error:
        raise ValidationError(f"Error in expression: {error}") from None


def _reduced(function: Callable[[list[float]], float], value: _Value) -> _Value:
    """Reduce several series to one, point by point, or one series to a number."""
    if isinstance(value, list):
        several = [item for item in value if isinstance(item, Series)]
        times = {time for series in several for time in series.points}
        points = {time: function([s.points[time] for s in several if time in s.points]) for time in times}
        return Series("", several[0].period if several else 60, points)
    if isinstance(value, Series):
        return function(list(value.points.values())) if value.points else Series("", value.period, {})
    return value


def _and(left: float, right: float) -> float:
    return float(bool(left) and bool(right))


def _or(left: float, right: float) -> float:
    return float(bool(left) or bool(right))


_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Div: operator.truediv,
    ast.Mult: operator.mul,
    ast.Pow: operator.pow,
    ast.Sub: operator.sub,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], float]] = {
    ast.Eq: operator.eq,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: dict[str, tuple[int, int, Callable[[Formula, Sequence[ast.expr], str], _Value]]] = {
    "FILL": (2, 2, Formula.fill),
    "IF": (2, 3, Formula.choose),
    "METRICS": (0, 1, Formula.metrics),
    "SEARCH": (2, 3, Formula.search),
    "PERIOD": (1, 1, Formula.period),
}
_OF_ONE = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor, "LOG": math.log, "LOG10": math.log10}
_OF_MANY: dict[str, Callable[[list[float]], float]] = {
    "AVG": statistics.fmean,
    "DATAPOINT_COUNT": lambda values: float(len(values)),
    "MAX": max,
    "MIN": min,
    "STDDEV": statistics.pstdev,
    "SUM": math.fsum,
}
