"""`make lint`, beyond Python: Terraform's format and validity, the state machines that it renders, and docs/."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterator

from harness import docs
from harness.asl import lint
from harness.isolation import NOWHERE
from harness.paths import EXAMPLES, ROOT
from harness.render import defaults
from harness.terminal import say
from harness.terraform import TerraformError, Workspace, unformatted

SUFFIXES = ("*.tf", "*.tfvars", "*.tftest.hcl", "*.tfmock.hcl")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "check", help="check the Terraform code, the state machines that it renders, and docs/"
    )
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Print each problem on a line of its own; 1 when there is any."""
    problems = [*_unformatted(), *_invalid(), *_definitions(), *docs.problems()]
    say("\n".join(problems) or "Terraform, the rendered state machines and docs/ are fine.")
    return 1 if problems else 0


def _unformatted() -> Iterator[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", *SUFFIXES]
    files = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603
    for file in unformatted(ROOT, files):
        yield f"{file}: run `terraform fmt` on it."


def _invalid() -> Iterator[str]:
    for configuration in (ROOT, *sorted(path.parent for path in EXAMPLES.glob("*/main.tf"))):
        with Workspace(configuration, NOWHERE) as workspace:
            try:
                workspace.init("-backend=false")  # a check needs no state
                workspace.validate()
            except TerraformError as error:
                yield f"{configuration.relative_to(ROOT)}: {error}"


def _definitions() -> Iterator[str]:
    for resource in defaults():
        if resource["type"] == "aws_sfn_state_machine":
            machine = resource["change"]["after"]
            for finding in lint(machine["definition"], machine["type"]):
                yield f"{resource['name']}: {finding.path or '/'}: {finding.code}: {finding.message}"
