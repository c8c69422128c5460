"""Choice rules that can never be taken."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.asl.machine import Machine, State, as_dict, as_list, has_placeholder, is_expression
from harness.asl.paths import comparisons
from harness.asl.rules import Finding

_EQUALITIES = ("StringEquals", "NumericEquals", "BooleanEquals", "TimestampEquals")
_NOT_THE_CONDITION = ("Next", "Comment", "Assign", "Output")


def check(machine: Machine) -> Iterator[Finding]:
    """Yield comparisons that are never true as written, and rules that repeat an earlier one."""
    for state in machine.states:
        if state.type == "Choice":
            yield from _repeated(state)
            for path, rule in comparisons(state):
                yield from _never_true(path, rule)


def _never_true(path: str, rule: Mapping[str, Any]) -> Iterator[Finding]:
    pattern = rule.get("StringMatches")
    if isinstance(pattern, str) and "|" in pattern and "*" not in pattern and not has_placeholder(pattern):
        message = f"StringMatches knows only *: {pattern!r} matches that very text, bar and all. Use Or."
        yield Finding(f"{path}/StringMatches", "NEVER_MATCHES", message)
    expected: dict[tuple[str, str], Any] = {}
    for inner in map(as_dict, as_list(rule.get("And"))):
        for operator in _EQUALITIES:
            key = (str(inner.get("Variable")), operator)
            if operator in inner and expected.setdefault(key, inner[operator]) != inner[operator]:
                message = f"'{key[0]}' cannot equal both {expected[key]!r} and {inner[operator]!r}."
                yield Finding(f"{path}/And", "NEVER_MATCHES", message)


def _repeated(state: State) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for number, rule in enumerate(as_list(state.body.get("Choices"))):
        condition = {key: value for key, value in as_dict(rule).items() if key not in _NOT_THE_CONDITION}
        # A drawn or read-the-clock value may differ from one rule to the next.
        text = json.dumps(condition, sort_keys=True)
        if is_expression(condition.get("Condition")) and any(name in text for name in ("$random", "$uuid")):
            continue
        if condition and text in seen:
            message = f"The rule is never taken: Choices[{seen[text]}] has the same condition and comes first."
            yield Finding(f"{state.path}/Choices[{number}]", "REPEATED_CHOICE", message)
        seen.setdefault(text, number)
