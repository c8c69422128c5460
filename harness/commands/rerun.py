"""`make rerun`: shows the documents that failed, and runs them again."""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from harness import target
from harness.contract import AGENTS
from harness.plain import safe
from harness.progress import Steps
from harness.rerun import Record, choose, finished, start
from harness.terminal import moment, output, table

PER_SECOND = 5.0
SHOWN = 50


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "rerun",
        help="run documents again that failed",
        description="Shows the documents that failed, and runs nothing without --start. With it, starts their runs at "
        "a pace and does not wait for them: what still is failed shows here again, what waits in `backlog`. Documents "
        "in dead letters are run again by `redrive`.",
    )
    parser.add_argument("--error", help="only those with this error, like AgentTimeout")
    parser.add_argument("--agent", choices=AGENTS, help="only those that failed at this agent")
    parser.add_argument("--since", type=_time, metavar="TIME", help="only those that failed at this time or later")
    parser.add_argument("--until", type=_time, metavar="TIME", help="only those that failed before this time")
    parser.add_argument("--start", action="store_true", help="run them; default: only show them")
    parser.add_argument(
        "--per-second",
        type=_positive,
        default=PER_SECOND,
        metavar="N",
        help=f"runs that are started a second; default: {PER_SECOND:.0f}",
    )
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the failed documents, and start them with --start."""
    stack = target.chosen(args, "failed documents are run again there" if args.start else "")
    chosen = choose(stack, args.error, args.agent, args.since, args.until)
    _show(chosen)
    if not chosen:
        return 0
    if not args.start:
        output().print("Nothing was run: add --start (START=1 for make) to run them.")
        return 0
    with Steps("rerun") as steps:
        steps.plan(len(chosen))
        for record in start(stack, chosen, args.per_second):
            steps.finish(record["document"])
    return 0


def _show(chosen: Sequence[Record]) -> None:
    console = output()
    if not chosen:
        console.print("No such document failed.")
        return
    shown = table("document", "failed", "error", "step")
    for record in chosen[:SHOWN]:
        cells = (record["document"], moment(finished(record)), record.get("error", ""), record.get("event_type", ""))
        shown.add_row(*map(safe, cells))
    console.print(shown)
    errors = Counter(record.get("error", "unknown") for record in chosen)
    counted = ", ".join(f"{count} with {safe(error)}" for error, count in errors.most_common())
    hidden = f" {len(chosen) - SHOWN} later ones are not shown." if len(chosen) > SHOWN else ""
    console.print(f"{len(chosen)} failed: {counted}.{hidden}")


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write it like 2026-01-31T09:30, in UTC.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} runs a second cannot be started: write a number over 0.")
    return number
