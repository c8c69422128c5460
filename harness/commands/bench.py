"""`make bench`: how long a plan takes, beside one of a bare state machine."""

from __future__ import annotations

import argparse

from harness.benchmark import measure
from harness.docs import benchmarks
from harness.paths import ROOT
from harness.terminal import say

ROUNDS = 5


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "bench",
        help="measure how long a plan takes, beside one of a bare state machine",
        description="Plans examples/complete and a bare state machine in turn on one embedded AWS, and writes the "
        "medians and their ratio into docs/benchmarks.md.",
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how many plans of each; default: {ROUNDS}")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure, show it and write it down."""
    measured = measure(args.rounds)
    benchmarks.write(measured)
    say(f"{benchmarks.plans(measured)}\n\nThat is in {benchmarks.DOCUMENT.relative_to(ROOT)} now.")
    return 0
