"""The IAM policy language: whether documents allow or deny one action on one resource.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cache, lru_cache
from typing import Any

ANY = "<any>"  # a resource that is not known: what allows the action on some resource allows it


class Effect(Enum):
    """What policies say of a request."""

    ALLOW = "allow"
    DENY = "explicit deny"
    NONE = "implicit deny"


@dataclass(frozen=True)
class Request:
    """One action on one resource, with the condition keys that come with it; `principal` for resource policies."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    principal: tuple[str, str] | None = None  # ("AWS", ARN) or ("Service", name)


def evaluate(documents: Iterable[str], request: Request) -> Effect:
    """Evaluate policy documents (JSON texts) together: an explicit deny wins over any allow.

    Raises LookupError for a condition operator that does not exist, rather than letting the request through.
    """
    documents = tuple(documents)
    keys = _condition_keys(documents)
    context = frozenset((name, value) for name, value in request.context.items() if name.lower() in keys)
    return _evaluate(documents, request.action, request.resource, context, request.principal)


@lru_cache(maxsize=65536)
def _evaluate(
    documents: tuple[str, ...],
    action: str,
    resource: str,
    context: frozenset[tuple[str, str]],
    principal: tuple[str, str] | None,
) -> Effect:
    request = Request(action, resource, dict(context), principal)
    found = Effect.NONE
    for document in documents:
        for statement in _statements(document):
            if _applies(statement, request):
                if statement["Effect"] == "Deny":
                    return Effect.DENY
                found = Effect.ALLOW
    return found


def matches(pattern: str, text: str) -> bool:
    """Compare with `*` for any characters and `?` for one."""
    return bool(_pattern(pattern).fullmatch(text))


def _applies(statement: Mapping[str, Any], request: Request) -> bool:
    return (
        _element(statement, "Action", lambda pattern: matches(pattern.lower(), request.action.lower()))
        and (
            (request.resource == ANY and statement["Effect"] == "Allow")
            or _element(statement, "Resource", lambda pattern: matches(pattern, request.resource))
        )
        and (request.principal is None or _principal(statement.get("Principal", {}), *request.principal))
        and all(
            _condition(condition, key, _listed(values), request.context)
            for condition, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _element(statement: Mapping[str, Any], name: str, match: Callable[[str], bool]) -> bool:
    if f"Not{name}" in statement:
        return not any(map(match, _listed(statement[f"Not{name}"])))
    # A trust policy has no Resource.
    return any(map(match, _listed(statement.get(name, "*"))))


def _principal(principal: Any, kind: str, name: str) -> bool:
    if principal == "*":
        return True
    # An account may be named by its id, or by the ARN of its root user.
    names = {"*", name} | ({name.split(":")[4]} if name.endswith(":root") else set())
    return not names.isdisjoint(_listed(principal.get(kind, [])))


# Positive comparisons of one policy value with one value of the request; a `Not` in the operator's name turns them.
_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda expected, actual: expected == actual,
    "StringEqualsIgnoreCase": lambda expected, actual: expected.lower() == actual.lower(),
    "StringLike": matches,
    "ArnEquals": lambda expected, actual: _same_arn(expected, actual),
    "ArnLike": lambda expected, actual: _same_arn(expected, actual),
    "BinaryEquals": lambda expected, actual: expected == actual,
    "Bool": lambda expected, actual: expected.lower() == actual.lower(),
    "IpAddress": lambda expected, actual: ipaddress.ip_address(actual) in ipaddress.ip_network(expected, strict=False),
    **{
        f"{kind}{name}": (lambda expected, actual, read=read, compare=compare: compare(read(actual), read(expected)))
        for kind, read in (("Numeric", float), ("Date", lambda text: _moment(text)))
        for name, compare in (
            ("Equals", operator.eq),
            ("LessThan", operator.lt),
            ("LessThanEquals", operator.le),
            ("GreaterThan", operator.gt),
            ("GreaterThanEquals", operator.ge),
        )
    },
}


def _moment(text: str) -> float:
    """Read a date, in ISO 8601 or as seconds since the epoch."""
    if text.isdigit():
        return float(text)
    date = datetime.fromisoformat(text)
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _condition(condition: str, key: str, expected: list[str], context: Mapping[str, str]) -> bool:
    actual = next((value for name, value in context.items() if name.lower() == key.lower()), None)
    name = condition.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (expected[0].lower() == "true")
    # A request here carries one value per key, for which the set operators are the plain ones but where it is missing.
    if name.startswith("ForAllValues:") and actual is None:
        return True
    name = name.removeprefix("ForAllValues:").removeprefix("ForAnyValue:")
    negative = "Not" in name
    compare = _COMPARISONS.get(name.replace("Not", ""))
    if compare is None:
        raise LookupError(f"IAM has no condition operator {condition}.")
    if actual is None:
        return negative or condition.endswith("IfExists")
    return any(_holds(compare, value, actual) for value in expected) != negative


def _holds(compare: Callable[[str, str], bool], expected: str, actual: str) -> bool:
    try:
        return compare(expected, actual)
    except ValueError:  # no number, date or address: nothing that it could be compared with
        return False


def _same_arn(pattern: str, arn: str) -> bool:
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    return len(patterns) == len(parts) and all(map(matches, patterns, parts))


def _listed(value: Any) -> list[str]:
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@lru_cache(maxsize=1024)
def _condition_keys(documents: tuple[str, ...]) -> frozenset[str]:
    """Return the condition keys that policies ask for, in lower case: others make no difference."""
    conditions = [statement.get("Condition", {}) for document in documents for statement in _statements(document)]
    return frozenset(key.lower() for condition in conditions for keys in condition.values() for key in keys)


@cache
def _statements(document: str) -> list[dict[str, Any]]:
    statements = json.loads(document)["Statement"]
    return statements if isinstance(statements, list) else [statements]


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
