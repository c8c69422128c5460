"""`make soak`: many documents at once through faults of every kind, and an account of each at the end."""

from __future__ import annotations

import argparse
import random

from rich.console import Console
from rich.table import Table

from harness.arguments import whole
from harness.benchmark.trial import applied as virtual
from harness.local import applied
from harness.progress import Steps
from harness.soak import AT_ONCE, IMPATIENT, Account, Started, patience, slow, soak
from harness.terminal import output

DOCUMENTS = 1000
BURST, PLACES = 300, 20  # documents at once, and how many of them may be at work
SHOWN = 50  # runs that make one line of progress


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "soak",
        help="send many documents at once through faults of every kind, and account for each",
        description="Applies the example to an embedded AWS and sends documents through it while agents fail and "
        "delay, AWS calls fail, documents are started twice and runs are ended by the platform. Then sends a burst "
        "through it in virtual time, with AWS's quotas, an agent that is down, poisonous documents and runs that die, "
        "and the samples through agents that take minutes, in each way that there is, with calls cut and not cut. "
        "Exit code 0: every document is accounted for exactly once; 1: the sentences say what is wrong.",
    )
    parser.add_argument("--documents", type=whole(1), default=DOCUMENTS, help=f"how many; default: {DOCUMENTS}")
    parser.add_argument("--seed", type=int, help="what is planned follows from it; default: any")
    parser.add_argument("--at-once", type=whole(1), default=AT_ONCE, help=f"runs at once, at most; default: {AT_ONCE}")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run it, show the account and what is wrong, and return 1 if anything is."""
    console = output(wrap=False)
    seed = random.randrange(1_000_000) if args.seed is None else args.seed  # noqa: S311 - guards nothing
    console.print(f"Seed {seed}: `make soak DOCUMENTS={args.documents} SEED={seed}` plans the same again.")
    runs_ended = 0

    def finished(_: Started) -> None:
        nonlocal runs_ended
        runs_ended += 1
        if runs_ended % SHOWN == 0:
            steps.finish(f"{runs_ended} runs ended")

    with applied(deferral=IMPATIENT) as (_, stack), Steps(f"soak with {args.documents} documents") as steps:
        account = soak(stack, args.documents, seed, args.at_once, finished)
    _show(account, console)
    with virtual(max_concurrent_documents=PLACES) as (aws, stack), Steps(f"soak with a burst of {BURST}"):
        violations = patience.soak(aws, stack, BURST, seed, PLACES)
    console.print("\n".join(violations) or "Every document of the burst is accounted for exactly once.")
    with Steps("samples through slow agents") as steps:
        for way in slow.WAYS:
            found = list(slow.soak(way))
            violations += found
            console.print("\n".join(found) or f"{way}: each sample came out as expected, each agent began once for it.")
            steps.finish(way)
    return 1 if account.violations or violations else 0


def _show(account: Account, console: Console) -> None:
    for title, counted in (("documents", account.places), ("runs", account.runs)):
        table = Table(title, "how many")
        for what, count in counted.most_common():
            table.add_row(what, str(count))
        table.add_section()
        table.add_row("in all", str(counted.total()))
        console.print(table)
    console.print(f"{account.exceptions} exceptions were raised, {account.dead_letters} dead letters were sent.")
    console.print(
        "\n".join(account.violations) or "Every document is accounted for exactly once; nothing was done twice."
    )
