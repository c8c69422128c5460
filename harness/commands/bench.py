"""`make bench`: measures plans, bursts and outages, and writes them into docs/benchmarks.md."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from harness.benchmark import bursts, outages, plans
from harness.benchmark.trial import applied
from harness.docs import benchmarks
from harness.paths import ROOT
from harness.progress import Steps
from harness.terminal import say

ROUNDS = 5


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "bench",
        help="measure plans, bursts and outages, and write docs/benchmarks.md",
        description="Measures how long a plan takes beside one of a bare state machine, and what bursts and outages of "
        "an agent come to beside the loop that the workflow replaces, on an embedded AWS and in its virtual time.",
    )
    parser.add_argument("--part", choices=PARTS, action="append", help="only this one; default: all")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how many plans of each; default: {ROUNDS}")
    parser.add_argument(
        "--largest", type=int, default=max(bursts.SIZES), help="the largest burst that is not only simulated"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure, show it and write it down."""
    for part in args.part or PARTS:
        text = PARTS[part](args)
        benchmarks.write(part, text)
        say(f"{text}\n")
    say(f"That is in {benchmarks.DOCUMENT.relative_to(ROOT)} now.")
    return 0


def _plans(args: argparse.Namespace) -> str:
    return benchmarks.plans(plans.measure(args.rounds))


def _bursts(args: argparse.Namespace) -> str:
    found = list(bursts.others())
    for places in (None, bursts.PLACES):
        with applied(max_concurrent_documents=places) as (aws, stack), Steps("bursts") as steps:
            for burst in bursts.measure(aws, stack, places, args.largest):
                steps.finish(f"{burst.documents} documents, {burst.workflow}")
                found.append(burst)
    return benchmarks.bursts(found)


def _outages(_: argparse.Namespace) -> str:
    found = []
    with applied() as (aws, stack), Steps("outages") as steps:
        for outage in outages.OUTAGES:
            found += [outages.loop(outage), outages.endure(aws, stack, outage)]
            steps.finish(outage.name)
    return benchmarks.outages(found)


PARTS: Mapping[str, Callable[[argparse.Namespace], str]] = {
    benchmarks.OUTAGES: _outages,
    benchmarks.BURSTS: _bursts,
    benchmarks.PLANS: _plans,
}
