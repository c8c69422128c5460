"""DynamoDB's operations are atomic, and moto's update expressions faster.

In moto another thread may write between a check and its write, or amid a read. It parses an update expression twice,
copies its tree piece by piece, and walks through all of it ten times.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import is_
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import (
    DepthFirstTraverser,
    ExpressionAttributeValue,
    Node,
    NoneExistingPath,
    UpdateExpression,
    UpdateExpressionAddAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionFunction,
    UpdateExpressionPath,
    UpdateExpressionRemoveAction,
    UpdateExpressionSetAction,
    UpdateExpressionValue,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import (
    ActionCountValidator,
    OverlappingPathsValidator,
    UpdateExpressionValidator,
)
from moto.dynamodb.responses import DynamoHandler

_Lex = Callable[[ConditionExpressionParser], deque[Any]]

_LOCK = threading.Lock()
_EXPRESSIONS = 1024  # that are kept
_ACTIONS = [
    UpdateExpressionAddAction,
    UpdateExpressionDeleteAction,
    UpdateExpressionRemoveAction,
    UpdateExpressionSetAction,
]
_ITEM_SIZE = 400_000  # bytes; moto's limit is a little more


def install() -> None:
    """Run one operation at a time: each keeps the interpreter busy anyhow."""
    call_action = DynamoHandler.call_action

    def alone(response: DynamoHandler) -> Any:
        with _LOCK:
            return call_action(response)

    DynamoHandler.call_action = alone
    _hasten()


def _hasten() -> None:
    """Parse and check each expression once, and of its tree look only at what an item or a value changes."""
    UpdateExpressionParser.make = staticmethod(lru_cache(maxsize=_EXPRESSIONS)(UpdateExpressionParser.make))
    UpdateExpression.__deepcopy__ = lambda tree, _: tree  # nobody changes it
    UpdateExpressionValidator.validate = _validated
    Node.set_parent = lambda *_: None  # nobody asks for it, and each tree would be a cycle, so garbage
    ConditionExpressionParser._lex_condition_expression = _lexing(ConditionExpressionParser._lex_condition_expression)
    ConditionExpressionParser.parse = _parsing(ConditionExpressionParser.parse)
    LimitedSizeDict.__setitem__ = _limiting(LimitedSizeDict.__setitem__)


def _validated(validator: UpdateExpressionValidator) -> UpdateExpression:
    """Return the expression's actions, each with the value that it sets, checked by moto's processors."""
    *_, types, empty = validator.processors
    names = validator.expression_attribute_names or {}
    actions = [
        _resolved(action, validator.processors) for action in _actions(validator.node_to_validate, tuple(names.items()))
    ]
    for action in actions:
        if type(action) is UpdateExpressionSetAction:
            types.check_for_type_mismatch(action)
            empty.check_for_empty_string_key_value(action)
    return UpdateExpression(actions)


def _resolved(action: Node, processors: Sequence[DepthFirstTraverser]) -> Node:
    _, _, keys, _, paths, *_ = processors
    path, *operands = action.children
    keys.check_for_hash_or_range_key(path)
    paths.resolving = False  # but check that the path can be made
    paths.process_expression_path_node(path)
    return type(action)([path, *[_value(operand, processors) for operand in operands]])


def _value(node: Node, processors: Sequence[DepthFirstTraverser]) -> Node:
    _, _, _, values, paths, functions, missing, operations, *_ = processors
    match node:
        case ExpressionAttributeValue():
            return values.replace_expression_attribute_value_with_value(node)
        case UpdateExpressionPath():
            return paths.resolve_expression_path(node)
        case UpdateExpressionFunction(children=[name, *arguments]):
            resolved = [_value(argument, processors) for argument in arguments]
            return functions.process_function(UpdateExpressionFunction([name, *resolved]))
        case UpdateExpressionValue():
            operands = [_value(operand, processors) for operand in node.children]
            if any(type(operand) is NoneExistingPath for operand in operands):
                missing.raise_none_existing_path(node)
            return operations.process_update_expression_value(UpdateExpressionValue(operands))
        case _:
            return node  # an operator


@lru_cache(maxsize=_EXPRESSIONS)
def _actions(tree: UpdateExpression, names: tuple[tuple[str, str], ...]) -> tuple[Node, ...]:
    """Return an expression's actions, whose paths do not overlap. Raises moto's validation errors."""
    ActionCountValidator().verify_action_counts(tree)
    OverlappingPathsValidator(dict(names)).check_for_overlapping_paths(tree)
    return tuple(tree.find_clauses(_ACTIONS))


def _lexing(lex: _Lex) -> _Lex:
    """Split each condition expression into its nodes, which nobody changes, once."""
    known: dict[str, tuple[Any, ...]] = {}

    def lexed(parser: ConditionExpressionParser) -> deque[Any]:
        expression = parser.condition_expression
        if expression not in known:
            if len(known) > _EXPRESSIONS:
                known.clear()
            known[expression] = tuple(lex(parser))
        return deque(known[expression])

    return lexed


def _parsing(parse: Callable[[ConditionExpressionParser], Any]) -> Callable[[ConditionExpressionParser], Any]:
    """Parse the condition of a request once: the handler checks its names, and the table its item."""
    last: tuple[Any, ...] = (*[object()] * 3, None)  # what was read, and the condition that it is

    def parsed(parser: ConditionExpressionParser) -> Any:
        nonlocal last
        *read, condition = last
        now = [parser.condition_expression, parser.expression_attribute_names, parser.expression_attribute_values]
        if not all(map(is_, read, now)):
            condition = parse(parser)
            last = (*now, condition)
        return condition

    return parsed


def _limiting(set_exactly: Callable[[LimitedSizeDict, str, Any], None]) -> Callable[[LimitedSizeDict, str, Any], None]:
    """Measure an item anew, with each attribute that is set, only where it may be too large."""

    def set_item(item: LimitedSizeDict, key: str, value: Any) -> None:
        size = value.size() if type(value) is DynamoType else len(str(value).encode())
        most = getattr(item, "most", 0) + len(key.encode()) + size  # the size at most: what is replaced counts, too
        item.most = most
        if most > _ITEM_SIZE:
            set_exactly(item, key, value)
        else:
            dict.__setitem__(item, key, value)

    return set_item
