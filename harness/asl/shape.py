"""The shape of a definition: each state against the JSON Schema of its type, errors as sentences."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema

from harness.asl import schema
from harness.asl.machine import Language, Machine, Scope, State, as_dict, as_list
from harness.asl.rules import Finding

_STATE_TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_TYPE_NAMES = {"object": "an object", "array": "a list", "string": "a string", "integer": "an integer",
               "number": "a number", "boolean": "true or false", "null": "null"}  # fmt: skip


def check(machine: Machine) -> Iterator[Finding]:
    """Yield what is missing, unknown, of the wrong type or out of range."""
    for scope in machine.scopes:
        yield from _validate(_scope_schema(scope), scope.body, scope.path, machine.language, _scope_name(scope))
    for state in machine.states:
        yield from _state(machine, state)


def _state(machine: Machine, state: State) -> Iterator[Finding]:
    if state.body.get("QueryLanguage") == "JSONPath" and machine.language == "JSONata":
        message = "A state machine in JSONata cannot have a state in JSONPath."
        yield Finding(state.path, "QUERY_LANGUAGE_DOWNGRADE", message)
        return
    if state.is_placeholder:
        return
    if state.type not in _STATE_TYPES:
        yield from _validate("state", state.body, state.path, state.language, "A state")
        return
    yield from _validate(state.type, state.body, state.path, state.language, f"A {state.type} state")
    if state.type == "Choice":
        for number, rule in enumerate(as_list(state.body.get("Choices"))):
            where = f"{state.path}/Choices[{number}]"
            yield from _validate(f"rule.{state.language}", rule, where, state.language, "A choice rule")


def _scope_schema(scope: Scope) -> str:
    if scope.owner is None:
        return "machine"
    return "processor" if scope.owner.type == "Map" else "branch"


def _scope_name(scope: Scope) -> str:
    if scope.owner is None:
        return "A state machine"
    return "A Map's processor" if scope.owner.type == "Map" else "A Parallel's branch"


def _validate(name: str, body: Any, path: str, language: Language, subject: str) -> Iterator[Finding]:
    for error in schema.validator(name, language).iter_errors(body):
        yield from _findings(error, path, subject)
    yield from _foreign_fields(schema.definitions()[name], body, path, language)


def _foreign_fields(shape: Mapping[str, Any], body: Any, path: str, language: Language) -> Iterator[Finding]:
    """Yield fields of the other query language, in the state and in the objects that it holds."""
    while "$ref" in shape:
        shape = schema.definitions()[shape["$ref"].rpartition("/")[2]]
    if isinstance(body, list):
        for number, item in enumerate(body):
            yield from _foreign_fields(shape.get("items", {}), item, f"{path}[{number}]", language)
    for field, field_schema in shape.get("properties", {}).items():
        if field not in as_dict(body):
            continue
        if field_schema.get("language", language) != language:
            message = f"The state's query language is {language}, which has no field '{field}'."
            yield Finding(path, "FIELD_OF_OTHER_LANGUAGE", message)
        elif field != "States":
            yield from _foreign_fields(field_schema, body[field], f"{path}/{field}", language)


def _findings(error: jsonschema.ValidationError, path: str, subject: str) -> Iterator[Finding]:
    parts = [f"[{part}]" if isinstance(part, int) else f"/{part}" for part in error.absolute_path]
    where = path + "".join(parts)
    field = next((str(part) for part in reversed(error.absolute_path) if isinstance(part, str)), "")
    if field and isinstance(error.instance, dict):
        subject = f"'{field}'"
    for code, message in _sentences(error, subject, f"'{field}'" if field else subject):
        yield Finding(where, code, message)


def _sentences(error: jsonschema.ValidationError, subject: str, field: str) -> Iterator[tuple[str, str]]:
    """Yield the rule broken and the sentence that says so. `subject` names an object, `field` the value in question."""
    value = error.validator_value
    if error.validator in ("oneOf", "anyOf", "not") and not isinstance(error.instance, dict):
        return  # its type is reported
    match error.validator:
        case "additionalProperties":
            known = list(error.schema["properties"])
            other = schema.definitions()[error.schema["otherwise"]]["properties"] if "otherwise" in error.schema else ()
            for name in [name for name in error.instance if name not in known]:
                if name in other:
                    yield "FIELD_OF_OTHER_LANGUAGE", f"{subject} of this query language has no field '{name}'."
                    continue
                near = difflib.get_close_matches(name, known, 1)
                hint = f" Did you mean '{near[0]}'?" if near else ""
                yield "UNKNOWN_FIELD", f"{subject} has no field '{name}'.{hint}"
        case "required":
            name = next(name for name in value if name not in error.instance and f"'{name}'" in error.message)
            yield "MISSING_FIELD", f"{subject} needs the field '{name}'."
        case "oneOf":
            names = [option["required"][0] for option in value]
            without = {"End"} if error.instance.get("End") is False else set()
            present = [name for name in names if name in error.instance and name not in without]
            listed = "a comparison operator" if len(names) > 4 else _any_of(names)
            if present:
                yield "CONFLICTING_FIELDS", f"{subject} has {_all_of(present)} but may have only one of them."
            else:
                yield "MISSING_FIELD", f"{subject} needs {listed}."
        case "not":
            names = value["required"]
            if len(names) == 1:
                yield "UNKNOWN_FIELD", f"{subject} has no field '{names[0]}' {error.schema['title']}."
            else:
                yield "CONFLICTING_FIELDS", f"{subject} has {_all_of(names)} but may have only one of them."
        case "anyOf":
            yield "MISSING_FIELD", f"{subject} needs {_any_of([option['required'][0] for option in value])}."
        case "type":
            types = value if isinstance(value, list) else [value]
            expected = " or ".join(_TYPE_NAMES[name] for name in types)
            also = " or a JSONata expression" if error.schema.get("expression") else ""
            yield "WRONG_TYPE", f"{field} must be {expected}{also}, not {_shown(error.instance)}."
        case "enum" | "const":
            allowed = value if isinstance(value, list) else [value]
            yield "WRONG_VALUE", f"{field} must be {_any_of(allowed)}, not {_shown(error.instance)}."
        case "pattern":
            yield "WRONG_VALUE", f"{field} must be {error.schema['title']}, not {_shown(error.instance)}."
        case "minimum" | "maximum":
            bound = "at least" if error.validator == "minimum" else "at most"
            yield "OUT_OF_RANGE", f"{field} must be {bound} {value}, not {_shown(error.instance)}."
        case "minLength" | "minItems" | "minProperties":
            yield "OUT_OF_RANGE", f"{field} must not be empty."
        case "maxLength":
            yield "OUT_OF_RANGE", f"{field} has {len(error.instance)} characters; at most {value} are allowed."


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _any_of(values: list[Any]) -> str:
    shown = [f"'{value}'" if isinstance(value, str) else _shown(value) for value in values]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _all_of(names: list[str]) -> str:
    return " and ".join(f"'{name}'" for name in names)
