"""What an AWS service model demands of a request: required members, lengths, ranges, patterns, enumerations.

botocore's own validation knows required members and minimum lengths only; AWS checks all of it.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import Shape

_SIZED = {"string", "blob", "list", "map"}
# Enumerations that AWS lists in another order than its model.
_ORDERS = {"ExecutionStatus": ("SUCCEEDED", "TIMED_OUT", "PENDING_REDRIVE", "ABORTED", "FAILED", "RUNNING")}
_NUMERIC = {"integer", "long", "float", "double"}


def problem_with(shape: Shape, parameters: dict[str, Any]) -> str | None:
    """Return what is wrong with `parameters` of the input `shape`, worded as AWS words it; None when nothing is."""
    found = list(_violations(shape, parameters, ""))
    if not found:
        return None
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: {'; '.join(found)}"


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    for constraint in _broken(shape, value):
        shown = "" if shape.type_name == "blob" or shape.metadata.get("sensitive") else f" '{_shown(shape, value)}'"
        yield f"Value{shown} at '{path}' failed to satisfy constraint: {constraint}"
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _violations(member, value[name], _join(path, name))
    elif shape.type_name == "list":
        for index, element in enumerate(value, 1):
            yield from _violations(shape.member, element, f"{path}.{index}.member")
    elif shape.type_name == "map":
        for key, element in value.items():
            yield from _violations(shape.key, key, f"{path}.key")
            yield from _violations(shape.value, element, f"{path}.{key}.value")


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    if shape.type_name in _SIZED:
        measure, size = "length", len(value)
    elif shape.type_name in _NUMERIC:
        measure, size = "value", value
    else:
        return
    limits = shape.metadata
    if "min" in limits and size < limits["min"]:
        yield f"Member must have {measure} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        yield f"Member must have {measure} less than or equal to {limits['max']}"
    if "pattern" in limits and (pattern := _pattern(limits["pattern"])) and not pattern.fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {limits['pattern']}"
    if "enum" in limits and value not in limits["enum"]:
        yield f"Member must satisfy enum value set: [{', '.join(_ORDERS.get(shape.name, limits['enum']))}]"


def _shown(shape: Shape, value: Any) -> str:
    """Write a value as AWS's classes print themselves."""
    match shape.type_name:
        case "list":
            return f"[{', '.join(_shown(shape.member, element) for element in value)}]"
        case "structure":
            members = (f"{name}={_shown(shape.members[name], value[name])}" for name in shape.members if name in value)
            return f"{shape.name}({', '.join(members)})"
    return str(value)


@cache
def _pattern(text: str) -> re.Pattern[str] | None:
    try:
        return re.compile(text)
    except re.error:  # a pattern of Java's that Python does not know
        return None


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
