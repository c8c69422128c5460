"""`make adversary`: plays what may happen to documents at random, and shows the smallest story that breaks a rule."""

from __future__ import annotations

import argparse
import random
import time

from rich.console import Console

from harness.adversary import TOGETHER, Found, attack, smaller
from harness.adversary.applied import applied
from harness.adversary.broken import BROKEN, broken
from harness.arguments import whole
from harness.progress import Steps
from harness.stack import Stack
from harness.terminal import output

DOCUMENTS = 600


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "adversary",
        help="play stories of uploads, starts, faults and kills, and hold the outcome against a model",
        description="Applies the module to an embedded AWS and plays stories that are drawn at random: uploads, "
        "overwrites, deletions, starts, reprocessing, dead letters that come again, kills, outages, late and lost "
        "answers. After each it holds records, agents' calls, exceptions, dead letters and circuits against a model. "
        "A story that breaks it is made as small as it can be. Exit code 0: the model holds; 1: it does not.",
    )
    parser.add_argument("--documents", type=whole(1), default=DOCUMENTS, help=f"how many in all; default: {DOCUMENTS}")
    parser.add_argument("--seed", type=int, help="of the first story, the next has the next; default: any")
    parser.add_argument(
        "--together", type=whole(1), default=TOGETHER, metavar="N", help=f"documents of one story; default: {TOGETHER}"
    )
    parser.add_argument(
        "--broken",
        action="store_true",
        help="break the workflow in each way that is known, one after the other, and show how soon that is found",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play, and return 1 if a story breaks the model."""
    console = output(wrap=False)
    seed = random.randrange(1_000_000) if args.seed is None else args.seed  # noqa: S311 - guards nothing
    console.print(f"Seed {seed}: `make adversary SEED={seed} DOCUMENTS={args.documents}` draws the same again.")
    if args.broken:
        return _find_broken(console, seed, args)
    runs, begun = 0, time.monotonic()

    def played(story: int, starts: int) -> None:
        nonlocal runs
        runs += starts
        steps.finish(f"seed {story}: {runs} starts")

    with applied() as stack, Steps(f"adversary with {args.documents} documents") as steps:
        steps.plan(-(-args.documents // args.together))
        found = attack(stack, seed, args.documents, args.together, played)
        if found:
            found = _smaller(console, stack, found)
    minutes = (time.monotonic() - begun) / 60
    console.print(f"{runs} starts in {minutes:.1f} minutes.")
    console.print(_story(found) if found else "The model holds.")
    return 1 if found else 0


def _smaller(console: Console, stack: Stack, found: Found) -> Found:
    console.print(_story(found))
    with Steps("making the story smaller, which takes some minutes") as steps:
        return smaller(stack, found, lambda operations: steps.finish(f"{operations} operations tried"))


def _find_broken(console: Console, seed: int, args: argparse.Namespace) -> int:
    """Attack each broken workflow, and return 1 if one was not found to be broken."""
    hidden = 0
    with applied() as stack:
        for mutation in BROKEN:
            begun = time.monotonic()
            with broken(stack, mutation):
                found = attack(stack, seed, args.documents, args.together)
            hidden += found is None
            seconds = f"{time.monotonic() - begun:.0f} s"
            how = f"found by seed {found.seed} in {seconds}: {found.sentences[0]}" if found else f"hidden for {seconds}"
            console.print(f"{mutation.__name__}: {how}")
    return 1 if hidden else 0


def _story(found: Found) -> str:
    lines = [f"{number:3}. {operation}" for number, operation in enumerate(found.story, 1)]
    return "\n".join(
        [
            f"The story of seed {found.seed} breaks the model:",
            *lines,
            "What is wrong:",
            *(f"- {sentence}" for sentence in found.sentences),
            f"`make adversary SEED={found.seed} DOCUMENTS={found.documents}` plays it again.",
        ]
    )
