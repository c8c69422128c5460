"""JSONata as Step Functions speaks it: expressions between `{%` and `%}`, values bound and never pasted.

What AWS adds and leaves out: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import hashlib
import json
import math
import random
import re
import time
import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.utils import Utils

from harness.embedded.clock import CLOCK
from harness.embedded.stepfunctions.engine import Expression
from harness.embedded.stepfunctions.journal import loads, whole
from harness.embedded.stepfunctions.nodes import Frame

# By their names in Step Functions, those of hashlib.
ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
# The library's messages, where "function" became "Object" when it was translated.
_MESSAGES = {code: text.replace("Object", "function") for code, text in JException.error_codes.items()}
_TYPES = {"a": "arrays", "b": "booleans", "f": "functions", "n": "numbers", "o": "objects", "s": "strings"}
_FIRST_PLACE = re.compile(r"\{\{\{\w+\}\}\}|\{\{\w+\}\}")
_YEAR_10000 = 253_402_300_800_000  # in milliseconds
_NEWER_OPERATORS = ("??", "?:")  # the engine knows them, the JSONata of AWS (2.0) does not


class EvaluationError(Exception):
    """An expression failed, or its value is undefined; the message says which expression, where and why."""

    def __init__(self, field: str, expression: str, reason: str) -> None:
        super().__init__(f"The JSONata expression '{expression}' specified for the field '{field}' {reason}")
        self.field = field


class _Undefined(Exception):  # noqa: N818 - becomes an EvaluationError
    """There is no value."""


class _Unsupported(Exception):  # noqa: N818 - becomes an EvaluationError
    """The value is a function."""


def evaluate(template: Any, variables: Mapping[str, Any], field: str, states: Mapping[str, Any] | None = None) -> Any:
    """Evaluate a field: every `{% … %}` string in it, at any depth; everything else is returned as it is.

    `template` is the field's JSON value, `variables` are JSON values by name, in an object that nobody changes any
    more, `field` is the field's name for messages, `states` what `$states` is. Returns a JSON value that shares nothing
    with the variables. Raises EvaluationError.
    """
    frame = _bound(variables)
    if states is not None:
        frame = Frame(frame)
        frame.bindings["states"] = states
    return _filled(template, frame, field)


_last: tuple[Mapping[str, Any] | None, Frame | None] = (None, None)


def _bound(variables: Mapping[str, Any]) -> Frame:
    """Bind variables; those of the last evaluation are bound already, as all fields of a state read the same."""
    global _last
    last = _last
    if variables is last[0]:
        return last[1]
    frame = Frame(_FUNCTIONS)
    frame.bindings = {name: Utils.NULL_VALUE if value is None else value for name, value in variables.items()}
    _last = (variables, frame)
    return frame


def _filled(template: Any, frame: Frame, field: str) -> Any:
    match template:
        case str() if is_expression(template):
            return _evaluate(template, frame, field)
        case dict():
            return {key: _filled(value, frame, f"{field}/{key}") for key, value in template.items()}
        case list():
            return [_filled(value, frame, f"{field}[{index}]") for index, value in enumerate(template)]
    return template


def is_expression(value: Any) -> bool:
    """Return whether a JSON value is a JSONata string."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def _evaluate(template: str, variables: Frame, field: str) -> Any:
    try:
        expression, reads_time = _compiled(template)
        frame = Frame(variables)  # of its own: what an expression binds ends with it
        if reads_time:
            _bind_time(frame)
        return expression.evaluated(frame, _defined)
    except _Undefined as error:
        raise EvaluationError(field, _inner(template), "returned nothing (undefined).") from error
    except _Unsupported as error:
        raise EvaluationError(field, _inner(template), "returned an unsupported result type.") from error
    except Exception as error:  # whatever breaks in the engine is the expression's failure
        reason = f"threw an error during evaluation. {_describe(error)}"
        raise EvaluationError(field, _inner(template), reason) from error


@lru_cache(maxsize=8192)
def _compiled(template: str) -> tuple[Expression, bool]:
    """Parse an expression once, for all runs share the tree; returns it, and whether it reads the time."""
    symbols = Jsonata.get_parser().symbol_table
    for operator in _NEWER_OPERATORS:
        symbols.pop(operator, None)
    text = _inner(template)
    return Expression(text), "$millis" in text or "$now" in text


def _inner(template: str) -> str:
    return template[2:-2].strip()


def _defined(value: Any) -> Any:
    """Copy an engine's value into plain JSON. Raises _Undefined, _Unsupported or TypeError."""
    if value is None:
        raise _Undefined
    return _plain(value)


def _plain(value: Any) -> Any:
    """Copy an engine's value into plain JSON. Raises _Unsupported for a function, TypeError for an infinite number."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return value if value.isascii() else whole(value)
        case float():
            if not math.isfinite(value):
                raise TypeError(f"{value} is not a JSON number.")
            return int(value) if value.is_integer() and abs(value) < 1e15 else value
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case Utils.RangeList():
            return [value[index] for index in range(len(value))]
        case list():
            return [_plain(item) for item in value]
    if value is Utils.NULL_VALUE:
        return None
    raise _Unsupported


def _describe(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "D1011: Stack overflow."
    if isinstance(error, ZeroDivisionError):
        return "D1001: Number out of range: null"
    if not isinstance(error, JException) or error.error not in _MESSAGES:
        return str(error)
    values = [value for value in (error.current, error.expected, error.extra) if value is not None]
    if error.error == "D1002":  # the library has its operator before the value
        values.pop(0)
    if error.error == "T0412":
        values[-1] = _TYPES.get(values[-1], values[-1])
    message = _MESSAGES[error.error]
    for value in values:
        message = _FIRST_PLACE.sub(lambda place: _placed(place[0], value), message, count=1)  # noqa: B023 - called at once
    return f"{error.error}: {message}"


def _placed(place: str, value: Any) -> str:
    """Write a value into its place as the reference implementation does: three braces take it as it is."""
    return str(value) if place.startswith("{{{") else json.dumps(_printable(value), ensure_ascii=False)


def _bind_time(frame: Frame) -> None:
    """Bind `$millis` and `$now` to one instant of the clock for the whole expression."""
    millis = int(CLOCK.now() * 1000)
    frame.bind("millis", Jsonata.JLambda(lambda: millis))
    frame.bind("now", Jsonata.JLambda(lambda picture=None, zone=None: _format(millis, picture, zone)))


def _format(millis: float | None, picture: str | None = None, zone: str | None = None) -> str | None:
    if picture is not None or zone is not None or millis is None or not 0 <= millis < _YEAR_10000:
        return Functions.datetime_from_millis(millis, picture, zone)
    seconds, fraction = divmod(int(millis), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{fraction:03}Z"


def _parse(text: str | None) -> Any:
    if text is None:
        return None
    value = loads(text)
    return Utils.NULL_VALUE if value is None else value


def _string(value: Any, prettify: bool | None = None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    separators = None if prettify else (",", ":")
    return json.dumps(_printable(value), ensure_ascii=False, separators=separators, indent=2 if prettify else None)


def _printable(value: Any) -> Any:
    """Prepare a value for `$string`: 15 digits as JSONata prints them, functions as empty strings."""
    if Utils.is_function(value) or Functions.is_lambda(value):
        return ""
    match value:
        case dict():
            return {key: _printable(item) for key, item in value.items()}
        case Utils.RangeList():
            return _plain(value)
        case list():
            return [_printable(item) for item in value]
        case float():
            rounded = float(f"{value:.15g}")
            return _plain(rounded) if math.isfinite(rounded) else None  # as JSON.stringify writes it
    return _plain(value)


def _number(value: Any) -> float | None:
    try:
        return Functions.number(value)
    except ValueError as error:
        raise JException("D3030", -1, value) from error


def _hash(value: Any, algorithm: str | None = None) -> str | None:
    if value is None:
        return None
    if algorithm not in ALGORITHMS:
        raise ValueError(f"The hash algorithm must be one of {', '.join(ALGORITHMS)}.")
    return hashlib.new(ALGORITHMS[algorithm], _string(value).encode(), usedforsecurity=False).hexdigest()


def _random(seed: float | None = None) -> float:
    return random.random() if seed is None else random.Random(seed).random()  # noqa: S311 (JSONata's, not for secrets)


def _range(first: float, last: float, step: float) -> list[float]:
    if step == 0:
        raise ValueError("The step of a range must not be 0.")
    count = math.floor((last - first) / step) + 1
    numbers = [first + index * step for index in range(max(count, 0))]
    return Utils.create_sequence_from_iter(numbers) if len(numbers) == 1 else numbers  # a single one is unwrapped


def _partition(array: list[Any] | None, size: float) -> list[list[Any]] | None:
    if array is None:
        return None
    if size < 1 or size != int(size):
        raise ValueError("The size of a partition must be a positive whole number.")
    return [array[start : start + int(size)] for start in range(0, len(array), int(size))]


def _eval(*_: Any) -> None:
    raise ValueError("Step Functions has no $eval function.")


def _functions() -> Frame:
    """Bind all functions in one frame, JSONata's and AWS's: names are looked up often, frame by frame."""
    frame = Frame(None)
    frame.bindings |= Jsonata.static_frame.bindings
    for name, function, signature in (
        ("parse", _parse, "<s-:x>"),
        ("fromMillis", _format, "<n-s?s?:s>"),
        ("number", _number, "<(nsb)-:n>"),
        ("string", _string, "<x-b?:s>"),
        ("hash", _hash, "<xs:s>"),
        ("uuid", lambda: str(uuid.uuid4()), "<:s>"),
        ("random", _random, "<n?:n>"),
        ("range", _range, "<nnn:a>"),
        ("partition", _partition, "<an:a>"),
        ("eval", _eval, "<x?x?:x>"),
    ):
        frame.bind(name, Jsonata.JFunction(Jsonata.JLambda(function), signature))
    return frame


_FUNCTIONS = _functions()
