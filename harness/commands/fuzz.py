"""`make fuzz`: runs the generative tests on examples that `make test` does not draw, and keeps those that fail."""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time

from harness.arguments import whole
from harness.paths import BUILD, ROOT
from harness.terminal import say

SECONDS = 300
FOUND = BUILD / "fuzz"
FUZZING = "HARNESS_FUZZ"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "fuzz",
        help="run the generative tests on examples that no other run draws",
        description="Repeats the generative tests, each round with another seed, until the time is over or one fails. "
        "What failed is kept in build/fuzz, and the next run begins with it. Exit code 0: nothing failed; 1: one did.",
    )
    parser.add_argument(
        "--seconds",
        type=whole(0),
        default=SECONDS,
        help=f"no round begins later, but for the first; default: {SECONDS}",
    )
    parser.add_argument("--seed", type=int, help="of the first round; default: any")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run rounds until one fails or the time is over; return 1 if one failed."""
    seed = random.randrange(1_000_000) if args.seed is None else args.seed  # noqa: S311 - guards nothing
    end = time.monotonic() + args.seconds
    while True:
        say(f"Seed {seed}: `make fuzz SECONDS=0 SEED={seed}` repeats this round.")
        sys.stdout.flush()
        if _round(seed):
            say(f"Seed {seed} failed. {FOUND.relative_to(ROOT)} keeps the examples; make each a case of its test.")
            return 1
        seed += 1
        if time.monotonic() >= end:
            return 0


def _generative() -> list[str]:
    """Return the files with generative tests: a round that collected all others too would begin late."""
    files = (ROOT / "tests").rglob("test_*.py")
    return sorted(str(file) for file in files if "\nfrom hypothesis import" in file.read_text(encoding="utf-8"))


def _round(seed: int) -> int:
    options = ["-n", "0", "-m", "hypothesis", f"--hypothesis-seed={seed}"]
    command = [sys.executable, "-m", "pytest", *options, *_generative()]
    return subprocess.run(command, cwd=ROOT, env=os.environ | {FUZZING: "1"}, check=False).returncode  # noqa: S603
