"""`agentcore-harness policy PATH…`: checkov, with its own checks and ours; `make policy` runs it on this module."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.table import Column, Table

from harness.errors import HarnessError
from harness.paths import IS_CHECKOUT, ROOT, shown
from harness.policy import Failure, Verdict, scan_code, scan_directory, scan_plan
from harness.progress import Steps
from harness.terminal import output


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "policy",
        help="run checkov's checks and ours on Terraform code and plans",
        description="Exit code 0: nothing failed; 1: a check failed, or a file could not be checked; 2: it cannot run.",
    )
    where = "a directory, or a plan as `terraform show -json` prints it"
    default = "; default: the module, its examples, and a plan of one applied to an embedded AWS" if IS_CHECKOUT else ""
    parser.add_argument("paths", nargs="*" if IS_CHECKOUT else "+", type=Path, metavar="PATH", help=where + default)
    parser.add_argument("--sources", type=Path, metavar="DIRECTORY", help="the code of a plan, whose inline skips hold")
    parser.add_argument("--format", choices=("text", "github"), default="text", help="how to print what failed")
    if IS_CHECKOUT:
        parser.add_argument("--plan", type=Path, metavar="FILE", help="with the module and its examples, this plan")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check everything and print what failed; return 1 if anything did.

    Raises HarnessError when checkov is missing or breaks down.
    """
    if args.paths:
        verdicts = _scanned({str(path): _scan_of(path, args.sources) for path in args.paths})
    else:
        verdicts = _project(args.plan)
    failures = list(dict.fromkeys(failure for verdict in verdicts.values() for failure in verdict.failures))
    if args.format == "github":
        for failure in failures:
            print(_annotation(failure))
    else:
        _show(verdicts, failures)
    return 1 if failures else 0


def _scan_of(path: Path, sources: Path | None) -> Callable[[], Verdict]:
    if not path.exists():
        raise HarnessError(f"{path} cannot be read: there is no such file or directory.")
    if path.is_dir():
        return lambda: scan_directory(path)
    if not _is_plan(path):
        raise HarnessError(f"{path} is neither a directory nor a plan in JSON: `terraform show -json plan.tfplan`.")
    return lambda: scan_plan(path, sources or path.absolute().parent)


def _is_plan(path: Path) -> bool:
    return path.is_file() and path.suffix == ".json"


def _scanned(scans: Mapping[str, Callable[[], Verdict]]) -> dict[str, Verdict]:
    """Run the scans, two at a time."""
    with Steps("checkov") as steps, ThreadPoolExecutor(2) as pool:
        steps.plan(len(scans))
        running = {name: pool.submit(scan) for name, scan in scans.items()}
        results = {}
        for name, scan in running.items():
            steps.start(name)
            results[name] = scan.result()
            steps.finish(name)
    return results


def _project(plan: Path | None) -> dict[str, Verdict]:
    """Check the module, the examples, and a plan: the one that is named, else one of the applied example."""
    if plan and not _is_plan(plan):
        raise HarnessError(f"{plan} is no file with a plan in JSON: `terraform show -json plan.tfplan` prints one.")
    planned = contextlib.nullcontext((plan, ROOT)) if plan else applied_plan()
    with planned as (file, sources):
        verdicts = _scanned({"code": scan_code, "plan": lambda: {"plan": scan_plan(file, sources)}})
    return {name: verdict for part in verdicts.values() for name, verdict in part.items()}


@contextlib.contextmanager
def applied_plan() -> Iterator[tuple[Path, Path]]:
    """Apply the example to an embedded AWS; yield a plan of it, in which everything is known, and its sources."""
    from harness.local import applied  # which needs all that the embedded AWS does

    with applied() as (workspace, _):
        workspace.plan()
        plan = workspace.copy / "plan.json"
        plan.write_text(json.dumps(workspace.show(plan=True)))
        yield plan, workspace.copy


def _show(verdicts: Mapping[str, Verdict], failures: list[Failure]) -> None:
    console = output(wrap=False)
    table = Table("checked", *(Column(name, justify="right") for name in ("passed", "skipped", "failed")))
    for name, verdict in verdicts.items():
        table.add_row(name, str(len(verdict.passed)), str(verdict.skipped), str(len(verdict.failures)))
    console.print(table)
    for failure in failures:
        console.print(f"{_file(failure)}:{failure.line} {failure.resource}\n  {failure.check}: {failure.title}")
        for detail in failure.details:
            console.print(f"  {detail}")


def _annotation(failure: Failure) -> str:
    """Return a workflow command, which GitHub shows beside the line.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    message = (
        " ".join((f"{failure.title}.", failure.resource, *failure.details)).replace("%", "%25").replace("\n", "%0A")
    )
    title = failure.check if failure.check != "-" else "not checked"
    return f"::error file={_file(failure)},line={failure.line},title={title}::{message}"


def _file(failure: Failure) -> str:
    return shown(Path(failure.file)) if Path(failure.file).is_absolute() else failure.file
