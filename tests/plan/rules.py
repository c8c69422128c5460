"""The rules in Terraform's files: what variables and outputs refuse, and with which sentence."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hcl2

from harness.isolation import NOWHERE
from harness.terraform import Workspace


def messages(file: Path) -> list[str]:
    """Return the messages of the validations of a file's variables and of the preconditions of its outputs."""
    parsed = hcl2.loads(file.read_text())
    return [
        rule["error_message"].strip('"')
        for kind, rules in (("variable", "validation"), ("output", "precondition"))
        for block in parsed.get(kind, ())
        for body in block.values()
        for rule in body.get(rules, ())
    ]


def errors_of(
    variables_file: str, cases: Mapping[str, Mapping[str, Any]], directory: Path
) -> dict[str, tuple[str, ...]]:
    """Return the errors of every case's variables, by its name.

    Variables need no provider, so they are tried by themselves; a run that fails ends its file, so each has one.
    """
    (directory / "variables.tf").write_text(variables_file)
    for name, variables in cases.items():
        run = {"variables": variables, "run": {name: {"command": "plan"}}}
        (directory / f"{name}.tftest.json").write_text(json.dumps(run))
    with Workspace(directory, NOWHERE) as workspace:
        workspace.init()
        return {name: run.errors for name, run in workspace.test().items()}
