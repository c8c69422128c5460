"""DynamoDB's operations are atomic, and moto's update expressions faster.

In moto another thread may write between a check and its write, or amid a read. It parses an update expression twice,
copies its tree piece by piece, and compares each node of it with classes some ten times.
"""

import pickle
import threading
from collections import deque
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node, UpdateExpression
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator, OverlappingPathsValidator
from moto.dynamodb.responses import DynamoHandler

_Lex = Callable[[ConditionExpressionParser], deque[Any]]

_LOCK = threading.Lock()
_EXPRESSIONS = 1024  # that are kept
_NODES = (Node,)
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
    """Parse each update expression once, copy its tree at once, and sort its nodes by class once."""
    parse, count = UpdateExpressionParser.make, ActionCountValidator.verify_action_counts
    overlap = OverlappingPathsValidator.check_for_overlapping_paths
    # Whoever changes the tree copies it.
    UpdateExpressionParser.make = staticmethod(lru_cache(maxsize=_EXPRESSIONS)(parse))
    UpdateExpression.__deepcopy__ = lambda tree, _: _copied(tree)
    # These two look at all that is below a node: from the root, and once for each expression, is enough.
    ActionCountValidator.traverse = _once(count)
    OverlappingPathsValidator.traverse = _once(overlap)
    DepthFirstTraverser.traverse = _traverse
    ConditionExpressionParser._lex_condition_expression = _lexing(ConditionExpressionParser._lex_condition_expression)
    LimitedSizeDict.__setitem__ = _limiting(LimitedSizeDict.__setitem__)


def _lexing(
    lex: Callable[[ConditionExpressionParser], deque[Any]],
) -> Callable[[ConditionExpressionParser], deque[Any]]:
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


def _copied(tree: UpdateExpression) -> UpdateExpression:
    copy = pickle.loads(_pickled(tree))  # noqa: S301 - our own
    copy.original, copy.kinds = tree, set(_kinds(tree))
    return copy


@lru_cache(maxsize=_EXPRESSIONS)
def _pickled(tree: UpdateExpression) -> bytes:
    return pickle.dumps(tree)


@lru_cache(maxsize=_EXPRESSIONS)
def _kinds(tree: UpdateExpression) -> frozenset[type]:
    """Return the classes of all nodes."""
    children = (child for child in tree.children or () if isinstance(child, Node))
    return frozenset({type(tree)}.union(*map(_kinds, children)))


def _once(check: Callable[[Any, Node], Node]) -> Callable[[Any, Node], Node]:
    """Skip a check that changes nothing where it passed for the same expression and names before."""
    passed: set[tuple[Any, ...]] = set()

    def checking(validator: Any, tree: Node) -> Node:
        names = getattr(validator, "expression_attribute_names", None) or {}
        key = (tree.original, *sorted(names.items()))
        if key in passed:
            return tree
        checked = check(validator, tree)
        if len(passed) > _EXPRESSIONS:
            passed.clear()
        passed.add(key)
        return checked

    return checking


def _traverse(traverser: DepthFirstTraverser, root: Node) -> Node:
    """Process the nodes from the leaves to the root, as moto does, with what is the same for all nodes found once."""
    processed = traverser.nodes_to_be_processed()
    has_hook = type(traverser).pre_processing_of_child is not DepthFirstTraverser.pre_processing_of_child
    if not has_hook and not any(_is_one_of(kind, processed) for kind in root.kinds):
        return root
    return _visit(traverser, processed, has_hook, root, -1, root.kinds)


def _visit(
    traverser: DepthFirstTraverser, processed: tuple[type, ...], has_hook: bool, node: Any, place: int, kinds: set[type]
) -> Any:
    for index, child in enumerate(node.children or ()):
        if has_hook:
            traverser.pre_processing_of_child(node, index)
        if _is_one_of(type(child), _NODES):
            _visit(traverser, processed, has_hook, child, index, kinds)
    if _is_one_of(type(node), processed):
        parent = node.parent
        node = traverser.process(node)
        node.parent = parent
        if parent:
            parent.children[place] = node
        kinds.add(type(node))
    return node


@cache
def _is_one_of(kind: type, kinds: tuple[type, ...]) -> bool:
    return issubclass(kind, kinds)
