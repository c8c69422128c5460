"""`make process`: sends a document through an applied stack and shows the run."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import target
from harness.contract import SIDES
from harness.errors import HarnessError
from harness.paths import shown
from harness.progress import Steps
from harness.report.kept import index, keep
from harness.report.run import execute, read
from harness.report.show import show
from harness.stack import Stack
from harness.terminal import output
from harness.uploads import side, wait


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "process",
        help="send a document through an applied stack",
        description="Sends a document through the stack that `up` left running, or through one in a real account. "
        "Where uploads start runs, it shows the run that the upload started. "
        "Exit code 0: the run succeeded; 1: it failed.",
    )
    parser.add_argument("document", help="a PDF: a file, or the s3:// address of one")
    parser.add_argument("--source", help=f"whose confirmation it is: {' or '.join(SIDES)}; needed for a file")
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Send the document and show what happened; return 1 when the run failed."""
    if args.source and args.source not in SIDES:
        raise HarnessError(f"Say SOURCE=BANK or SOURCE=COUNTERPARTY: there is no side {args.source}.")
    stack = target.chosen(args, "a document is processed there")
    document = {"document_path": _address(args.document, args.source, stack)}
    if args.source:
        document["source_type"] = args.source
    with Steps(f"run {args.document}"):
        # Where uploads start runs, a second one would be a DUPLICATE.
        if _uploads_start_runs(stack):
            outcome = read(stack, wait(stack, document["document_path"]))
        else:
            outcome = execute(stack, document)
    console = output()
    show(outcome, console)
    file = keep(outcome)
    console.print(f"The run as a page: {shown(file)}, all runs: {shown(index())}", markup=False, soft_wrap=True)
    return 0 if outcome.succeeded else 1


def _address(document: str, source: str | None, stack: Stack) -> str:
    """Return the document's address in S3; a file is uploaded first, if that starts a run where uploads do."""
    is_address = document.startswith("s3://")
    bucket, _, key = document.removeprefix("s3://").partition("/")
    if not document or (is_address and not (bucket and key)):
        raise HarnessError("Which document? Say DOCUMENT=file.pdf or DOCUMENT=s3://bucket/key.")
    if is_address:
        if _uploads_start_runs(stack):
            _check(stack, key, source)
        return document
    file = Path(document)
    if not file.is_file():
        raise HarnessError(f"There is no file {document}.")
    if not source:
        raise HarnessError("Whose confirmation is it? Say SOURCE=BANK or SOURCE=COUNTERPARTY.")
    if _uploads_start_runs(stack):
        _check(stack, stack.key(file.name, source), source)
    return stack.upload(file, source)


def _check(stack: Stack, key: str, source: str | None) -> None:
    started = side(stack, key)
    if source and source != started:
        raise HarnessError(f"The upload of {key} starts its run for {started}: leave SOURCE={source} out.")


def _uploads_start_runs(stack: Stack) -> bool:
    return bool(stack.outputs.get("ingestion_rule_arn"))
