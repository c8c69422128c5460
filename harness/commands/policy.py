"""`make policy`: checkov, with its own checks and ours, on the module, on every example and on a plan."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Column, Table

from harness.errors import HarnessError
from harness.local import applied
from harness.paths import EXAMPLES, ROOT
from harness.progress import Steps
from harness.terminal import output

CHECKS = ROOT / "policies" / "checks"
ENVIRONMENT = ROOT / ".venv-policy"  # checkov pins a boto3 that is too old for the rest of the harness
LEFT_OUT = "build,node_modules,.terraform,tests"  # also where checkov looks for the sources of a plan
KINDS = ("passed_checks", "failed_checks", "skipped_checks", "parsing_errors")
NO_REASON = "No comment provided"  # what checkov says of a skip without one


@dataclass(frozen=True)
class Failure:
    """A check that failed, or that was skipped without a reason."""

    check: str
    title: str
    resource: str
    place: str
    details: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What checkov says of one directory or plan; what passed is a set of check and resource."""

    passed: frozenset[tuple[str, str]]
    skipped: int
    failures: tuple[Failure, ...]


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "policy", help="run checkov's checks and ours on the module, on the examples and on a plan"
    )
    parser.add_argument(
        "--plan",
        type=Path,
        metavar="FILE",
        help="a plan as `terraform show -json` gives it; default: one of the example, applied to an embedded AWS",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check everything, show a table and what failed, and give 1 if anything did.

    Raises HarnessError when checkov is missing or breaks down.
    """
    planned = contextlib.nullcontext((args.plan, ROOT)) if args.plan else applied_plan()
    with planned as (plan, sources), Steps("checkov") as steps, ThreadPoolExecutor(2) as pool:
        steps.plan(2)
        scans = {"code": pool.submit(scan_code), "plan": pool.submit(scan_plan, plan, sources)}
        for name, scan in scans.items():
            steps.start(name)
            scan.result()
            steps.finish(name)
    return _show(scans["code"].result() | {"plan": scans["plan"].result()})


@contextlib.contextmanager
def applied_plan() -> Iterator[tuple[Path, Path]]:
    """Apply the example to an embedded AWS; give a plan of it, in which everything is known, and its sources."""
    with applied() as (workspace, _):
        workspace.plan()
        plan = workspace.copy / "plan.json"
        plan.write_text(json.dumps(workspace.show(plan=True)))
        yield plan, workspace.copy


def scan_code() -> dict[str, Verdict]:
    """Run checkov once on the module and all examples, which it sees with the module in them; give each its verdict."""
    results = _scan("--framework", "terraform", "--directory", str(ROOT))
    examples = [str(path.parent.relative_to(ROOT)) for path in sorted(EXAMPLES.glob("*/main.tf"))]

    def part(record: dict[str, Any] | str) -> str:
        path = os.path.relpath(record, ROOT) if isinstance(record, str) else _path(record)
        return next((example for example in examples if Path(path).is_relative_to(example)), "module")

    return {
        name: _verdict({kind: [one for one in found if part(one) == name] for kind, found in results.items()})
        for name in ("module", *examples)
    }


def scan_directory(directory: Path) -> Verdict:
    """Run checkov on a directory."""
    return _verdict(_scan("--framework", "terraform", "--directory", str(directory)))


def scan_plan(plan: Path, sources: Path) -> Verdict:
    """Run checkov on a plan; the inline skips are read from the directory of its sources."""
    arguments = ("--file", str(plan.resolve()), "--repo-root-for-plan-enrichment", str(sources))
    return _verdict(_scan("--framework", "terraform_plan", *arguments))


def _scan(*arguments: str) -> dict[str, list[Any]]:
    """Run checkov; give its records, and the paths of what it could not parse, by kind."""
    command = [checkov(), *arguments, "--external-checks-dir", str(CHECKS), "--skip-download", "--output", "json"]
    process = subprocess.run(  # noqa: S603 - our own command, no shell
        command,
        cwd=CHECKS,  # not where a .checkov.yaml could skip checks
        env=os.environ | {"CKV_IGNORED_DIRECTORIES": LEFT_OUT},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = [line for line in process.stderr.splitlines() if "[ERROR]" in line]
    try:
        report = json.loads(process.stdout)
    except ValueError:
        broken = broken or process.stderr.splitlines()[-1:] or ["it gave no report."]
    if broken:
        raise HarnessError(f"checkov broke down: {broken[0]}")
    results = report.get("results", {})  # none at all where nothing was found to check
    return {kind: results.get(kind, []) for kind in KINDS}


def _verdict(results: dict[str, list[Any]]) -> Verdict:
    unreadable = (Failure("-", "The file is not valid Terraform", "", path, ()) for path in results["parsing_errors"])
    return Verdict(
        frozenset((record["check_id"], _block(record)) for record in results["passed_checks"]),
        len(results["skipped_checks"]),
        (*unreadable, *_failures(results)),
    )


def _failures(results: dict[str, list[Any]]) -> Iterator[Failure]:
    unexplained = [skip for skip in results["skipped_checks"] if skip["check_result"]["suppress_comment"] == NO_REASON]
    for record in (*results["failed_checks"], *unexplained):
        skipped = record["check_result"]["result"] == "SKIPPED"
        yield Failure(
            record["check_id"],
            record["check_name"],
            _block(record),
            f"{_path(record)}:{record['file_line_range'][0]}",
            ("It is skipped without a reason.",) if skipped else tuple(record["details"]),
        )


def _block(record: dict[str, Any]) -> str:
    """Give a resource's type and name: the block in the code, of however many instances in however many modules."""
    return ".".join(record["resource"].split("[")[0].split(".")[-2:])


def _path(record: dict[str, Any]) -> str:
    """Give the file from the checkout's root; for a resource of a plan, the one that it was traced to."""
    if record["file_abs_path"].endswith(".json"):
        return record["file_path"].lstrip("/")
    return os.path.relpath(record["file_abs_path"], ROOT)


def checkov() -> str:
    """Give the executable, which has an environment of its own."""
    found = shutil.which("checkov", path=str(ENVIRONMENT / "bin")) or shutil.which("checkov")
    if not found:
        raise HarnessError("checkov is not installed: run `make policy`, which installs it.")
    return found


def _show(verdicts: dict[str, Verdict]) -> int:
    console = output(wrap=False)
    table = Table("checked", *(Column(name, justify="right") for name in ("passed", "skipped", "failed")))
    for name, verdict in verdicts.items():
        table.add_row(name, str(len(verdict.passed)), str(verdict.skipped), str(len(verdict.failures)))
    console.print(table)
    failures = dict.fromkeys(failure for verdict in verdicts.values() for failure in verdict.failures)
    for failure in failures:
        console.print(f"{failure.place} {failure.resource}\n  {failure.check}: {failure.title}")
        for detail in failure.details:
            console.print(f"  {detail}")
    return 1 if failures else 0
