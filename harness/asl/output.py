"""Findings as people and programs read them: text, JSON, SARIF 2.1.0 and GitHub's annotations."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.asl.document import Place
from harness.asl.rules import RULES, Finding
from harness.version import version

# https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True, order=True)
class Result:
    """A finding in a file."""

    file: str
    place: Place
    finding: Finding


def text(results: Sequence[Result]) -> Iterator[str]:
    """Yield a line for each finding, then the counts and where each broken rule is described."""
    for result in results:
        finding, place = result.finding, result.place
        where = f"{result.file}:{place.line}:{place.column}: {finding.path or '/'}"
        yield f"{where}: {finding.severity.lower()} {finding.code}: {finding.message}"
    if results:
        errors = sum(result.finding.severity == "ERROR" for result in results)
        yield f"{_counted(errors, 'error')}, {_counted(len(results) - errors, 'warning')}."
        yield "The rules: " + ", ".join(sorted({result.finding.rule.help for result in results}))


def as_json(results: Sequence[Result]) -> Iterator[str]:
    """Yield one list of findings."""
    rows = [
        {
            "file": result.file,
            "line": result.place.line,
            "column": result.place.column,
            "severity": result.finding.severity,
            "path": result.finding.path,
            "code": result.finding.code,
            "message": result.finding.message,
            "help": result.finding.rule.help,
        }
        for result in results
    ]
    yield json.dumps(rows, indent=2, ensure_ascii=False)


def github(results: Sequence[Result]) -> Iterator[str]:
    """Yield a workflow command for each finding, which GitHub shows beside the line.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    for result in results:
        finding, place = result.finding, result.place
        properties = {"file": _inside(result.file), "line": place.line, "col": place.column, "title": finding.code}
        shown = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
        message = f"{finding.message} ({finding.path or '/'}; {finding.rule.help})"
        yield f"::{finding.severity.lower()} {shown}::{_data(message)}"


def sarif(results: Sequence[Result]) -> Iterator[str]:
    """Yield one log of one run, with the rules that it broke."""
    broken = sorted({result.finding.code for result in results})
    driver = {
        "name": "asl-lint",
        "version": version(),
        "semanticVersion": version(),
        "rules": [_rule(code) for code in broken],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(result, broken.index(result.finding.code)) for result in results],
    }
    yield json.dumps({"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _rule(code: str) -> Mapping[str, Any]:
    rule = RULES[code]
    return {
        "id": code,
        "shortDescription": {"text": f"{rule.title}."},
        "help": {"text": f"{rule.title}. See {rule.help} and {rule.page}"},
        "helpUri": rule.help,
        "defaultConfiguration": {"level": rule.severity.lower()},
    }


def _sarif_result(result: Result, rule: int) -> Mapping[str, Any]:
    finding, place = result.finding, result.place
    location = {
        "artifactLocation": {"uri": quote(_inside(result.file))},
        "region": {"startLine": place.line, "startColumn": place.column},
    }
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity.lower(),
        "message": {"text": finding.message},
        "locations": [
            {"physicalLocation": location, "logicalLocations": [{"fullyQualifiedName": finding.path or "/"}]},
        ],
        "partialFingerprints": {"aslPath/v1": f"{finding.code} {finding.path or '/'}"},
    }


def _inside(file: str) -> str:
    """Return a file's path from the current directory, with slashes; the name of the standard input as it is."""
    return file if file == "-" else Path(os.path.relpath(file)).as_posix()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


FORMATS: Mapping[str, Callable[[Sequence[Result]], Iterator[str]]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
