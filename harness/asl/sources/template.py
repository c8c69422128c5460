"""Definitions in SAM and CloudFormation templates.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.asl.document import Document, of_text, of_value, placeholder
from harness.asl.machine import as_dict
from harness.asl.sources.definition import Definition, Parsed, UnreadableError, at, moved, type_of

STATE_MACHINES = {"AWS::StepFunctions::StateMachine": "StateMachineType", "AWS::Serverless::StateMachine": "Type"}
_FILES = ("DefinitionUri", "DefinitionS3Location")
_MAY_BE_JSON = re.compile(r"\s*(?:[-+\d{\[\"]|true\b|false\b|null\b)")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_DYNAMIC = re.compile(r"\{\{(resolve:[^{}]+)\}\}")
_NAMED = re.compile(r"\$\{([^{}!]+)\}")

Reader = Callable[[Path], Document]


def is_template(value: Any) -> bool:
    """Return whether a parsed file is a template."""
    resources = as_dict(as_dict(value).get("Resources"))
    marks = ("AWSTemplateFormatVersion", "Transform", "Parameters", "Globals")
    return any("Type" in as_dict(one) for one in resources.values()) or any(mark in as_dict(value) for mark in marks)


def definitions(file: Path, template: Parsed, read: Reader) -> Iterator[Definition]:
    """Yield the definitions of a template's state machines; `read` reads the files that it names.

    Raises UnreadableError where such a file cannot be read.
    """
    for name, resource in as_dict(as_dict(template.value).get("Resources")).items():
        kind = as_dict(resource).get("Type")
        if kind not in STATE_MACHINES:
            continue
        properties = as_dict(as_dict(resource).get("Properties"))
        path = f"/Resources/{name}/Properties"
        workflow_type = type_of(properties.get(STATE_MACHINES[kind]))
        known = as_dict(properties.get("DefinitionSubstitutions"))
        for field in _FILES:
            if isinstance(location := properties.get(field), str) and "://" not in location:
                document = _referenced(file, location, read, f"{name} of {file}")
                yield Definition(file.parent / location, _substituted(document, known), workflow_type, True)
        if "DefinitionString" in properties:
            document = _text(properties["DefinitionString"], f"{path}/DefinitionString", template)
            yield Definition(file, _substituted(document, known), workflow_type)
        if "Definition" in properties:
            included = as_dict(as_dict(properties["Definition"]).get("Fn::Transform"))
            location = as_dict(included.get("Parameters")).get("Location")
            if isinstance(location, str) and "://" not in location:
                document = _referenced(file, location, read, f"{name} of {file}")
                yield Definition(file.parent / location, _substituted(document, known), workflow_type, True)
            elif not included:
                document = _object(properties["Definition"], f"{path}/Definition", template)
                yield Definition(file, _substituted(document, known), workflow_type)


def _referenced(file: Path, location: str, read: Reader, user: str) -> Document:
    try:
        return read(file.parent / location)
    except UnreadableError as error:
        raise UnreadableError(f"{error} It is the definition of {user}.") from error


def _object(value: Any, path: str, template: Parsed) -> Document:
    document = of_value(_resolved(value))
    document.locate = lambda inner: template.locate(path + inner)
    return document


def _text(value: Any, path: str, template: Parsed) -> Document:
    """Return a definition that is written as text, in a block, by Fn::Sub or by Fn::Join."""
    resolved = _resolved(value)
    if not isinstance(resolved, str):
        return _object(value, path, template)
    document = of_text(resolved, is_template=_NAMED.search(resolved) is not None)
    if isinstance(value, dict) and "Fn::Sub" in value:
        path += "/Fn::Sub" + ("[0]" if isinstance(value["Fn::Sub"], list) else "")
    if path in template.blocks:
        line, indentation = template.blocks[path]
        return moved(document, line, 1 + indentation, indentation)
    return at(document, lambda: template.locate(path))


def _resolved(value: Any) -> Any:
    """Return a value with a placeholder for each function of CloudFormation whose result is known later."""
    if isinstance(value, list):
        return [_resolved(item) for item in value]
    if isinstance(value, str):
        return _DYNAMIC.sub(lambda reference: placeholder(reference[1]), value)
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Fn::Sub":
            text = argument[0] if isinstance(argument, list) and argument else argument
            known = as_dict(argument[1]) if isinstance(argument, list) and len(argument) > 1 else {}
            if isinstance(text, str):
                return _filled(text, known).replace("${!", "${")
        if name == "Fn::Join" and isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], list):
            return str(argument[0]).join(str(_resolved(part)) for part in argument[1])
        if name in ("Ref", "Condition") or name.startswith("Fn::"):
            parts = argument if isinstance(argument, list) else [argument]
            return placeholder(".".join(str(part) for part in parts if isinstance(part, str | int)) or name)
    return {key: _resolved(item) for key, item in value.items()}


def _substituted(document: Document, known: Mapping[str, Any]) -> Document:
    """Fill in the texts whose values are written in the template.

    A value that is nothing but a placeholder may be without quotes: there it accepts no number and no truth value, of
    which nobody could say whether they became text.
    """
    texts = {name: value for name, value in known.items() if isinstance(value, str) and not _MAY_BE_JSON.match(value)}
    if texts:
        document.value = _filled(document.value, texts)
    return document


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, known) for item in value]
    if not isinstance(value, str):
        return value
    return _NAMED.sub(lambda named: _literal(known.get(named[1]), named[0]), value)


def _literal(value: Any, otherwise: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else otherwise
