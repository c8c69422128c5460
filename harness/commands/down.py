"""`make down`: ends the embedded stack that `make up` left running."""

from __future__ import annotations

import argparse

from harness import background, workspaces
from harness.terminal import say


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("down", help="end the embedded stack that `up` left running")
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """End it; there may be none."""
    workspaces.remove_abandoned()
    say("The embedded stack is down." if background.stop() else "No embedded stack is running.")
    return 0
