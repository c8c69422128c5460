"""Workflow variables: assigned before they are read, within their scopes, under names that they may have.

https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.asl.graph import LONGEST_NAME
from harness.asl.machine import Machine, Scope, State, as_dict, as_list, has_placeholder
from harness.asl.reads import reads
from harness.asl.rules import Finding

_RESERVED = "states"

Merge = Callable[[frozenset[str], frozenset[str]], frozenset[str]]


def check(machine: Machine) -> Iterator[Finding]:
    """Yield what is wrong with the variables that states assign and read."""
    on_every_path = _available(machine, frozenset.intersection)
    on_some_path = _available(machine, frozenset.union)
    assigned = {scope: _assigned(scope) for scope in machine.scopes}
    taken = _taken(machine)
    is_partial = machine.is_partial or any(has_placeholder(name) for names in assigned.values() for name in names)
    for state in machine.states:
        yield from _assignments(state, taken[state.scope])
        if is_partial or state not in on_every_path:  # unreachable: reported as such
            continue
        for read in reads(state):
            for name in read.variables:
                if name not in on_some_path[state]:
                    yield Finding(read.path, "UNDEFINED_VARIABLE", _why(name, state, machine, assigned))
                elif name not in on_every_path[state]:
                    message = f"The variable ${name} is not assigned on every path to the state '{state.name}'."
                    yield Finding(read.path, "MAYBE_UNDEFINED_VARIABLE", message)


def _assign(state: State, holder: Any, path: str) -> Iterator[tuple[str, str]]:
    for key in as_dict(as_dict(holder).get("Assign")):
        name = key.removesuffix(".$") if state.language == "JSONPath" else key
        yield name, f"{path}/Assign/{key}"


def _own_assignments(state: State, without_catch_of: State | None = None) -> Iterator[tuple[str, str]]:
    """Yield every variable that a state assigns, with the path to it; those of one state's Catch can be left out."""
    yield from _assign(state, state.body, state.path)
    for number, rule in enumerate(as_list(state.body.get("Choices"))):
        yield from _assign(state, rule, f"{state.path}/Choices[{number}]")
    for kind, path, handler in state.handlers:
        if kind == "Catch" and state is not without_catch_of:
            yield from _assign(state, handler, path)


def _assigned(scope: Scope) -> frozenset[str]:
    return frozenset(name for state in scope.states.values() for name, _ in _own_assignments(state))


def _taken(machine: Machine) -> dict[Scope, frozenset[str]]:
    """Compute the names that the scopes around each scope assign, which it cannot assign again.

    What the state around it assigns in its own Catch is not among them: AWS was recorded to accept such definitions.
    """
    taken: dict[Scope, frozenset[str]] = {}
    for scope in machine.scopes:
        if scope.owner is None or scope.is_distributed:
            taken[scope] = frozenset()
            continue
        around = scope.owner.scope
        names = {name for state in around.states.values() for name, _ in _own_assignments(state, scope.owner)}
        taken[scope] = taken[around] | names
    return taken


def _available(machine: Machine, merge: Merge) -> dict[State, frozenset[str]]:
    """Compute the variables that each state can read, `merge` joining those of several transitions."""
    entering: dict[State, frozenset[str]] = {}
    for scope in machine.scopes:
        entering |= _entering(scope, _from_outside(scope, entering), merge)
    return entering


def _from_outside(scope: Scope, entering: Mapping[State, frozenset[str]]) -> frozenset[str]:
    # Child executions of a distributed Map do not see the variables around it.
    return frozenset() if scope.owner is None or scope.is_distributed else entering.get(scope.owner, frozenset())


def _entering(scope: Scope, outside: frozenset[str], merge: Merge) -> dict[State, frozenset[str]]:
    if scope.start is None:
        return {}
    entering = {scope.start: outside}
    pending = [scope.start]
    while pending:
        state = pending.pop()
        for transition in state.transitions:
            target = scope.states.get(transition.target)
            if target is None:
                continue
            arriving = entering[state] | {name for name, _ in _assign(state, transition.holder, "")}
            before = entering.get(target)
            after = arriving if before is None else merge(before, arriving)
            if after != before:
                entering[target] = after
                pending.append(target)
    return entering


def _around(scope: Scope) -> Iterator[Scope]:
    """Yield the scopes whose variables a scope can see."""
    while scope.owner is not None and not scope.is_distributed:
        scope = scope.owner.scope
        yield scope


def _assignments(state: State, taken: frozenset[str]) -> Iterator[Finding]:
    for name, path in _own_assignments(state):
        if has_placeholder(name):
            continue
        if name == _RESERVED or not name.isidentifier() or name.startswith("_") or len(name) > LONGEST_NAME:
            message = f"'{name}' cannot name a variable: use a letter and up to 79 letters, digits and _, not 'states'."
            yield Finding(path, "INVALID_VARIABLE_NAME", message)
        elif name in taken:
            message = f"A scope around this one assigns '{name}' already; an inner scope cannot assign it again."
            yield Finding(path, "VARIABLE_OF_PARENT_SCOPE", message)


def _why(name: str, state: State, machine: Machine, assigned: Mapping[Scope, frozenset[str]]) -> str:
    visible = (state.scope, *_around(state.scope))
    if any(name in assigned[scope] for scope in visible):
        return f"The variable ${name} is assigned on no path to the state '{state.name}'."
    outside = [scope for scope in machine.scopes if name in assigned[scope]]
    if any(scope.is_distributed for scope in visible) and outside:
        return f"The variable ${name} is assigned outside; a distributed Map's states cannot see it."
    if outside:
        return f"The variable ${name} is assigned only inside another scope and does not leave it."
    return f"The variable ${name} is assigned nowhere."
