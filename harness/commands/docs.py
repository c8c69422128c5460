"""`make docs`: writes the documents that are made from the code."""

from __future__ import annotations

import argparse

from harness import docs
from harness.terminal import say


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("docs", help="write the documents that are made from the code")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where docs/ and the code disagree")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write them and say which changed; or say what does not agree, and return 1 if anything does not."""
    if args.check:
        problems = list(docs.problems())
        say("\n".join(problems) or "docs/ agrees with the code.")
        return 1 if problems else 0
    changed = docs.write()
    say("\n".join(f"docs/{name} is new." for name in changed) or "docs/ is up to date.")
    return 0
