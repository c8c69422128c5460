"""`make backfill`: sends the documents under a prefix, or in an inventory, through an applied stack."""

from __future__ import annotations

import argparse
import time
from typing import Any

from harness import target
from harness.backfill import Progress, Summary, progress, running, start, stop, summary
from harness.errors import HarnessError
from harness.stack import Stack
from harness.terminal import output, safe, say, table

POLLS = 5  # a look at a backfill takes several requests, and it lasts longer than a run
REFUSED = "InvalidInput"  # the error of one that began nothing
GOES_ON = "The backfill goes on. The same command follows it again, with STOP=1 it ends it."


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "backfill",
        help="send what is in the bucket already through an applied stack",
        description="Starts the backfill, or follows the one that is running, and sums up the documents' outcomes. "
        "It can be started again at any time: each document is processed once. "
        "Exit code 0: all were processed, or a rehearsal ended; 1: some failed, the backfill did, or it found none.",
    )
    parser.add_argument("--prefix", help="beginning of the keys; empty for all of the bucket")
    parser.add_argument("--inventory", metavar="ADDRESS", help="s3://…/manifest.json of an S3 inventory, instead")
    parser.add_argument("--bucket", help="one of document_bucket_arns; default: the first")
    parser.add_argument("--rehearsal", action="store_true", help="only count")
    parser.add_argument("--stop", action="store_true", help="end the backfill that is running")
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Start it or follow it, and show its outcome."""
    if args.stop:
        return _stop(target.chosen(args, "the backfill is stopped there"))
    if (args.prefix is None) == (args.inventory is None):
        raise HarnessError("Which documents? Say PREFIX=BANK/, or INVENTORY=s3://…/manifest.json.")
    stack = target.chosen(args, "" if args.rehearsal else "documents are processed there")
    arn, is_new = start(stack, _input(args))
    say(f"{'Started' if is_new else 'Following'} {arn}", error=True)
    try:
        _follow(stack, arn)
    except KeyboardInterrupt:
        say(GOES_ON, error=True)
        raise
    found = summary(stack, arn)
    if found.status == "SUCCEEDED" and not (found.outcomes or found.counts):
        say(_nothing(args))
        return 1
    _show(found)
    return 0 if found.status == "SUCCEEDED" and not found.errors else 1


def _input(args: argparse.Namespace) -> dict[str, Any]:
    options = {name: getattr(args, name) for name in ("prefix", "inventory", "bucket")}
    run_input = {name: value for name, value in options.items() if value is not None}
    return run_input | ({"rehearsal": True} if args.rehearsal else {})


def _nothing(args: argparse.Namespace) -> str:
    if args.inventory:
        return f"{args.inventory} lists no object."
    return f"No object begins with {args.prefix}." if args.prefix else "The bucket has no object."


def _stop(stack: Stack) -> int:
    arn = running(stack)
    if arn is None:
        say("No backfill is running.")
        return 0
    stop(stack, arn)
    say(f"Stopped {arn}. Started again, the backfill does what is left.")
    return 0


def _follow(stack: Stack, arn: str) -> None:
    """Print the progress whenever it changes, until the backfill has ended."""
    before: Progress | None = None
    while (found := progress(stack, arn)) is not None:
        if found != before and found.total:
            say(f"  {found.done} of {found.total}: {found.failed} failed, {found.running} at work", error=True)
        before = found
        time.sleep(POLLS * stack.poll_seconds)


def _show(found: Summary) -> None:
    console = output()
    if found.status != "SUCCEEDED":
        console.print(f"The backfill ended as {found.status}. {safe(found.error)}".rstrip())
        if not found.error.startswith(REFUSED):
            console.print("Started again, it does what is left.")
    for title, counted in (("objects", found.counts), ("outcome", found.outcomes), ("failed with", found.errors)):
        if counted:
            shown = table(title, "how many")
            for name, count in counted.items() if counted is found.counts else counted.most_common():
                shown.add_row(safe(name), str(count))
            console.print(shown)
    if found.outcomes:
        waiting = found.outcomes["PENDING"]
        console.print(
            f"{found.exceptions} exceptions were raised, {waiting} documents wait for their counterparty, "
            f"{found.already} had been done before."
        )
    if found.results:
        console.print(f"The result of each object: {found.results}", soft_wrap=True)
