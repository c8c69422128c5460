"""`make backlog`: shows the deferred documents, and lets one go on now or wait no more."""

from __future__ import annotations

import argparse
from collections import Counter

from harness import target
from harness.backlog import Waiting, backlog, find, resume
from harness.plain import safe
from harness.terminal import moment, output, table

SHOWN = 50


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "backlog",
        help="show the documents that wait to go on, and for what",
        description="Shows the deferred documents: what each waits for and since when, what stopped it, and when it "
        "goes on by itself. Exit code 1: a document that was to be resumed or abandoned is not done.",
    )
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--hurry", metavar="DOCUMENT", help="let this one, by its id or SOURCE#id, go on now")
    one.add_argument(
        "--give-up",
        metavar="DOCUMENT",
        help="try this one a last time now: what stops it is its exception, it is not deferred again",
    )
    parser.add_argument("--all", action="store_true", help=f"show more than the {SHOWN} that have waited longest")
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the backlog, or let one of it go on."""
    chosen = args.hurry or args.give_up
    stack = target.chosen(args, f"the document {chosen} goes on there" if chosen else "")
    waiting = backlog(stack)
    if not chosen:
        _show(waiting, len(waiting) if args.all else SHOWN)
        return 0
    one = find(waiting, chosen)
    execution = resume(stack, one, last=bool(args.give_up))
    why = execution.result.get("error_message") or (execution.result.get("deferral") or {}).get("error") or ""
    output().print(safe(f"{one.document}: {execution.outcome or execution.status}{f', {why}' if why else ''}"))
    return 0 if execution.outcome not in ("DEFERRED", "DUPLICATE", None) else 1


def _show(waiting: list[Waiting], most: int) -> None:
    console = output()
    if not waiting:
        console.print("No document waits.")
        return
    shown = table("document", "waits for", "because of", "since", "times", "goes on from")
    for one in waiting[:most]:
        stopped, times = one.record.get("error", ""), one.record["deferrals"]
        moments = moment(one.since), times, moment(one.due_at)
        shown.add_row(*map(safe, (one.document, one.waiting_for, stopped)), *moments)
    console.print(shown)
    queues = Counter(one.waiting_for for one in waiting)
    counted = ", ".join(f"{count} for {queue}" for queue, count in queues.most_common())
    hidden = f" {len(waiting) - most} that have waited less are not shown." if len(waiting) > most else ""
    console.print(f"{len(waiting)} wait: {counted}.{hidden}")
