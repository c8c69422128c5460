"""The code as it was written, with its comments: checkov passes a check only what it parsed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from agentcore_policies.check import REGISTRIES
from checkov.common.comment.enum import COMMENT_REGEX
from hcl2 import END_LINE, START_LINE

Node = dict[str, Any]

FILE = re.compile(r'\b(?:template)?file\(\s*"(?:\$\{path\.module\}/|\./)*([^"$]+)"')  # one beside the code

_DOCUMENTS = {".json", ".tftpl", ".tpl", ".yaml", ".yml"}  # a .csv or an archive is data
_STRING = r'"(?:\\.|[^"\\\n])*"'
_COMMENT = r"(?<!\S)(?:#|//)[^\n]*|/\*.*?\*/"
_NOT_CODE = re.compile(f"{_STRING}|{_COMMENT}", re.DOTALL)
_NOT_STRUCTURE = re.compile(rf"<<-?(?P<end>\w+)\n.*?^[ \t]*(?P=end)$|{_NOT_CODE.pattern}", re.DOTALL | re.MULTILINE)
_NOT_A_NEWLINE = re.compile(r"[^\n]")


@dataclass(frozen=True)
class Text:
    """A part of a file: its lines by their number."""

    path: Path
    lines: dict[int, str]

    def code(self) -> dict[int, str]:
        """Return the lines with blanks for their comments."""
        return _without_comments(self.lines)


@dataclass(frozen=True)
class _Index:
    """What checkov's graph holds about blocks: `paths` are their files, `loose` the files that each speaks for.

    Blocks are known by their identity, since two directories may hold equal ones.
    """

    paths: dict[int, Path]
    loose: dict[int, list[Path]]


def block(graph: Any, conf: Node) -> Text | None:
    """Return a block; None for one of a plan."""
    path = _index(graph).paths.get(id(conf))
    first, last = conf.get(START_LINE, 0), conf.get(END_LINE, 0)
    return Text(path, dict(enumerate(_file(path)[first - 1 : last], first))) if path else None


def loose_blocks(graph: Any, conf: Node) -> Iterator[Text]:
    """Return the variables, locals, outputs and the like that a block speaks for, as checkov shows no check to them.

    Each has one such speaker: the first block of its file, else of its directory, else of all.
    """
    for path in _index(graph).loose.get(id(conf), ()):
        yield from _loose(path)


def documents(text: Text) -> Iterator[Text]:
    """Return the documents that a part of the code reads by `file` or `templatefile`."""
    for name in dict.fromkeys(FILE.findall("\n".join(text.code().values()))):
        path = text.path.parent / name
        if path.suffix in _DOCUMENTS and path.is_file():
            yield Text(path, dict(enumerate(_file(path), 1)))


def skips(text: Text) -> Iterator[tuple[int, list[str], str]]:
    """Return the line, the checks and the reason of each inline skip."""
    for number, line in text.lines.items():
        if skip := COMMENT_REGEX.search(line):
            yield number, [check.strip() for check in skip[2].split(",")], (skip[3] or "").strip(": ")


@lru_cache(maxsize=1)
def _index(graph: Any) -> _Index:
    nodes = [node for _, node in graph.nodes() if node["file_path_"].endswith(".tf")]
    blocks = [(Path(node["file_path_"]), _conf(node)) for node in nodes if node["block_type_"] in REGISTRIES]
    loose: dict[int, list[Path]] = {}
    for path in sorted({Path(node["file_path_"]) for node in nodes}) if blocks else ():
        speaker = min(blocks, key=lambda block: (block[0] != path, block[0].parent != path.parent))
        loose.setdefault(id(speaker[1]), []).append(path)
    return _Index({id(conf): path for path, conf in blocks}, loose)


def _conf(node: Node) -> Node:
    """Return the arguments of a node, which lie below its type and name, or below its name."""
    conf = node["config_"]
    for _ in range(2 if node["block_type_"] in ("resource", "data") else 1):
        conf = next(value for value in conf.values() if isinstance(value, dict))
    return conf


def _loose(path: Path) -> Iterator[Text]:
    depth, lines = 0, {}
    bare = _NOT_STRUCTURE.sub(_blank, "\n".join(_file(path))).splitlines()
    for number, line in enumerate(bare, 1):
        lines[number] = line
        depth += line.count("{") - line.count("}")
        if depth <= 0:
            head = lines[min(lines)].split()[:1]
            if head and head[0] not in REGISTRIES:
                yield Text(path, {number: _file(path)[number - 1] for number in lines})
            depth, lines = 0, {}


def _without_comments(lines: dict[int, str]) -> dict[int, str]:
    text = _NOT_CODE.sub(lambda part: part[0] if part[0].startswith('"') else _blank(part), "\n".join(lines.values()))
    return dict(zip(lines, text.split("\n"), strict=False))  # an empty file has no line, and "" one


def _blank(part: re.Match[str]) -> str:
    return _NOT_A_NEWLINE.sub(" ", part[0])


@cache
def _file(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
