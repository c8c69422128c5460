"""The graph: targets that exist, states that can be reached, ends that can be reached."""

from __future__ import annotations

from collections.abc import Iterator

from harness.asl.machine import Machine, Scope, as_text, has_placeholder
from harness.asl.rules import Finding

LONGEST_NAME = 80


def check(machine: Machine) -> Iterator[Finding]:
    """Yield findings about names, targets, reachability and ends."""
    yield from _names(machine)
    for scope in machine.scopes:
        if scope.states:
            yield from _targets(scope)
            yield from _reachability(scope)
            yield from _ends(scope)


def _names(machine: Machine) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for state in machine.states:
        if not 1 <= len(state.name) <= LONGEST_NAME:
            message = f"A state's name has 1 to {LONGEST_NAME} characters; this one has {len(state.name)}."
            yield Finding(state.path, "INVALID_STATE_NAME", message)
        if state.name in first:
            message = f"The state name '{state.name}' is used twice, here and at {first[state.name]}."
            yield Finding(state.path, "DUPLICATE_STATE_NAME", message)
        first.setdefault(state.name, state.path)


def _targets(scope: Scope) -> Iterator[Finding]:
    start = as_text(scope.body.get("StartAt"))
    targets = [(start, f"{scope.path}/StartAt")] if start is not None else []
    targets += [
        (transition.target, transition.path) for state in scope.states.values() for transition in state.transitions
    ]
    for target, path in targets:
        if target not in scope.states and target and not has_placeholder(target):
            message = f"There is no state '{target}' in the same scope to go to."
            yield Finding(path, "UNKNOWN_TARGET", message)


def _reachability(scope: Scope) -> Iterator[Finding]:
    if scope.start is None or scope.is_partial:
        return
    reached = scope.reachable(scope.start)
    for name, state in scope.states.items():
        if name not in reached:
            yield Finding(state.path, "UNREACHABLE_STATE", f"The state '{name}' cannot be reached from StartAt.")


def _ends(scope: Scope) -> Iterator[Finding]:
    if scope.is_partial:
        return
    if not any(state.is_terminal for state in scope.states.values()):
        what = "the state machine" if scope.owner is None else "this scope"
        message = f"No state ends {what}: none has End, and none is a Succeed or Fail state."
        yield Finding(scope.path, "NO_TERMINAL_STATE", message)
        return
    ending = _ending(scope)
    for name, state in scope.states.items():
        if state.transitions and name not in ending:
            yield Finding(state.path, "NO_WAY_TO_END", f"From the state '{name}' no end can be reached.")


def _ending(scope: Scope) -> set[str]:
    """Return the names of the states from which an end can be reached."""
    before: dict[str, list[str]] = {}
    for name, state in scope.states.items():
        for transition in state.transitions:
            before.setdefault(transition.target, []).append(name)
    ending: set[str] = set()
    pending = [name for name, state in scope.states.items() if state.is_terminal]
    while pending:
        name = pending.pop()
        if name not in ending:
            ending.add(name)
            pending.extend(before.get(name, ()))
    return ending
