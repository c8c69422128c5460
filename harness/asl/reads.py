"""What a state reads: variables, fields of its input, fields of its result, in either query language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.asl import jsonata, paths
from harness.asl.expressions import FUNCTIONS
from harness.asl.machine import State, as_text, strings

Names = tuple[str, ...]

_OF_THE_OUTPUT = ("OutputPath", "ResultPath")
_TEMPLATES_OF_THE_INPUT = ("Parameters", "ItemSelector", "BatchInput")


@dataclass(frozen=True)
class Read:
    """What one value reads.

    `variables` leaves out those that the value itself asks for with $exists. `inputs` and `results` are field names
    from the outside in, left out where the value tests whether fields exist.
    """

    path: str
    variables: Names = ()
    inputs: tuple[Names, ...] = ()
    results: tuple[Names, ...] = ()


def reads(state: State) -> Iterator[Read]:
    """Yield everything that the state itself reads, not the states inside it."""
    if state.language == "JSONata":
        yield from _jsonata(state)
    else:
        yield from _jsonpath(state)


def variables_of(state: State) -> set[str]:
    """Return the names of all variables that the state itself reads, those included that it only tests."""
    if state.language == "JSONata":
        names = (name for expression in jsonata.expressions(state) for name in expression.analysis.variables)
        return set(names) - FUNCTIONS - {"states"}
    values = [value for _, _, value in paths.path_fields(state)]
    for path, template in paths.templates(state):
        values += [value for _, key, value in strings(template, path) if key is not None and key.endswith(".$")]
    found = (path for value in values if isinstance(value, str) for path in paths.reads(value))
    return {path.root[1:] for path in found} - {"", "$"}


def _jsonata(state: State) -> Iterator[Read]:
    for expression in jsonata.expressions(state):
        analysis = expression.analysis
        variables = tuple(name for name in analysis.variables if name not in analysis.guarded)
        known = () if analysis.tests_existence else tuple(analysis.states)
        inputs = tuple(names[1:] for names in known if names[:1] == ("input",))
        results = tuple(names[1:] for names in known if names[:1] == ("result",))
        yield Read(expression.path, variables, inputs, results)


def _jsonpath(state: State) -> Iterator[Read]:
    selects = state.body.get("InputPath", "$") != "$"
    guarded = [as_text(rule.get("Variable")) or "" for _, rule in paths.comparisons(state) if "IsPresent" in rule]
    for path, field, value in paths.path_fields(state):
        if isinstance(value, str) and field not in _OF_THE_OUTPUT and not _is_inside(value, guarded):
            yield _read(path, value, inputs=not selects or field == "InputPath")
    for path, template in paths.templates(state):
        field = path.rpartition("/")[2]
        for where, key, value in strings(template, path):
            if key is not None and key.endswith(".$"):
                of_input = field in _TEMPLATES_OF_THE_INPUT and not selects
                yield _read(where, value, inputs=of_input, results=field == "ResultSelector")


def _is_inside(path: str, guarded: list[str]) -> bool:
    """Return whether the state asks with IsPresent for what the path reads or for something around it."""
    return any(path == tested or path.startswith((f"{tested}.", f"{tested}[")) for tested in guarded if tested != "$")


def _read(path: str, text: str, *, inputs: bool = False, results: bool = False) -> Read:
    read = paths.reads(text)
    fields = tuple(found.names for found in read if found.root == "$" and found.names and found.is_reference)
    variables = tuple(found.root[1:] for found in read if found.root not in ("$", "$$"))
    return Read(path, variables, fields if inputs else (), fields if results else ())
