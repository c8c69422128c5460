"""Event patterns: what EventBridge accepts as one, and which events match it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
moto accepts any object of lists, knows no wildcards, treats `true` as `1`, and does not look into lists of objects.
"""

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from harness.embedded.json_values import MISSING, is_finite

_Test = Callable[[Any], bool]  # of one value of an event, or MISSING

_ORDER = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt}
_MOST = 5_000_000_000  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html


class InvalidPattern(ValueError):  # noqa: N818 - named as AWS names it
    """The pattern is not valid; the message says why."""


@lru_cache(maxsize=512)
def parse(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return the test that says whether an event matches a pattern. Raises InvalidPattern."""
    try:
        pattern = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise InvalidPattern(f"Event pattern is not valid JSON: {error}") from None
    except RecursionError:
        raise InvalidPattern("Event pattern is nested too deeply") from None
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPattern("Filter is not an object, or an empty one")
    return _object(pattern)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InvalidPattern("Path exists more than once")
    return members


def _object(pattern: Mapping[str, Any]) -> Callable[[Any], bool]:
    """All members must match, in the same object where an event holds a list of objects."""
    if not pattern:
        raise InvalidPattern("Empty objects are not allowed")
    tests: list[Callable[[Any], bool]] = []
    for name, part in pattern.items():
        if name == "$or" and isinstance(part, list):
            tests.append(_or(part))
        elif isinstance(part, dict):
            tests.append(_member(name, _object(part)))
        elif isinstance(part, list):
            tests.append(_leaf(name, part))
        else:
            raise InvalidPattern(f'"{name}" must be an object or an array')

    def matches(value: Any) -> bool:
        if isinstance(value, list):
            return any(matches(item) for item in value or [{}])
        return all(test(value if isinstance(value, dict) else {}) for test in tests)

    return matches


def _or(parts: list[Any]) -> Callable[[Any], bool]:
    if len(parts) < 2 or not all(isinstance(part, dict) for part in parts):
        raise InvalidPattern('"$or" must be an array of at least two objects')
    tests = [_object(part) for part in parts]
    return lambda value: any(test(value) for test in tests)


def _member(name: str, test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: test(value.get(name, {}))


def _leaf(name: str, rules: list[Any]) -> Callable[[Any], bool]:
    if not rules:
        raise InvalidPattern("Empty arrays are not allowed")
    tests = [_rule(rule) for rule in rules]
    return lambda value: any(test(leaf) for test in tests for leaf in _leaves(value.get(name, MISSING)))


def _leaves(value: Any) -> Iterator[Any]:
    """Yield the values that a rule is compared with: each of a list's; an object is none, and an empty list neither."""
    if isinstance(value, list):
        leaves = [leaf for item in value for leaf in _leaves(item) if leaf is not MISSING]
        yield from leaves or [MISSING]
    else:
        yield MISSING if isinstance(value, dict) else value


def _rule(rule: Any) -> _Test:
    if not isinstance(rule, dict):
        if isinstance(rule, list):
            raise InvalidPattern("Match value must be String, number, true, false, or null")
        return _equals(rule)
    if len(rule) != 1:
        raise InvalidPattern("Only one key allowed in match expression")
    [(name, argument)] = rule.items()
    if name not in _OPERATORS:
        raise InvalidPattern(f"Unrecognized match type {name}")
    return _OPERATORS[name](argument)


def _equals(expected: Any) -> _Test:
    """Numbers are compared as they are written: 300 is not 300.0."""
    return lambda value: type(value) is type(expected) and value == expected


def _of_text(name: str, argument: Any, compare: Callable[[str, str], bool]) -> _Test:
    if not isinstance(argument, str):
        raise InvalidPattern(f"{name} match pattern must be a string")
    return lambda value: isinstance(value, str) and compare(value, argument)


def _affix(name: str, compare: Callable[[str, str], bool]) -> Callable[[Any], _Test]:
    """Return the rule of a prefix or a suffix, which may ignore case."""

    def rule(argument: Any) -> _Test:
        if isinstance(argument, dict) and argument.keys() == {"equals-ignore-case"}:
            return _of_text(
                name, argument["equals-ignore-case"], lambda value, part: compare(value.casefold(), part.casefold())
            )
        return _of_text(name, argument, compare)

    return rule


def _ignoring_case(argument: Any) -> _Test:
    return _of_text("equals-ignore-case", argument, lambda value, text: value.casefold() == text.casefold())


def _wildcard(argument: Any) -> _Test:
    r"""`*` matches any characters, `\*` for itself, `\\` for a backslash."""
    if not isinstance(argument, str):
        raise InvalidPattern("wildcard match pattern must be a string")
    if "**" in re.sub(r"\\.", "", argument):
        raise InvalidPattern("Consecutive wildcard characters are not allowed")
    if re.search(r"(?<!\\)(\\\\)*\\([^*\\]|$)", argument):
        raise InvalidPattern("Invalid escape character in wildcard match pattern")
    parts = re.findall(r"\\([*\\])|(\*)|([^*\\]+)", argument)
    expected = re.compile("".join(".*" if star else re.escape(escaped or text) for escaped, star, text in parts), re.S)
    return lambda value: isinstance(value, str) and bool(expected.fullmatch(value))


def _numeric(argument: Any) -> _Test:
    """One comparison, or a lower and an upper bound: `[">", 0, "<=", 5]`."""
    if not isinstance(argument, list) or len(argument) not in (2, 4):
        raise InvalidPattern("Value of numeric must be an array of one or two comparisons")
    comparisons = list(zip(argument[::2], argument[1::2], strict=True))
    for sign, bound in comparisons:
        if sign not in _ORDER:
            raise InvalidPattern(f"Unrecognized numeric range operator: {sign}")
        if not is_finite(bound) or abs(bound) > _MOST:
            raise InvalidPattern("Value of numeric must be a number within 5,000,000,000 of zero")
    if len(comparisons) == 2:
        (low_sign, low), (high_sign, high) = comparisons
        if low_sign not in (">", ">=") or high_sign not in ("<", "<="):
            raise InvalidPattern("Bad numeric range operator: a lower bound comes first, then an upper one")
        if low >= high:
            raise InvalidPattern("Bottom must be less than top")
    return lambda value: is_finite(value) and all(_ORDER[sign](value, bound) for sign, bound in comparisons)


def _anything_but(argument: Any) -> _Test:
    """Match a value that is there and is none of these."""
    if isinstance(argument, dict):
        if len(argument) != 1 or not argument.keys() <= _NEGATABLE:
            raise InvalidPattern("Unsupported anything-but pattern")
        [(name, values)] = argument.items()
        excluded = [_OPERATORS[name](value) for value in _several(values)]
    else:
        values = _several(argument)
        kinds = {str if isinstance(value, str) else float if is_finite(value) else None for value in values}
        if len(kinds) != 1 or None in kinds:
            raise InvalidPattern("Inside anything-but list, either all values are numbers or strings")
        excluded = [_equals(value) for value in values]
    return lambda value: value is not MISSING and not any(test(value) for test in excluded)


def _several(values: Any) -> list[Any]:
    if values == []:
        raise InvalidPattern("Empty arrays are not allowed")
    return values if isinstance(values, list) else [values]


def _exists(argument: Any) -> _Test:
    if not isinstance(argument, bool):
        raise InvalidPattern("exists match pattern must be either true or false.")
    return lambda value: (value is not MISSING) == argument


def _cidr(argument: Any) -> _Test:
    try:
        network = ipaddress.ip_network(argument, strict=False)
    except (ValueError, TypeError):
        raise InvalidPattern("Malformed CIDR, one '/' required") from None

    def matches(value: Any) -> bool:
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return matches


_OPERATORS: dict[str, Callable[[Any], _Test]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _ignoring_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _affix("prefix", str.startswith),
    "suffix": _affix("suffix", str.endswith),
    "wildcard": _wildcard,
}
_NEGATABLE = {"prefix", "suffix", "equals-ignore-case", "wildcard"}
