"""The JSONata engine, faster: the library's evaluator asks on every node for callbacks that nobody has set."""

from collections.abc import Callable
from typing import Any

from jsonata.functions import Functions
from jsonata.jsonata import Jsonata
from jsonata.signature import Signature
from jsonata.utils import Utils

from harness.embedded.stepfunctions.nodes import Frame, Symbol, prepared

_JList = Utils.JList


class Expression(Jsonata):
    """A compiled expression. Evaluations of it share the tree, and each keeps its own state."""

    depth: int  # of nodes inside one another
    closures: list[Frame]  # that functions are bound in

    def evaluated(self, frame: Frame, read: Callable[[Any], Any]) -> Any:
        """Return what `read` makes of the value with the frame's variables.

        The value is in the engine's own types, None where it is undefined, and ends with the evaluation.
        """
        engine = object.__new__(Expression)  # a copy, which counts its own depth
        engine.__dict__ = {**self.__dict__, "depth": 0, "closures": []}
        Jsonata.CURRENT.jsonata = engine  # what the library's higher-order functions evaluate with
        try:
            return read(engine.eval(engine.ast, None, frame))
        finally:
            for closed in engine.closures:  # a function and the frame that holds it are a cycle, so garbage
                closed.bindings.clear()

    def create_frame(self, enclosing_environment: Jsonata.Frame | None = None) -> Jsonata.Frame:
        """Open a frame inside another one."""
        return Frame(enclosing_environment)

    def eval(self, expr: Symbol, input: Any, environment: Frame) -> Any:  # noqa: A002 - as in the library
        """Evaluate a node of the tree. Raises RecursionError where it is too deep for Step Functions."""
        return (expr.run or prepared(expr))(self, input, environment)

    _eval = eval  # noqa: A003 - as in the library

    def apply_inner(self, proc: Any, args: list[Any], input: Any, environment: Frame | None) -> Any:  # noqa: A002
        """Call a function once; one that an expression defines has its arguments in a frame of its own."""
        if type(proc) is not Symbol or not proc._jsonata_lambda:
            return super().apply_inner(proc, args, input, environment)
        if proc.signature is not None:
            args = proc.signature.validate(args, input)
        frame = Frame(proc.environment)
        for parameter, value in zip(proc.arguments, args, strict=False):
            frame.bind(str(parameter.value), value)
        return self.eval(proc.body, proc.input, frame)


def _applied(function: Any, arguments: list[Any]) -> Any:
    """Call what was handed to a function of the library, such as `$map`."""
    engine = Jsonata.CURRENT.jsonata
    return engine.apply(function, arguments, None, engine.environment)


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
# The library's own import its module anew each time.
Utils.is_function, Functions.func_apply = staticmethod(_is_function), staticmethod(_applied)
