"""`make bench`: measures what the workflow is worth, and writes docs/benchmarks.md."""

from __future__ import annotations

import argparse

from harness.arguments import whole
from harness.benchmark import jobs
from harness.docs import benchmarks, worth
from harness.paths import ROOT
from harness.terminal import say

_DEFAULT = jobs.Options()


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "bench",
        help="measure what the workflow is worth, and write docs/benchmarks.md",
        description="Measures outages, bursts, uploads and a backfill in virtual time, beside the loop that the "
        "workflow replaces; what a document's run makes and costs; and how long Terraform takes. On an embedded AWS.",
    )
    parser.add_argument("--part", choices=jobs.PARTS, action="append", help="only this one; default: all")
    parser.add_argument(
        "--rounds",
        type=whole(1),
        default=_DEFAULT.rounds,
        help=f"how often what differs from time to time is measured; default: {_DEFAULT.rounds}",
    )
    parser.add_argument(
        "--largest", type=whole(1), default=_DEFAULT.largest, help="the largest burst that is not only simulated"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure, show it and write it down."""
    for part, section in jobs.measure(args.part or jobs.PARTS, jobs.Options(args.rounds, args.largest)):
        benchmarks.write(part, section)
        say(f"{section[0]}\n")
    worth.write()
    say(f"That is in {benchmarks.DOCUMENT.relative_to(ROOT)} now.")
    return 0
