"""The JSONata engine, faster: the library's evaluator asks on every node for callbacks that nobody has set."""

from collections.abc import Callable, Mapping
from typing import Any

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.parser import Parser
from jsonata.signature import Signature
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
        if type_ in _LITERALS and expr.predicate is None:
            return Utils.NULL_VALUE if expr.value is None else expr.value
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

    def evaluate_function(self, expr: _Symbol, input: Any, environment: Frame, context: Any = _NONE) -> Any:  # noqa: A002
        """Evaluate a call. One of a function that is no lambda needs no trampoline."""
        if expr.procedure.type != "variable" or context is not _NONE:
            return super().evaluate_function(expr, input, environment, context)
        function = environment.lookup(expr.procedure.value)
        if not isinstance(function, Jsonata.JFunction):
            return super().evaluate_function(expr, input, environment, context)
        arguments = [self.eval(argument, input, environment) for argument in expr.arguments or ()]
        try:
            return function.call(input, function.validate(arguments, input))
        except JException as error:
            if error.location < 0:
                error.location = expr.position
            raise

    def evaluate_path(self, expr: _Symbol, input: Any, environment: Frame) -> Any:  # noqa: A002 - as in the library
        """Evaluate a path. One of plain names through objects needs no sequences."""
        if expr.plain is None:
            expr.plain = _plain_names(expr)
        if expr.plain:
            variable, names = expr.plain
            value = input if variable is None else environment.lookup(variable)
            for name in names:
                if isinstance(value, list):
                    break
                value = value.get(name, _NONE) if isinstance(value, dict) else _NONE
                if value is _NONE:
                    return None
                if value is None:
                    value = Utils.NULL_VALUE
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


_LITERALS = frozenset({"number", "string", "value"})

# What makes a step of a path more than the name of a member.
_MORE_THAN_A_NAME = (
    "ancestor", "consarray", "focus", "group", "index", "keep_array", "predicate", "stages", "tuple",
)  # fmt: skip


def _plain_names(path: _Symbol) -> tuple[str | None, tuple[str, ...]] | bool:
    """Return the variable, if any, and the names that a plain path consists of; False for any other."""
    first, *others = path.steps
    starts_with_variable = first.type == "variable" and bool(first.value)
    named = others if starts_with_variable else path.steps
    is_plain = (
        not (path.group or path.keep_singleton_array)
        and all(step.type == "name" for step in named)
        and not any(getattr(step, name, None) for step in path.steps for name in _MORE_THAN_A_NAME)
    )
    return is_plain and (first.value if starts_with_variable else None, tuple(step.value for step in named))


_EVALUATE: Mapping[str, Callable[[Expression, _Symbol, Any, Frame], Any]] = {
    "apply": Jsonata.evaluate_apply_expression,
    "binary": Jsonata.evaluate_binary,
    "bind": Jsonata.evaluate_bind_expression,
    "block": Jsonata.evaluate_block,
    "condition": Jsonata.evaluate_condition,
    "descendant": lambda engine, expr, value, _: engine.evaluate_descendants(expr, value),
    "function": Expression.evaluate_function,
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


_SYMBOLS = {bool: "b", dict: "o", float: "n", int: "n", list: "a", str: "s", type(None): "m", _JList: "a"}
_symbol_of_any, _validate = Signature.get_symbol, Signature.validate


def _symbol(signature: Signature, value: Any) -> str:
    """Return the letter of a value's type in signatures."""
    return _SYMBOLS.get(type(value)) or _symbol_of_any(signature, value)


def _validated(signature: Signature, arguments: list[Any], context: Any) -> list[Any]:
    """Check arguments by their types alone, once for each combination of types, where no value matters."""
    types = "".join([_SYMBOLS.get(type(argument)) or _symbol_of_any(signature, argument) for argument in arguments])
    known = signature.__dict__.setdefault("known", {})
    if types not in known:
        match = signature._regex.fullmatch(types)
        known[types] = match is not None and all(
            (len(group) == 1 and (param.type != "a" or (group == "a" and param.subtype is None)))
            or (not group and not param.context)
            for group, param in zip(match.groups(), signature._params, strict=True)
        )
    if not known[types]:
        return _validate(signature, arguments, context)
    return arguments + [None] * (len(signature._params) - len(arguments))


Signature.get_symbol, Signature.validate = _symbol, _validated
Utils.is_function = staticmethod(_is_function)  # the library's own imports its module anew each time
_Symbol.predicate = _Symbol.group = None  # where the parser sets none
_Symbol.plain = None  # not known yet
