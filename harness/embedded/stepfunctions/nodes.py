"""The nodes of a JSONata tree as Python functions, made once for each: the library finds out anew what a node is.

What is common has a function of its own here, and means what it means in the library, which evaluates all else.
"""

from collections.abc import Callable, Mapping
from typing import Any

from jsonata.jexception import JException
from jsonata.jsonata import Jsonata
from jsonata.parser import Parser
from jsonata.utils import Utils

# Nodes inside one another while they are evaluated. AWS documents no limit; others measured about this one.
MAX_DEPTH = 100

Symbol = Parser.Symbol
_JList, _NONE = Utils.JList, Utils.NONE


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


# (engine, with its `depth` and its `closures`; context; variables) -> the value, None where it is undefined
Run = Callable[[Any, Any, Frame], Any]


def prepared(node: Symbol) -> Run:
    """Return what evaluates a node, and keep it as the node's `run`."""
    has_more = node.predicate is not None or node.group is not None or node.keep_array
    make = None if has_more else _MAKERS.get(node.type)
    node.run = (make and make(node)) or _by_library(node)
    return node.run


def _counted(run: Run) -> Run:
    """Count the nodes inside one another. Raises RecursionError where they are too many for Step Functions."""

    def counted(engine: Any, context: Any, frame: Frame) -> Any:
        depth = engine.depth = engine.depth + 1
        if depth > MAX_DEPTH:
            raise RecursionError
        value = run(engine, context, frame)
        engine.depth = depth - 1
        return value

    return counted


def _check_depth(engine: Any) -> None:
    """Raise RecursionError where one node more, which evaluates no other one, is too many for Step Functions."""
    if engine.depth >= MAX_DEPTH:
        raise RecursionError


def _single(sequence: _JList) -> Any:
    """Return what a sequence stands for: one of one is its item, an empty one is undefined."""
    if not sequence.sequence or sequence.tuple_stream:
        return sequence
    if not sequence:
        return None
    return sequence[0] if len(sequence) == 1 and not sequence.keep_singleton else sequence


def _is_true(value: Any) -> bool:
    return value if type(value) is bool else Jsonata.boolize(value)


def _by_library(node: Symbol) -> Run:
    evaluate = _LIBRARY.get(node.type)
    run = _counted(lambda engine, context, frame: evaluate(engine, node, context, frame) if evaluate else None)
    predicates = node.predicate or ()
    group = node.group if node.type != "path" else None  # a path's is evaluated with its steps

    def by_library(engine: Any, context: Any, frame: Frame) -> Any:
        value = run(engine, context, frame)
        for predicate in predicates:
            value = engine.evaluate_filter(predicate.expr, value, frame)
        if group is not None:
            value = engine.evaluate_group_expression(group, value, frame)
        if type(value) is not _JList:
            return value
        if node.keep_array and value.sequence and not value.tuple_stream:
            value.keep_singleton = True
        return _single(value)

    return by_library


def _literal(node: Symbol) -> Run:
    value = Utils.NULL_VALUE if node.value is None else node.value
    return lambda *_: value


def _variable(node: Symbol) -> Run | None:
    name = node.value
    if not name:  # the context
        return None

    def variable(engine: Any, _: Any, frame: Frame) -> Any:
        _check_depth(engine)
        value = frame.lookup(name)
        return _single(value) if type(value) is _JList else value

    return variable


# What makes a step of a path more than the name of a member.
_MORE_THAN_A_NAME = (
    "ancestor", "consarray", "focus", "group", "index", "keep_array", "predicate", "stages", "tuple",
)  # fmt: skip


def _path(node: Symbol) -> Run | None:
    """Make a path of plain names through objects, which needs no sequences until it comes to a list."""
    first, *others = node.steps
    start = first.value if first.type == "variable" else None
    steps = others if start else node.steps
    if (
        node.keep_singleton_array
        or any(step.type != "name" for step in steps)
        or any(getattr(step, name) for step in node.steps for name in _MORE_THAN_A_NAME)
    ):
        return None
    names = [step.value for step in steps]
    through_lists = _counted(lambda engine, context, frame: Jsonata.evaluate_path(engine, node, context, frame))

    def path(engine: Any, context: Any, frame: Frame) -> Any:
        _check_depth(engine)
        value = frame.lookup(start) if start else context
        for name in names:
            if isinstance(value, list):
                value = through_lists(engine, context, frame)
                break
            value = value.get(name, _NONE) if isinstance(value, dict) else _NONE
            if value is _NONE:
                return None
            if value is None:
                value = Utils.NULL_VALUE
        return _single(value) if type(value) is _JList else value

    return path


def _condition(node: Symbol) -> Run:
    test, then = prepared(node.condition), prepared(node.then)
    otherwise = _undefined if node._else is None else prepared(node._else)

    def condition(engine: Any, context: Any, frame: Frame) -> Any:
        chosen = then if _is_true(test(engine, context, frame)) else otherwise
        return chosen(engine, context, frame)

    return _counted(condition)


def _block(node: Symbol) -> Run:
    *firsts, last = map(prepared, node.expressions) if node.expressions else [_undefined]

    def block(engine: Any, context: Any, frame: Frame) -> Any:
        frame = Frame(frame)
        for first in firsts:
            first(engine, context, frame)
        return last(engine, context, frame)

    return _counted(block)


def _bind(node: Symbol) -> Run:
    name, bound = str(node.lhs.value), prepared(node.rhs)

    def bind(engine: Any, context: Any, frame: Frame) -> Any:
        value = bound(engine, context, frame)
        frame.bind(name, value)
        if type(value) is Symbol:
            engine.closures.append(frame)
        return value

    return _counted(bind)


def _call(node: Symbol) -> Run | None:
    """Make a call of a function by its name."""
    if node.procedure.type != "variable":
        return None
    name, arguments = node.procedure.value, [prepared(argument) for argument in node.arguments or ()]

    def call(engine: Any, context: Any, frame: Frame) -> Any:
        function = frame.lookup(name)
        is_defined = type(function) is Symbol and function._jsonata_lambda  # by the expression
        if not is_defined and not isinstance(function, Jsonata.JFunction):
            value = engine.evaluate_function(node, context, frame, _NONE)
            return _single(value) if type(value) is _JList else value
        values = [argument(engine, context, frame) for argument in arguments]
        try:
            if is_defined:
                function.token, function.position = name, node.position
                value = engine.apply(function, values, context, frame)
            else:  # needs no trampoline
                value = function.call(context, function.validate(values, context))
        except JException as error:
            if error.location < 0:
                error.location = node.position
            if error.current is None and is_defined:
                error.current = node.token
            raise
        return _single(value) if type(value) is _JList else value

    return _counted(call)


def _lambda(node: Symbol) -> Run:
    """Make a function of an expression's, which has many members, from the first one that the library made."""
    members: Mapping[str, Any] | None = None

    def function(engine: Any, context: Any, frame: Frame) -> Symbol:
        nonlocal members
        if members is None:
            members = vars(Jsonata.evaluate_lambda(engine, node, None, None))
        made = object.__new__(Symbol)
        made.__dict__ = {**members, "input": context, "environment": frame}
        return made

    return _counted(function)


def _unary(node: Symbol) -> Run | None:
    make = _CONSTRUCTORS.get(node.value)
    return make and make(node)


def _array(node: Symbol) -> Run:
    items = [(prepared(item), item.value == "[") for item in node.expressions]

    def array(engine: Any, context: Any, frame: Frame) -> Any:
        values = _JList()
        for item, is_array in items:
            value = item(engine, context, frame)
            if isinstance(value, list) and not is_array:
                values.extend(value)
            elif value is not None:
                values.append(value)
        values.cons = node.consarray
        return values

    return _counted(array)


def _object(node: Symbol) -> Run | None:
    """Make an object of different literal keys, which needs no groups where the context is a single one."""
    keys = [key.value for key, _ in node.lhs_object if key.type == "string"]
    if not len(keys) == len(node.lhs_object) == len(set(keys)):
        return None
    members = [(key.value, prepared(value)) for key, value in node.lhs_object]

    def construct(engine: Any, context: Any, frame: Frame) -> Any:
        if isinstance(context, list):
            return engine.evaluate_group_expression(node, context, frame)
        values = [(key, value(engine, context, frame)) for key, value in members]
        return {key: value for key, value in values if value is not None}

    return _counted(construct)


def _binary(node: Symbol) -> Run | None:
    operator = node.value
    if operator in ("and", "or"):
        return _connective(node)
    operate = _OPERATORS.get(operator)
    if operate is None:
        return None
    left, right = prepared(node.lhs), prepared(node.rhs)

    def binary(engine: Any, context: Any, frame: Frame) -> Any:
        return operate(engine, left(engine, context, frame), right(engine, context, frame), operator)

    return _counted(binary)


def _connective(node: Symbol) -> Run:
    left, right, decisive = prepared(node.lhs), prepared(node.rhs), node.value == "or"

    def connective(engine: Any, context: Any, frame: Frame) -> bool:
        if _is_true(left(engine, context, frame)) is decisive:
            return decisive
        try:
            return _is_true(right(engine, context, frame))
        except JException:
            raise
        except Exception as error:
            raise JException("Unexpected", node.position) from error

    return _counted(connective)


def _equal(engine: Jsonata, left: Any, right: Any, operator: str) -> bool:
    if type(left) is str and type(right) is str:
        return (left == right) is (operator == "=")
    return engine.evaluate_equality_expression(left, right, operator)


def _concatenated(engine: Jsonata, left: Any, right: Any, _: str) -> str:
    if type(left) is str and type(right) is str:
        return left + right
    return engine.evaluate_string_concat(left, right)


def _undefined(*_: Any) -> None:
    """Evaluate to nothing."""


_CONSTRUCTORS: Mapping[str, Callable[[Symbol], Run | None]] = {"[": _array, "{": _object}
_OPERATORS: Mapping[str, Callable[[Any, Any, Any, str], Any]] = {
    **dict.fromkeys(("=", "!="), _equal),
    **dict.fromkeys(("<", "<=", ">", ">="), Jsonata.evaluate_comparison_expression),
    **dict.fromkeys(("+", "-", "*", "/", "%"), Jsonata.evaluate_numeric_expression),
    "&": _concatenated,
    "in": lambda engine, left, right, _: engine.evaluate_includes_expression(left, right),
}
_MAKERS: Mapping[str, Callable[[Symbol], Run | None]] = {
    "binary": _binary,
    "bind": _bind,
    "block": _block,
    "condition": _condition,
    "function": _call,
    "lambda": _lambda,
    "number": _literal,
    "path": _path,
    "string": _literal,
    "unary": _unary,
    "value": _literal,
    "variable": _variable,
}
_LIBRARY: Mapping[str, Callable[[Any, Symbol, Any, Frame], Any]] = {
    "apply": Jsonata.evaluate_apply_expression,
    "binary": Jsonata.evaluate_binary,
    "bind": Jsonata.evaluate_bind_expression,
    "block": Jsonata.evaluate_block,
    "condition": Jsonata.evaluate_condition,
    "descendant": lambda engine, node, context, _: engine.evaluate_descendants(node, context),
    "function": lambda engine, node, context, frame: engine.evaluate_function(node, context, frame, _NONE),
    "lambda": Jsonata.evaluate_lambda,
    "name": Jsonata.evaluate_name,
    "number": lambda engine, node, _, __: engine.evaluate_literal(node),
    "parent": lambda _, node, __, frame: frame.lookup(node.slot.label),
    "partial": Jsonata.evaluate_partial_application,
    "path": Jsonata.evaluate_path,
    "regex": lambda engine, node, _, __: engine.evaluate_regex(node),
    "string": lambda engine, node, _, __: engine.evaluate_literal(node),
    "transform": Jsonata.evaluate_transform_expression,
    "unary": Jsonata.evaluate_unary,
    "value": lambda engine, node, _, __: engine.evaluate_literal(node),
    "variable": Jsonata.evaluate_variable,
    "wildcard": lambda engine, node, context, _: engine.evaluate_wildcard(node, context),
}

Symbol.predicate = Symbol.group = None  # where the parser sets none
Symbol.run = None  # not known yet
