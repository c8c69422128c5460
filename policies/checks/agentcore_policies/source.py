"""A block as it was written, with its comments: checkov hands a check only what it parsed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hcl2 import END_LINE, START_LINE

Node = dict[str, Any]

_REFERENCE = re.compile(r"\b(var|local)\.(\w+)")
_KIND = {"variable": "var", "locals": "local"}


def lines(graph: Any, conf: Node) -> dict[int, str]:
    """Give the block's lines by their number in the file; none for a block of a plan file."""
    path = _path(graph, conf)
    return _cut(path, conf) if path else {}


def text_with_values(graph: Any, conf: Node) -> str:
    """Give the block's text and that of each variable and local that it reads; none for a block of a plan file."""
    path = _path(graph, conf)
    if not path:
        return ""
    text = "\n".join(_cut(path, conf).values())
    return "\n".join([text, *_values(graph, path.parent, set(_REFERENCE.findall(text)))])


def _path(graph: Any, conf: Node) -> Path | None:
    found = (Path(node["file_path_"]) for node in _nodes(graph) if _holds(node["config_"], conf))
    return next((path for path in found if path.suffix == ".tf"), None)


def _values(graph: Any, directory: Path, wanted: set[tuple[str, str]]) -> Iterator[str]:
    for node in _nodes(graph):
        kind, name, path = _KIND.get(node["block_type_"]), node["block_name_"], Path(node["file_path_"])
        if (kind, name) in wanted and path.parent == directory:
            value = node["config_"][name]  # of a variable as written, so that a .tfvars file does not count
            yield "\n".join(_cut(path, value).values()) if kind == "var" else json.dumps(value, default=str)


def _nodes(graph: Any) -> Iterator[Node]:
    return (node for _, node in graph.nodes())


def _holds(config: Node, conf: Node) -> bool:
    """Tell whether a node of checkov's graph is the very block: two directories may hold equal ones."""
    inner = [value for value in config.values() if isinstance(value, dict)]
    return any(conf is value for block in inner for value in (block, *block.values()))


def _cut(path: Path, conf: Node) -> dict[int, str]:
    first, last = conf[START_LINE], conf[END_LINE]
    return dict(enumerate(_file(path)[first - 1 : last], first))


@cache
def _file(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
