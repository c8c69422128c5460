"""The rules of a Choice in JSONPath.

https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html#amazon-states-language-choice-state-rules
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from harness.embedded.json_values import is_number

Read = Callable[[str], Any]  # the value of a path; raises LookupError where there is none

_ORDERS = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
# https://states-language.net/spec.html#timestamps
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def holds(rule: Mapping[str, Any], read: Read) -> bool:
    """Return whether a rule is true. Raises LookupError for a path to nothing, but for IsPresent."""
    if "And" in rule:
        return all(holds(inner, read) for inner in rule["And"])
    if "Or" in rule:
        return any(holds(inner, read) for inner in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], read)
    name = next(name for name in rule if name in _TESTS or name.removesuffix("Path") in _TESTS)
    if name == "IsPresent":
        return _is_present(rule["Variable"], read) is rule[name]
    value = read(rule["Variable"])
    if name in _TESTS:
        return _TESTS[name](value, rule[name])
    return _TESTS[name.removesuffix("Path")](value, read(rule[name]))


def moment(value: Any) -> datetime | None:
    """Return the moment that a timestamp means; None for what is none: the language wants T, seconds and a zone."""
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _is_present(path: str, read: Read) -> bool:
    try:
        read(path)
    except LookupError:
        return False
    return True


def _matches(value: Any, pattern: Any) -> bool:
    return isinstance(value, str) and _pattern(pattern).fullmatch(value) is not None


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """Compile a pattern in which `*` is any text, and a backslash makes the next character itself."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    return re.compile("".join(".*" if part == "*" else re.escape(part[-1]) for part in parts), re.DOTALL)


def _compared(read_as: Callable[[Any], Any], compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """Return a test that is false where one side is of another type."""

    def test(value: Any, expected: Any) -> bool:
        left, right = read_as(value), read_as(expected)
        return left is not None and right is not None and compare(left, right)

    return test


_TYPES: Mapping[str, Callable[[Any], Any]] = {
    "Numeric": lambda value: value if is_number(value) else None,
    "String": lambda value: value.encode("utf-16-be", "surrogatepass") if isinstance(value, str) else None,
    "Timestamp": moment,
}
_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    **{
        f"{type_}{order}": _compared(read_as, compare)
        for type_, read_as in _TYPES.items()
        for order, compare in _ORDERS.items()
    },
    "BooleanEquals": lambda value, expected: isinstance(value, bool) and value is expected,
    "IsBoolean": lambda value, expected: isinstance(value, bool) is expected,
    "IsNull": lambda value, expected: (value is None) is expected,
    "IsNumeric": lambda value, expected: is_number(value) is expected,
    "IsPresent": lambda *_: True,
    "IsString": lambda value, expected: isinstance(value, str) is expected,
    "IsTimestamp": lambda value, expected: (moment(value) is not None) is expected,
    "StringMatches": _matches,
}
