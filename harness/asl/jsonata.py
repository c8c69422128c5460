"""The JSONata expressions of a definition: where they are, and what AWS refuses in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from harness.asl.expressions import FUNCTIONS, Analysis, analyse, shown
from harness.asl.machine import Machine, State, as_dict, is_expression, strings
from harness.asl.rules import Finding

# Fields whose strings AWS does not read as JSONata; states inside are visited on their own.
_NEVER_READ = frozenset({"Type", "QueryLanguage", "Comment", "Next", "Default", "Resource", "Retry", "ErrorEquals",
                         "Branches", "ItemProcessor", "Iterator", "Label", "CSVHeaders"})  # fmt: skip
_RESULT_TYPES = ("Task", "Parallel", "Map")
_STATES_FIELDS = ("input", "context", "result", "errorOutput")

# AWS documents neither; both were measured on it by others: https://github.com/floci-io/floci/issues/2737
DEEPEST = 100  # levels
LONGEST_RANGE = 873_782  # elements

Place = Literal["input", "result", "error"]


@dataclass(frozen=True)
class Expression:
    """One expression at its place. `place` says what it can read: only the input, the result too, or the error."""

    path: str
    text: str
    place: Place

    @cached_property
    def analysis(self) -> Analysis:
        """What it refers to."""
        return analyse(self.text)


def texts(state: State) -> Iterator[tuple[str, str | None, str, Place]]:
    """Yield every string of a state that AWS would read as JSONata: path, key, text, place."""
    for field, value in state.body.items():
        path = f"{state.path}/{field}"
        if field in _NEVER_READ or field.endswith("Path"):
            continue
        if field in ("Catch", "Choices"):
            place: Place = "error" if field == "Catch" else "input"
            for number, item in enumerate(value if isinstance(value, list) else ()):
                for inner, inner_value in as_dict(item).items():
                    if inner not in _NEVER_READ and not inner.endswith("Path"):
                        yield from _texts(inner_value, f"{path}[{number}]/{inner}", place)
        elif field == "ItemReader":
            for inner, inner_value in as_dict(value).items():
                kept = {
                    k: v for k, v in as_dict(inner_value).items() if inner != "ReaderConfig" or k not in _NEVER_READ
                }
                yield from _texts(kept if isinstance(inner_value, dict) else inner_value, f"{path}/{inner}", "input")
        else:
            has_result = field in ("Output", "Assign") and state.type in _RESULT_TYPES
            yield from _texts(value, path, "result" if has_result else "input")


def _texts(value: Any, path: str, place: Place) -> Iterator[tuple[str, str | None, str, Place]]:
    for where, key, text in strings(value, path):
        yield where, key, text, place


def expressions(state: State) -> Iterator[Expression]:
    """Yield every JSONata expression of a JSONata state."""
    if state.language == "JSONata":
        for path, _, text, place in texts(state):
            if is_expression(text):
                yield Expression(path, text, place)


def check(machine: Machine) -> Iterator[Finding]:
    """Yield what does not parse, what reads something that is not there, and what only looks like an expression."""
    for state in machine.states:
        if state.language == "JSONata":
            for path, key, text, _ in texts(state):
                yield from _look_alikes(path, key, text)
            for expression in expressions(state):
                yield from _expression(expression)
                yield from _ceilings(expression)
            yield from _items(state)
        else:
            for path, _, text in strings({k: v for k, v in state.body.items() if k not in _NEVER_READ}, state.path):
                if is_expression(text):
                    message = "A JSONPath state does not read JSONata; the string stays as it is."
                    yield Finding(path, "VALUE_OF_OTHER_LANGUAGE", message)


def _look_alikes(path: str, key: str | None, text: str) -> Iterator[Finding]:
    if key is not None and key.endswith(".$"):
        message = f"A JSONata state does not read '{key}' as a path; name it '{key[:-2]}' and give an expression."
        yield Finding(path, "VALUE_OF_OTHER_LANGUAGE", message)
    elif text.startswith("{%") != text.endswith("%}") or (text.startswith("{%") and not is_expression(text)):
        message = "The string is half an expression: it begins with {% and ends with %}, or does neither."
        yield Finding(path, "UNCLOSED_EXPRESSION", message)
    elif not is_expression(text) and "%}" in text.partition("{%")[2]:
        message = "The string is no expression: {% must be its first characters and %} its last."
        yield Finding(path, "PARTIAL_EXPRESSION", message)
    elif re.match(r"\$\$?\.|\$states\.", text):
        message = f"{text!r} stays a plain string; write it as an expression between {{% and %}}."
        yield Finding(path, "VALUE_OF_OTHER_LANGUAGE", message)


def _expression(expression: Expression) -> Iterator[Finding]:
    analysis, path, quoted = expression.analysis, expression.path, shown(expression.text)
    if analysis.error is not None:
        yield Finding(path, "INVALID_JSONATA", f"{quoted} is no JSONata 2.0: {analysis.error}.")
    for name in analysis.context:
        begin = "An expression has no context: begin at $states.input, $states.result or a variable"
        yield Finding(path, "TOP_LEVEL_REFERENCE", f"{quoted} reads '{name}' at its top level. {begin}.")
    for names in analysis.states:
        yield from _states_field(expression, names)
    for name in analysis.calls:
        if name == "eval":
            yield Finding(path, "EVAL_CALL", "$eval does not exist in Step Functions; $parse reads JSON text.")
        elif name not in FUNCTIONS:
            yield Finding(path, "UNKNOWN_FUNCTION", f"There is no function ${name}.")


def _ceilings(expression: Expression) -> Iterator[Finding]:
    """Yield what AWS was measured to refuse while it evaluates."""
    analysis, quoted = expression.analysis, shown(expression.text)
    if analysis.depth > DEEPEST:
        message = (
            f"{quoted} is nested {analysis.depth} levels deep; AWS was measured to fail at about {DEEPEST}, which it "
            "does not document. Split it over several variables, or give $join, $sum or $append one list."
        )
        yield Finding(expression.path, "EXPRESSION_TOO_DEEP", message)
    if analysis.longest_range > LONGEST_RANGE:
        message = (
            f"{quoted} builds a range of {analysis.longest_range} elements; AWS was measured to run out of memory "
            f"beyond {LONGEST_RANGE}, which it does not document."
        )
        yield Finding(expression.path, "RANGE_TOO_LONG", message)


def _items(state: State) -> Iterator[Finding]:
    items = state.body.get("Items")
    if state.type == "Map" and is_expression(items) and (scalar := analyse(items).scalar) is not None:
        message = f"{shown(items)} is {scalar}; a Map needs a list or an object, and fails in every run."
        yield Finding(f"{state.path}/Items", "WRONG_RESULT_TYPE", message)


def _states_field(expression: Expression, names: tuple[str, ...]) -> Iterator[Finding]:
    if not names:
        return
    name, place = names[0], expression.place
    if name not in _STATES_FIELDS:
        message = f"$states has no field '{name}'; it has input, result, errorOutput and context."
    elif name == "result" and place != "result":
        message = "$states.result is there only in Output and Assign of a Task, Parallel or Map state."
    elif name == "errorOutput" and place != "error":
        message = "$states.errorOutput is there only in Output and Assign of a catcher."
    else:
        return
    yield Finding(expression.path, "UNAVAILABLE_STATES_FIELD", message)
