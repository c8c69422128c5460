"""DynamoDB's operations are atomic, and moto's update expressions faster.

In moto another thread may write between a check and its write, or amid a read. It parses an update expression twice,
copies its tree piece by piece, and compares each node of it with classes some ten times.
"""

import pickle
import threading
from functools import cache, lru_cache
from typing import Any

from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser, Node, UpdateExpression
from moto.dynamodb.parsing.expressions import UpdateExpressionParser
from moto.dynamodb.parsing.validators import ActionCountValidator
from moto.dynamodb.responses import DynamoHandler

_LOCK = threading.Lock()


def install() -> None:
    """Let one operation happen at a time: each keeps the interpreter busy anyhow."""
    call_action = DynamoHandler.call_action

    def alone(response: DynamoHandler) -> Any:
        with _LOCK:
            return call_action(response)

    DynamoHandler.call_action = alone
    _hasten()


def _hasten() -> None:
    """Parse each update expression once, copy its tree at once, and sort its nodes by class once."""
    parse, count = UpdateExpressionParser.make, ActionCountValidator.verify_action_counts
    UpdateExpressionParser.make = staticmethod(lru_cache(maxsize=1024)(parse))  # whoever changes the tree copies it
    UpdateExpression.__deepcopy__ = lambda tree, _: pickle.loads(_pickled(tree))  # noqa: S301 - our own
    ActionCountValidator.traverse = lambda validator, tree: count(validator, tree)  # all of it counts what it holds
    DepthFirstTraverser.traverse = _traverse


@lru_cache(maxsize=1024)
def _pickled(tree: UpdateExpression) -> bytes:
    return pickle.dumps(tree)


def _traverse(traverser: DepthFirstTraverser, root: Node) -> Node:
    """Process the nodes from the leaves to the root, as moto does, with what is the same for all nodes found once."""
    processed = traverser.nodes_to_be_processed()

    def visit(node: Any, place: int) -> Any:
        if not isinstance(node, Node):
            return node
        for index, child in enumerate(node.children or ()):
            traverser.pre_processing_of_child(node, index)
            visit(child, index)
        if _is_one_of(type(node), processed):
            parent = node.parent
            node = traverser.process(node)
            node.parent = parent
            if parent:
                parent.children[place] = node
        return node

    return visit(root, -1)


@cache
def _is_one_of(kind: type, kinds: tuple[type, ...]) -> bool:
    return issubclass(kind, kinds)
