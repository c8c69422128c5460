"""The JSON Schema of the language, and validators that know placeholders, expressions and what is right at a glance.

Most parts of most definitions are right, and the library builds much to find that out: the keywords here let such parts
pass before it does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from harness.asl.machine import Language, has_placeholder, is_expression

Keyword = Callable[[Any, Any, Any, Mapping[str, Any]], Iterator[Any]]

_ORIGINAL: Mapping[str, Keyword] = jsonschema.Draft202012Validator.VALIDATORS
_OF_PLAIN_VALUES = frozenset({"type", "language", "expression", "minLength"})
_PLAIN_TYPES = {"string": str, "boolean": bool, "object": dict, "array": list}
_RECURSIVE = ("comparison", "nested")


@cache
def definitions() -> Mapping[str, Any]:
    """Return the schema's definitions, with each reference in place of what it names, but for those to themselves."""
    text = Path(__file__).with_name("language.schema.json").read_text(encoding="utf-8")
    named = json.loads(text)["$defs"]
    return {name: _inlined(schema, named) for name, schema in named.items()}


def _inlined(schema: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, named) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in _RECURSIVE:
        schema = {**named[name], **{key: value for key, value in schema.items() if key != "$ref"}}
    return {key: _inlined(value, named) for key, value in schema.items()}


@cache
def validator(name: str, language: Language) -> Validator:
    """Return the validator of a definition, for states in one query language."""

    def unless_filled_in_later(keyword: Keyword) -> Keyword:
        def validate(judge: Any, value: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
            later = has_placeholder(instance) or (
                language == "JSONata" and schema.get("expression") and is_expression(instance)
            )
            if not later:
                yield from keyword(judge, value, instance, schema)

        return validate

    of_values = {key: _ORIGINAL[key] for key in ("type", "enum", "const", "minLength", "maxLength")}
    keywords = {key: unless_filled_in_later(keyword) for key, keyword in {**of_values, "pattern": _pattern}.items()}
    keywords |= {"items": _items, "not": _not, "oneOf": _one_of, "properties": _properties}
    schema = {"$ref": f"#/$defs/{name}", "$defs": definitions()}
    return extend(jsonschema.Draft202012Validator, keywords)(schema)


def _pattern(_judge: Any, pattern: str, instance: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    """Apply a pattern to the whole text: the `$` of Python's own search overlooks a newline at the end."""
    if isinstance(instance, str) and re.fullmatch(pattern.removesuffix("$"), instance) is None:
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


def _properties(judge: Any, properties: Mapping[str, Any], instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(instance, dict):
        known = {name: properties[name] for name in instance if name in properties}
        rest = {name: inner for name, inner in known.items() if not _is_plain(inner, instance[name])}
        yield from _ORIGINAL["properties"](judge, rest, instance, schema)


def _items(judge: Any, items: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    if not isinstance(instance, list) or not all(_is_plain(items, item) for item in instance):
        yield from _ORIGINAL["items"](judge, items, instance, schema)


def _one_of(judge: Any, options: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Each option asks for a field; most objects have just one of them."""
    if isinstance(instance, dict):
        present = [option for option in options if option["required"][0] in instance]
        if len(present) == 1 and "properties" not in present[0]:
            return
    yield from _ORIGINAL["oneOf"](judge, options, instance, schema)


def _not(judge: Any, excluded: Mapping[str, Any], instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Mostly two fields exclude each other."""
    is_absent = excluded.keys() == {"required"} and isinstance(instance, dict)
    if not is_absent or all(name in instance for name in excluded["required"]):
        yield from _ORIGINAL["not"](judge, excluded, instance, schema)


def _is_plain(schema: Mapping[str, Any], value: Any) -> bool:
    """Return whether a value certainly keeps a schema that asks for little more than its type."""
    if "const" in schema:
        return value == schema["const"] and type(value) is type(schema["const"])
    if not schema.keys() <= _OF_PLAIN_VALUES or (value == "" and "minLength" in schema):
        return False
    return "type" not in schema or isinstance(value, _PLAIN_TYPES.get(str(schema["type"]), ()))
