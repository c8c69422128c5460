"""What a target receives of an event: the whole, a constant, a part, or what a transformer makes of it.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from harness.embedded.json_values import MISSING, select

_PATH = re.compile(r"\$(?:\.[^.\[\]]+|\[\d+\])*")
_PREDEFINED = {
    "aws.events.event",
    "aws.events.event.ingestion-time",
    "aws.events.event.json",
    "aws.events.rule-arn",
    "aws.events.rule-name",
}
_VARIABLE = re.compile(r"<([A-Za-z0-9_.-]+)>")


def problem_with(target: Mapping[str, Any]) -> str | None:
    """Return what is wrong with how a target's input is made; None for nothing."""
    present = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name) is not None]
    name = target["Id"]
    if len(present) > 1:
        return f"Only one of Input, InputPath, or InputTransformer must be provided for target {name}."
    if "Input" in present and _parsed(target["Input"]) is MISSING:
        return f"JSON syntax error in input for target {name}."
    transformer = target.get("InputTransformer") or {}
    paths = [
        *(transformer.get("InputPathsMap") or {}).values(),
        *([target["InputPath"]] if "InputPath" in present else []),
    ]
    if wrong := [path for path in paths if not _PATH.fullmatch(path)]:
        return f"Invalid JSON path {wrong[0]} for target {name}."
    known = (transformer.get("InputPathsMap") or {}).keys()
    template = transformer.get("InputTemplate", "")
    for variable in _VARIABLE.findall(template):
        if variable not in known and variable not in _PREDEFINED:
            return f"InputTemplate for target {name} contains invalid placeholder {variable}."
    return None


def input_for(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """Return the text that a target receives. Raises ValueError when a template makes no JSON of the event."""
    if target.get("Input") is not None:
        return target["Input"]
    if target.get("InputPath") is not None:
        part = select(event, target["InputPath"])
        return json.dumps(None if part is MISSING else part)
    if target.get("InputTransformer"):
        return _transformed(target["InputTransformer"], event, rule_arn)
    return json.dumps(event)


def _transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    paths = transformer.get("InputPathsMap") or {}
    values = {name: select(event, path) for name, path in paths.items()}
    values |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event["time"],
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }
    template = transformer["InputTemplate"]
    text, position, quoted = "", 0, False
    for match in _VARIABLE.finditer(template):
        before = template[position : match.start()]
        quoted ^= len(re.findall(r'(?<!\\)(?:\\\\)*"', before)) % 2 == 1
        text += before + _shown(values[match[1]], quoted)
        position = match.end()
    text += template[position:]
    if _parsed(text) is MISSING:
        raise ValueError("The input that the template makes is not JSON.")
    return text


def _shown(value: Any, quoted: bool) -> str:
    """Return a value as it is written into a template: inside quotation marks without its own."""
    if value is MISSING:
        return "" if quoted else "null"
    if not quoted:
        return json.dumps(value)
    return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return MISSING
