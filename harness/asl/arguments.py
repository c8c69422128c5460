"""The arguments of called services, held against the shapes of AWS's service models."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from harness.asl import services
from harness.asl.expressions import analyse
from harness.asl.machine import State, has_placeholder, is_expression, strings
from harness.asl.resources import Resource
from harness.asl.rules import Finding

_TASK_TOKEN = re.compile(r"Task\.Token|^\$\$(\.Task)?$|\$states\.context(\.Task)?\b")
# What a sample leaves its reader to fill in: `{ACCOUNT-NUMBER}` anywhere, `BUCKET_NAME` as a value or a part of an ARN.
_BLANK = re.compile(r"\{[A-Z][A-Z0-9_-]+\}")
_LOOKS_LIKE_A_BLANK = re.compile(r"(?:^|(?<=[:/.]))[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)+(?=[:/.]|$)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_LONGEST_MATCHED = 1000  # characters: longer literals are not held against a pattern


def check_arguments(state: State, resource: Resource, holder: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Yield what is wrong with the arguments that `holder`, a Task or an ItemReader, passes to the API it calls."""
    judge = _Arguments(state, resource)
    path = f"{where}/{state.arguments_field}"
    arguments = holder.get(state.arguments_field, {})
    if resource.is_callback and not any(_TASK_TOKEN.search(text) for _, _, text in strings(arguments, "")):
        message = "The task waits for its token to come back, but no argument passes the token on."
        yield Finding(path, "NO_TASK_TOKEN", message)
    if is_expression(arguments) and state.language == "JSONata":
        keys = analyse(arguments).keys
        arguments = dict.fromkeys(keys) if keys is not None else None
    if not isinstance(arguments, dict):
        return
    if resource.operation is not None and resource.operation.input_shape is not None:
        yield from judge.structure(resource.operation.input_shape, arguments, path)
    elif "required" in resource.optimized:
        known = [*resource.optimized["required"], *resource.optimized.get("optional", [])]
        names = judge.names(arguments)
        for key, name in names.items():
            if name not in known and not resource.optimized.get("open"):
                message = f"{judge.call} has no argument '{name}', only {', '.join(sorted(known))}."
                yield Finding(f"{path}/{key}", "UNKNOWN_ARGUMENT", message)
        missing = [name for name in resource.optimized["required"] if name not in names.values()]
        yield from judge.missing(missing, path)


@dataclass(frozen=True)
class _Arguments:
    """Judges the arguments of one call against the shapes of its API."""

    state: State
    resource: Resource

    @property
    def call(self) -> str:
        return f"The call {self.resource.service}:{self.resource.action}"

    def is_dynamic(self, value: Any) -> bool:
        later = has_placeholder(value) or _is_blank_to_fill_in(value)
        return value is None or later or (self.state.language == "JSONata" and is_expression(value))

    def names(self, value: Mapping[str, Any]) -> dict[str, str]:
        """Return the argument named by each key: a JSONPath state writes `Bucket.$` for Bucket."""
        is_path = self.state.language == "JSONPath"
        return {key: key.removesuffix(".$") if is_path else key for key in value}

    def structure(self, shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[Finding]:
        names = self.names(value)
        for key, name in names.items():
            inner = services.member(shape, name)
            if inner is None:
                yield self.unknown(shape, name, f"{path}/{key}")
            elif key == name:
                yield from self.value(inner, value[key], f"{path}/{key}")
        present = {name.lower() for name in names.values()}
        # The SDK fills in a missing idempotency token.
        required = [name for name in shape.required_members if "idempotencyToken" not in shape.members[name].metadata]
        yield from self.missing([services.pascal(name) for name in required if name.lower() not in present], path)

    def unknown(self, shape: StructureShape, name: str, path: str) -> Finding:
        near = difflib.get_close_matches(name, [services.pascal(known) for known in shape.members], 1)
        hint = f" Step Functions writes it '{near[0]}'." if near and near[0].lower() == name.lower() else ""
        hint = hint or (f" Did you mean '{near[0]}'?" if near else "")
        return Finding(path, "UNKNOWN_ARGUMENT", f"{self.call} has no argument '{name}' here.{hint}")

    def missing(self, names: list[str], path: str) -> Iterator[Finding]:
        if names:
            plural = "s" if len(names) > 1 else ""
            listed = " and ".join(f"'{name}'" for name in names)
            yield Finding(path, "MISSING_ARGUMENT", f"{self.call} needs the argument{plural} {listed}.")

    def value(self, shape: Shape, value: Any, path: str) -> Iterator[Finding]:
        if self.is_dynamic(value):
            return
        if isinstance(shape, StructureShape):
            if getattr(shape, "is_document_type", False):
                return
            if isinstance(value, dict):
                yield from self.structure(shape, value, path)
            elif shape.name == "AttributeValue" and _is_text_or_texts(value):
                yield self.converted(path, "an attribute value such as {'S': 'text'}")
            else:
                yield self.wrong_type(path, "an object")
        elif isinstance(shape, ListShape):
            if isinstance(value, list):
                for number, item in enumerate(value):
                    yield from self.value(shape.member, item, f"{path}[{number}]")
                yield from self.length(shape, value, path, "items")
            else:
                yield self.wrong_type(path, "a list")
        elif isinstance(shape, MapShape):
            if isinstance(value, dict):
                for key, item in value.items():
                    if not (key.endswith(".$") and self.state.language == "JSONPath"):
                        yield from self.value(shape.value, item, f"{path}/{key}")
            else:
                yield self.wrong_type(path, "an object")
        else:
            yield from self.scalar(shape, value, path)

    def wrong_type(self, path: str, expected: str) -> Finding:
        return Finding(path, "ARGUMENT_TYPE", f"{self.call} expects {expected} here.")

    def converted(self, path: str, expected: str) -> Finding:
        return Finding(path, "ARGUMENT_CONVERTED", f"{self.call} expects {expected} here; AWS converts the text.")

    def scalar(self, shape: Shape, value: Any, path: str) -> Iterator[Finding]:
        if isinstance(shape, StringShape):
            if isinstance(value, str):
                yield from self.text(shape, value, path)
            elif not isinstance(value, dict | list):  # which Step Functions turns into text: a message, an input
                yield self.wrong_type(path, "a string")
        elif shape.type_name in ("integer", "long", "float", "double"):
            if isinstance(value, str) and _NUMBER.fullmatch(value):
                yield self.converted(path, "a number")
            elif isinstance(value, bool) or not isinstance(value, int | float):
                yield self.wrong_type(path, "a number")
            else:
                yield from self.bounds(shape, value, path, "is")
        elif shape.type_name == "boolean" and not isinstance(value, bool):
            is_text = isinstance(value, str) and value.lower() in ("true", "false")
            yield self.converted(path, "true or false") if is_text else self.wrong_type(path, "true or false")

    def text(self, shape: StringShape, value: str, path: str) -> Iterator[Finding]:
        if shape.enum and value not in shape.enum:
            shown = ", ".join(shape.enum[:8]) + (", …" if len(shape.enum) > 8 else "")
            yield Finding(path, "ARGUMENT_VALUE", f"{value!r} is none of the values of the API: {shown}.")
            return
        if _LOOKS_LIKE_A_BLANK.search(value):
            return
        yield from self.length(shape, value, path, "characters")
        pattern = shape.metadata.get("pattern")
        if pattern and len(value) <= _LONGEST_MATCHED and not _matches(pattern, value):
            yield Finding(path, "ARGUMENT_VALUE", f"{value!r} does not match the API's pattern {pattern}.")

    def length(self, shape: Shape, value: Any, path: str, unit: str) -> Iterator[Finding]:
        yield from self.bounds(shape, len(value), path, f"has {unit}:")

    def bounds(self, shape: Shape, size: float, path: str, verb: str) -> Iterator[Finding]:
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and size < float(low):
            yield Finding(path, "ARGUMENT_VALUE", f"The value {verb} {size:g}, under the API's minimum of {low}.")
        if high is not None and size > float(high):
            yield Finding(path, "ARGUMENT_VALUE", f"The value {verb} {size:g}, over the API's maximum of {high}.")


def _is_blank_to_fill_in(value: Any) -> bool:
    return isinstance(value, str) and _BLANK.search(value) is not None


def _is_text_or_texts(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:  # the model's patterns are Java's
        return True
