"""`make process`: sends a document through an applied stack and shows the run."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import target
from harness.errors import HarnessError
from harness.progress import Steps
from harness.report.run import execute
from harness.report.show import show
from harness.stack import Stack
from harness.terminal import output

SOURCES = ("BANK", "COUNTERPARTY")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "process",
        help="send a document through an applied stack",
        description="Sends a document through the stack that `up` left running, or through one in a real account. "
        "Exit code 0: the run succeeded; 1: it failed.",
    )
    parser.add_argument("document", help="a PDF: a file, or the s3:// address of one")
    parser.add_argument("--source", help=f"whose confirmation it is: {' or '.join(SOURCES)}; needed for a file")
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Send the document and show what happened."""
    if args.source and args.source not in SOURCES:
        raise HarnessError(f"Say SOURCE=BANK or SOURCE=COUNTERPARTY: there is no side {args.source}.")
    stack = target.chosen(args, "a document is processed there")
    document = {"document_path": _address(args.document, args.source, stack)}
    if args.source:
        document["source_type"] = args.source
    with Steps(f"run {args.document}"):
        outcome = execute(stack, document)
    show(outcome, output())
    return 0 if outcome.succeeded else 1


def _address(document: str, source: str | None, stack: Stack) -> str:
    """Give the document's address in S3; a file is uploaded first."""
    if document.startswith("s3://"):
        return document
    if not document:
        raise HarnessError("Which document? Say DOCUMENT=file.pdf or DOCUMENT=s3://bucket/key.")
    file = Path(document)
    if not file.is_file():
        raise HarnessError(f"There is no file {document}.")
    if not source:
        raise HarnessError("Whose confirmation is it? Say SOURCE=BANK or SOURCE=COUNTERPARTY.")
    return stack.upload(file, source)
