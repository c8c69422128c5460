"""Findings that the definition itself suppresses, each with a reason.

A `Comment` that holds `asl-lint: ignore CODE, CODE because REASON` covers the object that holds it and all inside.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.asl.machine import Machine, as_dict, as_list, as_text
from harness.asl.rules import RULES, Finding

_MARK = "asl-lint:"
_FORM = re.compile(r"\s*ignore\s+(?P<codes>[A-Z_]+(?:\s*,\s*[A-Z_]+)*)(?:\s+because\s+(?P<reason>\S.*))?\s*", re.DOTALL)


@dataclass(frozen=True)
class Suppression:
    """What one comment asks for, at the path of the object that holds it; `problem` says why it has no effect."""

    path: str
    codes: tuple[str, ...] = ()
    problem: str = ""

    def covers(self, finding: Finding) -> bool:
        """Return whether it suppresses a finding."""
        is_inside = finding.path == self.path or finding.path.startswith((f"{self.path}/", f"{self.path}["))
        return not self.problem and finding.code in self.codes and is_inside


def check(machine: Machine) -> Iterator[Finding]:
    """Yield suppressions that have no effect."""
    for suppression in suppressions(machine):
        if suppression.problem:
            yield Finding(f"{suppression.path}/Comment", "INVALID_SUPPRESSION", suppression.problem)


def suppressions(machine: Machine) -> Iterator[Suppression]:
    """Yield every suppression of a definition."""
    for path, holder in _holders(machine):
        comment = as_text(holder.get("Comment"))
        if comment is not None and _MARK in comment:
            for text in comment.split(_MARK)[1:]:
                yield _read(path, text)


def _holders(machine: Machine) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for scope in machine.scopes:
        yield scope.path, scope.body
    for state in machine.states:
        yield state.path, state.body
        for number, rule in enumerate(as_list(state.body.get("Choices"))):
            yield f"{state.path}/Choices[{number}]", as_dict(rule)
        for _, path, handler in state.handlers:
            yield path, handler


def _read(path: str, text: str) -> Suppression:
    found = _FORM.fullmatch(text)
    if found is None:
        return Suppression(path, problem=f"Write it as '{_MARK} ignore RULE, RULE because REASON'.")
    codes = tuple(code.strip() for code in found["codes"].split(","))
    for code in codes:
        if code not in RULES:
            return Suppression(path, problem=f"There is no rule '{code}'.{did_you_mean(code)}")
    if found["reason"] is None:
        listed = ", ".join(codes)
        return Suppression(
            path, problem=f"It has no effect without a reason: '{_MARK} ignore {listed} because REASON'."
        )
    return Suppression(path, codes)


def did_you_mean(code: str) -> str:
    """Return a hint at the rule that a wrong name most likely means; empty without one."""
    near = difflib.get_close_matches(code, RULES, 1)
    return f" Did you mean '{near[0]}'?" if near else ""
