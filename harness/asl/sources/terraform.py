"""Definitions in Terraform's code and in its plans."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.asl.document import Document, Source, nearest, of_text, of_value, placeholder, template_end
from harness.asl.machine import as_dict, as_list
from harness.asl.sources import hcl
from harness.asl.sources.definition import Definition, Note, UnreadableError, at, moved, type_of

STATE_MACHINE = "aws_sfn_state_machine"

_MODULE_PATH = re.compile(r"^(?:\$\{path\.(?:module|root|cwd)\}/|\./)+")
_REFERRED = re.compile(r"\blocals\b|\btemplate_file\b")
_READING = ("file", "templatefile")
_PASSED_THROUGH = ("jsonencode", "jsondecode", "yamldecode", "trimspace", "chomp", "sensitive", "nonsensitive")

Reader = Callable[[Path, bool], Document]
# What an expression can refer to, by the words that do: the file, its text, the value.
Known = Mapping[str, tuple[Path, str, hcl.Value]]


def is_plan(value: Any) -> bool:
    """Return whether a parsed file is a plan, or a state, as `terraform show -json` prints it."""
    return "format_version" in as_dict(value) and any(
        key in value for key in ("resource_changes", "planned_values", "values")
    )


def of_plan(file: Path, text: str, plan: Mapping[str, Any]) -> Iterator[Definition]:
    """Yield the definitions of a plan that are known before it is applied."""
    source = Source(text)
    for path, values in _planned(plan):
        if isinstance(definition := values.get("definition"), str):
            document = at(of_text(definition), lambda path=path: source.locate(f"{path}/definition"))
            yield Definition(file, document, type_of(values.get("type")))


def _planned(plan: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if "resource_changes" in plan:
        for number, change in enumerate(as_list(plan["resource_changes"])):
            if as_dict(change).get("type") == STATE_MACHINE:
                yield f"/resource_changes[{number}]/change/after", as_dict(as_dict(change.get("change")).get("after"))
        return
    pending = [
        (f"/{key}/root_module", as_dict(as_dict(plan.get(key)).get("root_module")))
        for key in ("planned_values", "values")
    ]
    while pending:
        path, module = pending.pop()
        for number, resource in enumerate(as_list(module.get("resources"))):
            if as_dict(resource).get("type") == STATE_MACHINE:
                yield f"{path}/resources[{number}]/values", as_dict(resource.get("values"))
        inner = enumerate(as_list(module.get("child_modules")))
        pending += [(f"{path}/child_modules[{number}]", as_dict(child)) for number, child in inner]


def is_json_code(value: Any) -> bool:
    """Return whether a parsed file is Terraform's code in JSON that has state machines."""
    return STATE_MACHINE in as_dict(as_dict(value).get("resource"))


def of_json_code(file: Path, text: str, code: Mapping[str, Any]) -> Iterator[Definition]:
    """Yield the definitions of the state machines in Terraform's code in JSON.

    https://developer.hashicorp.com/terraform/language/syntax/json
    """
    source = Source(text)
    for name, block in as_dict(as_dict(code["resource"])[STATE_MACHINE]).items():
        if isinstance(definition := as_dict(block).get("definition"), str) and "{" in _without_templates(definition):
            place = source.locate(f"/resource/{STATE_MACHINE}/{name}/definition")
            document = of_text(definition, is_template=True)
            yield Definition(file, at(document, lambda place=place: place), type_of(block.get("type")))


def of_code(file: Path, text: str, read: Reader) -> Iterator[Definition | Note]:
    """Yield the definitions of the state machines in a file of Terraform's code.

    `read` returns the document of a file that the code reads, as a template or as it is. A note replaces a definition
    that is built otherwise than by a text, jsonencode, file or templatefile. Raises UnreadableError.
    """
    try:
        found = list(hcl.attributes(text))
        code = _Code(file, text, read, _known(file, text, found))
    except ValueError as error:
        raise UnreadableError(str(error)) from error
    types = {attribute.block: attribute.value.value for attribute in found if attribute.name == "type"}
    for attribute in found:
        is_resource = attribute.block[:2] == ("resource", STATE_MACHINE)
        if attribute.name != "definition" or not (is_resource or attribute.block[:1] == ("module",)):
            continue
        try:
            documents, reason = list(code.documents(attribute.value)), "is built by the code"
        except UnreadableError:  # such as a path that is relative to another module
            documents, reason = [], "is in a file that is not there"
        for where, document in documents:
            if is_resource or document.value is None or {"StartAt", "States"} & as_dict(document.value).keys():
                yield Definition(where, document, type_of(types.get(attribute.block)), where != file)
        if is_resource and not documents:
            name, place = ".".join(attribute.block[1:]), Source(text).place(attribute.value.start)
            yield Note(file, place, f"The definition of {name} {reason}; only a plan of it can be checked.")


def _known(file: Path, text: str, found: Sequence[hcl.Attribute]) -> Known:
    """Return the locals and rendered templates of the whole directory; files that cannot be read are left out."""
    known = dict(_named(file, text, found))
    definitions = [text[one.value.start : one.value.end] for one in found if one.name == "definition"]
    needed = any("local." in one or "template_file." in one for one in definitions)
    for other in sorted(file.parent.glob("*.tf")) if needed else ():
        try:
            other_text = other.read_text(encoding="utf-8")
            inside = list(hcl.attributes(other_text)) if other != file and _REFERRED.search(other_text) else ()
        except (OSError, ValueError):
            continue
        known |= dict(_named(other, other_text, inside))
    return known


def _named(file: Path, text: str, found: Sequence[hcl.Attribute]) -> Iterator[tuple[str, tuple[Path, str, hcl.Value]]]:
    for one in found:
        if one.block == ("locals",):
            yield f"local.{one.name}", (file, text, one.value)
        elif one.block[:2] == ("data", "template_file") and one.name == "template":
            yield f"data.template_file.{one.block[2]}.rendered", (file, text, one.value)


class _Code:
    """Follows a value of one file to the documents that it results in."""

    def __init__(self, file: Path, text: str, read: Reader, known: Known) -> None:
        self.file, self.text, self.read, self.known = file, text, read, known

    def documents(self, value: hcl.Value) -> Iterator[tuple[Path, Document]]:
        """Yield the file and the document of what a `definition` is; nothing where that is known later."""
        if value.kind == "heredoc":
            content, offset, indentation = value.value
            line = self.text.count("\n", 0, offset) + 1
            if content.strip():
                document = moved(of_text(content, is_template=True), line, 1 + indentation, indentation)
                yield self.file, document
        elif value.kind == "text" and "{" in _without_templates(value.value):
            place = Source(self.text).place(value.start)
            yield self.file, at(of_text(value.value, is_template=True), lambda: place)
        elif value.kind == "reference":
            file, text, inner = self.known.get(value.value, (None, "", None))
            if inner is not None:
                known = {name: local for name, local in self.known.items() if local[2] is not inner}
                yield from _Code(file, text, self.read, known).documents(inner)
        elif value.kind == "call":
            yield from self._called(*value.value)

    def _called(self, name: str, arguments: Sequence[hcl.Value]) -> Iterator[tuple[Path, Document]]:
        if not arguments:
            return
        [first, *_] = arguments
        if name == "jsonencode" and first.kind == "object":
            places: dict[str, int] = {}
            document = of_value(self._value(first, "", places))
            source = Source(self.text)
            document.locate = lambda path: source.place(nearest(places, path, first.start))
            yield self.file, document
        elif name in _PASSED_THROUGH:
            yield from self.documents(first)
        elif name in _READING and first.kind == "text":
            location = _MODULE_PATH.sub("", first.value)
            if "${" not in location:
                path = self.file.parent / location
                yield path, self.read(path, name == "templatefile")

    def _value(self, value: hcl.Value, path: str, places: dict[str, int]) -> Any:
        """Return a value as JSON, with a placeholder for each part that is known later; note where each part is."""
        places.setdefault(path, value.start)
        match value.kind:
            case "object":
                result = {}
                for key, offset, inner in value.value:
                    name = _rendered(key)
                    places[f"{path}/{name}"] = offset
                    result[name] = self._value(inner, f"{path}/{name}", places)
                return result
            case "list":
                return [self._value(item, f"{path}[{number}]", places) for number, item in enumerate(value.value)]
            case "constant":
                return value.value
            case "text":
                return _rendered(value.value)
            case "heredoc":
                return _rendered(value.value[0])
        return placeholder(self.text[value.start : value.end])


def _rendered(text: str) -> str:
    """Return a text with a placeholder for each template, and without directives."""
    parts, position = [], 0
    for opening in re.finditer(r"(?<![$%])[$%]\{", text):
        if opening.start() < position:
            continue
        end = template_end(text, opening.end())
        parts.append(text[position : opening.start()])
        parts.append(placeholder(text[opening.end() : end - 1]) if opening.group() == "${" else "")
        position = end
    return "".join([*parts, text[position:]]).replace("$${", "${").replace("%%{", "%{")


def _without_templates(text: str) -> str:
    return _rendered(text).replace("${", "")
