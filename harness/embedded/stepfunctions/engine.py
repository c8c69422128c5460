"""The JSONata engine, faster: the library's evaluator asks on every node for callbacks that nobody has set."""

from typing import Any

from jsonata.jsonata import Jsonata
from jsonata.signature import Signature
from jsonata.utils import Utils

from harness.embedded.stepfunctions.nodes import Frame, Symbol, prepared

_JList = Utils.JList


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

    def eval(self, expr: Symbol, input: Any, environment: Frame) -> Any:  # noqa: A002 - as in the library
        """Evaluate a node of the tree. Raises RecursionError where it is too deep for Step Functions."""
        return (expr.run or prepared(expr))(self, input, environment)

    _eval = eval  # noqa: A003 - as in the library


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
