"""The JSON documents among a block's arguments, however they are written."""

from __future__ import annotations

import ast
import json
import re
from typing import Any

from agentcore_policies import source
from agentcore_policies.check import Conf

# What checkov leaves where one reference is in it twice: the object as Python writes it.
_JSONENCODE = re.compile(r"(?:\$\{)?jsonencode\((.*)\)\}?", re.DOTALL)
_QUOTED_TWICE = re.compile(r"''([\w.\[\]]+)''")
_FILE = re.compile(rf"(?:\$\{{)?{source.FILE.pattern}.*\)\}}?", re.DOTALL)
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")
_TOKEN = re.compile(rf'"(?:\\.|[^"\\])*"|{_PLACEHOLDER.pattern}')


def read(conf: Conf, name: str, block: source.Text | None) -> Any:
    """Return a document as objects; a string or None where it is still an expression.

    `block` is where the conf comes from; a plan has no such place, nor any need of one.
    """
    value = (conf.get(name) or [None])[0]
    if not isinstance(value, str):
        return value
    if encoded := _JSONENCODE.fullmatch(value):
        try:
            return ast.literal_eval(_QUOTED_TWICE.sub(r"'\1'", encoded[1]))
        except (SyntaxError, ValueError):
            return value
    if block and (named := _FILE.fullmatch(value)):
        file = block.path.parent / named[1]
        return _parsed(file.read_text(encoding="utf-8")) if file.is_file() else value
    return _parsed(value)


def _parsed(text: str) -> Any:
    """Read JSON in which `${…}` may be written, in a string or for a value, where it becomes a string."""
    for variant in (text, _PLACEHOLDER.sub(lambda place: place[0].replace('"', "'"), text)):
        try:
            return json.loads(_TOKEN.sub(lambda token: token[0] if token[0][0] == '"' else f'"{token[0]}"', variant))
        except ValueError:
            continue
    return text
