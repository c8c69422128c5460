"""What an expression's syntax says before it is evaluated: the value's type, the depth, the ranges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.asl.names import returned_type

_TEXT, _NUMBER, _BOOLEAN = "text", "a number", "true or false"
_OPERATORS = {"&": _TEXT, **dict.fromkeys(("+", "-", "*", "/", "%"), _NUMBER),
              **dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "and", "or", "in"), _BOOLEAN)}  # fmt: skip
_SINGLE = ("lhs", "rhs", "expression", "procedure", "condition", "then", "_else", "body", "pattern", "update", "delete")
_SEVERAL = ("expressions", "arguments", "steps", "terms", "stages", "predicate")


def scalar_type(node: Any) -> str | None:
    """Return what the value is if it is certainly no list and no object: text, a number, true or false, null."""
    if getattr(node, "keep_array", False):
        return None
    match node.type:
        case "string":
            return _TEXT
        case "number":
            return _NUMBER
        case "value":
            return "null" if node.value is None else _BOOLEAN
        case "binary":
            return _OPERATORS.get(str(node.value))
        case "unary":
            return _NUMBER if str(node.value) == "-" else None
        case "block":
            return scalar_type(node.expressions[-1]) if node.expressions else None
        case "condition":
            types = {scalar_type(node.then), scalar_type(node._else) if node._else is not None else None}
            return types.pop() if len(types) == 1 else None
        case "function":
            name = node.procedure.value if node.procedure is not None and node.procedure.type == "variable" else None
            return returned_type(name)
    return None


def depth(tree: Any) -> int:
    """Return how deeply the expression's parts are nested, the whole being 1."""
    deepest, pending = 0, [(tree, 1)]
    while pending:
        node, level = pending.pop()
        deepest = max(deepest, level)
        pending.extend((part, level + 1) for part in _parts(node))
    return deepest


def longest_range(tree: Any) -> int:
    """Return how many elements the longest range has whose bounds are written as numbers; 0 without any."""
    longest, pending = 0, [tree]
    while pending:
        node = pending.pop()
        longest = max(longest, _range(node))
        pending.extend(_parts(node))
    return longest


def _range(node: Any) -> int:
    if node.type == "binary" and str(node.value) == "..":
        bounds, step = (_number(node.lhs), _number(node.rhs)), 1.0
    elif node.type == "function" and getattr(node.procedure, "value", None) == "range":
        numbers = [_number(argument) for argument in node.arguments or ()]
        if len(numbers) != 3 or not numbers[2]:
            return 0
        bounds, step = (numbers[0], numbers[1]), numbers[2]
    else:
        return 0
    low, high = bounds
    return 0 if low is None or high is None else max(0, int((high - low) / step) + 1)


def _number(node: Any) -> float | None:
    return node.value if getattr(node, "type", None) == "number" else None


def _parts(node: Any) -> Iterator[Any]:
    for name in _SINGLE:
        part = getattr(node, name, None)
        if hasattr(part, "type"):
            yield part
    for name in _SEVERAL:
        for part in getattr(node, name, None) or ():
            part = getattr(part, "expr", None) or (part.expression if name == "terms" else part)
            if hasattr(part, "type"):
                yield part
    for holder in (node, getattr(node, "group", None)):
        for pair in getattr(holder, "lhs_object", None) or ():
            yield from (part for part in pair if hasattr(part, "type"))
