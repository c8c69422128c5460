"""The JSONata engine, faster: the library's evaluator asks on every node for callbacks that nobody has set."""

from collections.abc import Callable, Mapping
from typing import Any

from jsonata.functions import Functions
from jsonata.jsonata import Jsonata
from jsonata.parser import Parser
from jsonata.utils import Utils

# Nodes inside one another while they are evaluated. AWS documents no limit; others measured about this one.
MAX_DEPTH = 100

_JList, _NONE = Utils.JList, Utils.NONE
_Symbol = Parser.Symbol


class Frame(Jsonata.Frame):
    """Variables by name, inside those of `parent`."""

    __slots__ = ("bindings", "is_parallel_call", "parent")

    def lookup(self, name: str) -> Any:
        """Return a variable's value, None where it is undefined."""
        frame = self
        while frame is not None:
            value = frame.bindings.get(name, _NONE)
            if value is not _NONE:
                return value
            frame = frame.parent
        return None


class Expression(Jsonata):
    """A compiled expression. Evaluations of it share the tree, and each keeps its own state."""

    depth = 0

    def evaluated(self, frame: Frame) -> Any:
        """Return the value with the frame's variables, in the engine's own types; None where it is undefined."""
        engine = object.__new__(Expression)  # a copy, which counts its own depth
        engine.__dict__ = {**self.__dict__, "depth": 0}
        Jsonata.CURRENT.jsonata = engine  # what the library's higher-order functions evaluate with
        return engine.eval(engine.ast, None, frame)

    def create_frame(self, enclosing_environment: Jsonata.Frame | None = None) -> Jsonata.Frame:
        """Open a frame inside another one."""
        return Frame(enclosing_environment)

    def eval(self, expr: _Symbol, input: Any, environment: Frame) -> Any:  # noqa: A002 - as in the library
        """Evaluate a node of the tree. Raises RecursionError where it is too deep for Step Functions."""
        type_ = expr.type
        evaluate = _EVALUATE.get(type_)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RecursionError
        result = evaluate(self, expr, input, environment) if evaluate else None
        self.depth -= 1
        if expr.predicate is not None:
            for item in expr.predicate:
                result = self.evaluate_filter(item.expr, result, environment)
        if expr.group is not None and type_ != "path":
            result = self.evaluate_group_expression(expr.group, result, environment)
        # A sequence of one is its item, an empty one is undefined.
        if type(result) is _JList and result.sequence and not result.tuple_stream:
            if expr.keep_array:
                result.keep_singleton = True
            if not result:
                return None
            if len(result) == 1 and not result.keep_singleton:
                return result[0]
        return result

    _eval = eval  # noqa: A003 - as in the library

    def evaluate_path(self, expr: _Symbol, input: Any, environment: Frame) -> Any:  # noqa: A002 - as in the library
        """Evaluate a path. One of plain names through objects needs no sequences."""
        if expr.plain is None:
            expr.plain = not (expr.group or expr.keep_singleton_array) and all(
                (step.type == "name" or (step.type == "variable" and not place))
                and not any(getattr(step, name, None) for name in _MORE_THAN_A_NAME)
                for place, step in enumerate(expr.steps)
            )
        if expr.plain:
            first, *names = expr.steps
            value = input
            if first.type == "variable":
                value = self.evaluate_variable(first, input, environment)
            else:
                names = expr.steps
            for name in names:
                if isinstance(value, list):
                    break
                value = Functions.lookup(value, name.value)
            else:
                return value
        return super().evaluate_path(expr, input, environment)

    def evaluate_group_expression(self, expr: _Symbol, input: Any, environment: Frame) -> Any:  # noqa: A002
        """Evaluate an object constructor. One of different literal keys in a single context needs no groups."""
        if expr.plain is None:
            keys = [key.value for key, _ in expr.lhs_object if key.type == "string"]
            expr.plain = len(keys) == len(expr.lhs_object) == len(set(keys))
        if not expr.plain or isinstance(input, list):
            return super().evaluate_group_expression(expr, input, environment)
        values = ((key.value, self.eval(value, input, environment)) for key, value in expr.lhs_object)
        return {key: value for key, value in values if value is not None}


# What makes a step of a path more than the name of a member.
_MORE_THAN_A_NAME = (
    "ancestor", "consarray", "focus", "group", "index", "keep_array", "predicate", "stages", "tuple",
)  # fmt: skip

_EVALUATE: Mapping[str, Callable[[Expression, _Symbol, Any, Frame], Any]] = {
    "apply": Jsonata.evaluate_apply_expression,
    "binary": Jsonata.evaluate_binary,
    "bind": Jsonata.evaluate_bind_expression,
    "block": Jsonata.evaluate_block,
    "condition": Jsonata.evaluate_condition,
    "descendant": lambda engine, expr, value, _: engine.evaluate_descendants(expr, value),
    "function": lambda engine, expr, value, frame: engine.evaluate_function(expr, value, frame, _NONE),
    "lambda": Jsonata.evaluate_lambda,
    "name": Jsonata.evaluate_name,
    "number": lambda engine, expr, _, __: engine.evaluate_literal(expr),
    "parent": lambda _, expr, __, frame: frame.lookup(expr.slot.label),
    "partial": Jsonata.evaluate_partial_application,
    "path": Expression.evaluate_path,
    "regex": lambda engine, expr, _, __: engine.evaluate_regex(expr),
    "string": lambda engine, expr, _, __: engine.evaluate_literal(expr),
    "transform": Jsonata.evaluate_transform_expression,
    "unary": Jsonata.evaluate_unary,
    "value": lambda engine, expr, _, __: engine.evaluate_literal(expr),
    "variable": Jsonata.evaluate_variable,
    "wildcard": lambda engine, expr, value, _: engine.evaluate_wildcard(expr, value),
}


def _is_function(value: Any) -> bool:
    return isinstance(value, Jsonata.JFunctionCallable)


Utils.is_function = staticmethod(_is_function)  # the library's own imports its module anew each time
_Symbol.predicate = _Symbol.group = None  # where the parser sets none
_Symbol.plain = None  # not known yet
