"""What a JSONata expression refers to: variables, functions, parts of $states, and the context it does not have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from jsonata.jexception import JException
from jsonata.parser import Parser

from harness.asl import values
from harness.asl.machine import SUBSTITUTION
from harness.asl.names import names

FUNCTIONS = names("jsonata_functions") | names("step_functions_functions")

# Operators that the parser knows but JSONata 2.0 does not have: https://docs.jsonata.org/2.0.0/overview
_LATER_OPERATORS = ("??", "?:")


@dataclass
class Analysis:
    """What one expression refers to.

    `error` is the parser's message if it is no JSONata; everything else is then empty. `context` holds what reads the
    context that an expression has not (`$`, `$$` or a bare name), `variables` the names read that the expression does
    not bind itself, `calls` those of them that are called, `states` the paths read from $states, `guarded` the
    variables tested with $exists, and `keys` the keys of the value where it is an object of its own making.
    `scalar` says what the value is where it is certainly neither a list nor an object, `depth` how deeply it is
    nested, and `longest_range` how many elements the longest range has whose bounds are written as numbers.
    """

    error: str | None = None
    context: list[str] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    states: list[tuple[str, ...]] = field(default_factory=list)
    guarded: set[str] = field(default_factory=set)
    tests_existence: bool = False
    keys: frozenset[str] | None = None
    scalar: str | None = None
    depth: int = 0
    longest_range: int = 0


@lru_cache(maxsize=4096)
def analyse(expression: str) -> Analysis:
    """Return the analysis of an expression with its `{%` and `%}`."""
    source = SUBSTITUTION.sub("$placeholder", expression[2:-2])
    try:
        tree = _parse(source)
    except _NotJsonataError as error:
        return Analysis() if source != expression[2:-2] else Analysis(error=str(error))
    analysis = Analysis(
        keys=_literal_keys(tree),
        scalar=values.scalar_type(tree),
        depth=values.depth(tree),
        longest_range=values.longest_range(tree),
    )
    _Walk(analysis).visit(tree, frozenset({"placeholder"}), at_top=True)
    return analysis


class _NotJsonataError(Exception):
    """An expression does not parse; the message says why."""


def _parse(source: str) -> Parser.Symbol:
    parser = Parser()
    for operator in _LATER_OPERATORS:
        del parser.symbol_table[operator]
    try:
        # The trailing space keeps the tokenizer from reading past the end after a comment. Regular expressions stay
        # text: they are JavaScript's, which Python need not know.
        return parser.parse(source + " ", lambda pattern, _: pattern)
    except JException as error:
        raise _NotJsonataError(_readable(str(error))) from error
    except KeyError as error:
        message = f"The operator {error.args[0]} is newer than JSONata 2.0, which AWS runs"
        raise _NotJsonataError(message) from error
    except RecursionError:
        raise
    except Exception as error:  # the parser stumbles over what it did not foresee
        raise _NotJsonataError("Syntax error") from error


def _readable(message: str) -> str:
    return message.strip().rstrip(".")


def _literal_keys(tree: Parser.Symbol) -> frozenset[str] | None:
    if tree.type == "block" and len(tree.expressions or ()) == 1:
        return _literal_keys(tree.expressions[0])
    if tree.type == "unary" and str(tree.value) == "{" and all(key.type == "string" for key, _ in tree.lhs_object):
        return frozenset(key.value for key, _ in tree.lhs_object)
    return None


class _Walk:
    """Walks a syntax tree and notes what it refers to."""

    def __init__(self, analysis: Analysis) -> None:
        self.found = analysis

    def visit(self, node: Any, bound: frozenset[str], at_top: bool) -> frozenset[str]:
        """Note what `node` refers to; return the names bound after it.

        `bound` are the names that the expression has bound itself; `at_top` says that the context is the missing one.
        """
        if node is None or not hasattr(node, "type"):
            return bound
        match node.type:
            case "path":
                self._path(node, bound, at_top)
            case "variable":
                self._variable(node, (), bound, at_top)
            case "name":
                if at_top:
                    self._note(self.found.context, node.value)
            case "wildcard" | "descendant":
                if at_top:
                    self._note(self.found.context, "**" if node.type == "descendant" else "*")
            case "block":
                self._block(node.expressions, bound, at_top)
            case "bind":
                bound |= {node.lhs.value}
                self.visit(node.rhs, bound, at_top)
            case "function" | "partial":
                self._call(node, bound, at_top)
            case "lambda":
                inner = bound | {argument.value for argument in node.arguments or ()}
                self.visit(node.body, inner, at_top)
            case "transform":
                for part in (node.pattern, node.update, node.delete):
                    self.visit(part, bound, at_top=False)
            case "condition":
                for part in (node.condition, node.then, node._else):
                    self.visit(part, bound, at_top)
            case _:
                self._operands(node, bound, at_top)
        self._stages(node, bound)
        return bound

    def _operands(self, node: Any, bound: frozenset[str], at_top: bool) -> None:
        for part in (node.lhs, node.rhs, node.expression, *(node.expressions or ())):
            self.visit(part, bound, at_top)
        for pair in node.lhs_object or ():
            for part in pair:
                self.visit(part, bound, at_top)

    def _block(self, expressions: Any, bound: frozenset[str], at_top: bool) -> None:
        for part in expressions or ():
            bound = self.visit(part, bound, at_top)

    def _path(self, node: Any, bound: frozenset[str], at_top: bool) -> None:
        steps = node.steps or []
        bound |= {name for step in steps for name in (step.focus, step.index) if isinstance(name, str)}
        for step in steps:
            bound |= {stage.value for stage in step.stages or () if stage.type == "index"}
        for number, step in enumerate(steps):
            if number == 0 and step.type == "variable":
                self._variable(step, tuple(_names(steps[1:])), bound, at_top)
                self._stages(step, bound)
            elif step.type == "sort":
                for term in step.terms or ():
                    self.visit(term.expression, bound, at_top=False)
            else:
                self.visit(step, bound, at_top and number == 0)

    def _stages(self, node: Any, bound: frozenset[str]) -> None:
        for stage in (*(node.stages or ()), *(node.predicate or ())):
            self.visit(stage.expr, bound, at_top=False)
        for pair in (node.group.lhs_object if node.group is not None else None) or ():
            for part in pair:
                self.visit(part, bound, at_top=False)

    def _call(self, node: Any, bound: frozenset[str], at_top: bool) -> None:
        procedure = node.procedure
        if procedure is not None and procedure.type == "variable" and procedure.value not in bound:
            self._note(self.found.calls, procedure.value)
            if procedure.value == "exists":
                self.found.tests_existence = True
                self.found.guarded.update(_first_variables(node.arguments or ()))
        else:
            self.visit(procedure, bound, at_top)
        for argument in node.arguments or ():
            self.visit(argument, bound, at_top)

    def _variable(self, node: Any, names: tuple[str, ...], bound: frozenset[str], at_top: bool) -> None:
        name = node.value
        if name == "$":
            self._note(self.found.context, "$$")
        elif name == "":
            if at_top:
                self._note(self.found.context, "$")
        elif name == "states" and name not in bound:
            self._note(self.found.states, names)
        elif name not in bound and name not in FUNCTIONS:
            self._note(self.found.variables, name)

    @staticmethod
    def _note(found: list[Any], value: Any) -> None:
        if value not in found:
            found.append(value)


def _names(steps: list[Any]) -> Iterator[str]:
    """Yield the plain field names that a path passes before anything else."""
    for step in steps:
        if step.type not in ("string", "name"):
            return
        yield step.value
        if step.group is not None:
            return


def _first_variables(arguments: Any) -> Iterator[str]:
    for argument in arguments:
        first = argument.steps[0] if argument.type == "path" and argument.steps else argument
        if first.type == "variable":
            yield first.value


def shown(expression: str) -> str:
    """Return the expression, shortened, as a message quotes it."""
    text = " ".join(expression[2:-2].split())
    return json.dumps(text if len(text) <= 60 else f"{text[:57]}…", ensure_ascii=False)
