"""Runs checkov and reads what it found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.paths import EXAMPLES, ROOT
from harness.policy import skips
from harness.policy.environment import checkov

CHECKS = ROOT / "policies" / "checks"
# Directories that are not looked into, also for the sources of a plan: of any stack, and of this project.
LEFT_OUT = "node_modules,.terraform"
LEFT_OUT_HERE = f"build,tests,{LEFT_OUT}"
KINDS = ("passed_checks", "failed_checks", "skipped_checks", "parsing_errors")
NO_REASON = "No comment provided"  # what checkov says of a skip without one
INVALID = 2  # the exit code of `terraform fmt` for what it cannot read


@dataclass(frozen=True)
class Failure:
    """A check that failed or was skipped without a reason, at a line of a file; or a file that was not checked."""

    check: str
    title: str
    resource: str
    file: str
    line: int
    details: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What checkov found in one directory or plan; what passed is a set of check and resource."""

    passed: frozenset[tuple[str, str]]
    skipped: int
    failures: tuple[Failure, ...]


def scan_code() -> dict[str, Verdict]:
    """Run checkov once on the module and all examples, which it sees with the module in them; return their verdicts.

    Raises HarnessError.
    """
    results = _scan("--framework", "terraform", "--directory", str(ROOT), left_out=LEFT_OUT_HERE)
    examples = [str(path.parent.relative_to(ROOT)) for path in sorted(EXAMPLES.glob("*/main.tf"))]

    def part(record: dict[str, Any] | str) -> str:
        path = os.path.relpath(record if isinstance(record, str) else _path(record), ROOT)
        return next((example for example in examples if Path(path).is_relative_to(example)), "module")

    return {
        name: _verdict({kind: [one for one in found if part(one) == name] for kind, found in results.items()})
        for name in ("module", *examples)
    }


def scan_directory(directory: Path) -> Verdict:
    """Run checkov on a directory. Raises HarnessError."""
    if not any(directory.rglob("*.tf")) and not any(directory.rglob("*.tf.json")):
        raise HarnessError(f"{directory} holds no Terraform code.")
    return _verdict(_scan("--framework", "terraform", "--directory", str(directory.resolve())))


def scan_plan(plan: Path, sources: Path) -> Verdict:
    """Run checkov on a plan; the inline skips are read from the directory of its sources. Raises HarnessError."""
    try:
        ours = skips.calls(json.loads(plan.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no plan of `terraform show -json`"
        raise HarnessError(f"{plan} cannot be read: {reason}.") from error
    arguments = ("--file", str(plan.resolve()), "--repo-root-for-plan-enrichment", str(sources.resolve()))
    results = _scan(
        "--framework", "terraform_plan", *arguments, left_out=LEFT_OUT_HERE if sources == ROOT else LEFT_OUT
    )
    taken = [
        record for record in results["failed_checks"] if skips.covering(record["check_id"], record["resource"], ours)
    ]
    results["failed_checks"] = [record for record in results["failed_checks"] if record not in taken]
    verdict = _verdict(results)
    return Verdict(verdict.passed, verdict.skipped + len(taken), verdict.failures)


def _scan(*arguments: str, left_out: str = LEFT_OUT) -> dict[str, list[Any]]:
    """Run checkov; return its records, and the paths of what it could not parse, by kind."""
    command = [str(checkov()), *arguments, "--external-checks-dir", str(CHECKS), "--skip-download", "--output", "json"]
    process = subprocess.run(  # noqa: S603 - our own command, no shell
        command,
        cwd=CHECKS,  # not where a .checkov.yaml could skip checks
        env=os.environ | {"CKV_IGNORED_DIRECTORIES": left_out},
        capture_output=True,
        text=True,
        check=False,
    )
    broken = [line for line in process.stderr.splitlines() if "[ERROR]" in line]
    try:
        report = json.loads(process.stdout)
    except ValueError:
        broken = broken or process.stderr.splitlines()[-1:] or ["it printed no report."]
    if broken:
        raise HarnessError(f"checkov broke down: {broken[0]}")
    results = report.get("results", {})  # none at all where nothing was found to check
    found = {kind: results.get(kind, []) for kind in KINDS}
    # checkov parses what it leaves out all the same. A directory above the scanned one may have any name.
    outside = frozenset(left_out.split(","))
    scanned = Path(arguments[-1])
    found["parsing_errors"] = [
        path for path in found["parsing_errors"] if outside.isdisjoint(Path(os.path.relpath(path, scanned)).parts)
    ]
    return found


def _verdict(results: dict[str, list[Any]]) -> Verdict:
    unchecked = (_unchecked(Path(path)) for path in results["parsing_errors"])
    return Verdict(
        frozenset((record["check_id"], _block(record)) for record in results["passed_checks"]),
        len(results["skipped_checks"]),
        (*unchecked, *_failures(results)),
    )


def _unchecked(file: Path) -> Failure:
    """Return the failure for a file that checkov's parser cannot read, which is less than Terraform's can."""
    details = ["checkov's own parser cannot read it. Check a plan of it instead: `terraform show -json`."]
    if terraform := shutil.which("terraform"):
        command = [terraform, "fmt", "-check", "-no-color", str(file)]
        process = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
        if process.returncode == INVALID:
            details = ["Terraform cannot read it either: run `terraform validate`."]
        else:
            details.append("Terraform itself reads it.")
    return Failure("-", "Nothing in this file was checked", "", str(file), 1, tuple(details))


def _failures(results: dict[str, list[Any]]) -> Iterator[Failure]:
    unexplained = [skip for skip in results["skipped_checks"] if skip["check_result"]["suppress_comment"] == NO_REASON]
    for record in (*results["failed_checks"], *unexplained):
        skipped = record["check_result"]["result"] == "SKIPPED"
        yield Failure(
            record["check_id"],
            record["check_name"],
            _block(record),
            _path(record),
            record["file_line_range"][0],
            ("It is skipped without a reason.",) if skipped else tuple(record["details"]),
        )


def _block(record: dict[str, Any]) -> str:
    """Return a resource's type and name: the block in the code, of however many instances in however many modules."""
    return ".".join(record["resource"].split("[")[0].split(".")[-2:])


def _path(record: dict[str, Any]) -> str:
    """Return the file; for a resource of a plan, the one that it was traced to."""
    if record["file_abs_path"].endswith(".json"):
        return record["file_path"].lstrip("/")
    return record["file_abs_path"]
