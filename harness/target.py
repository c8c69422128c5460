"""The stack that a command works on: the embedded one that is running, or one in a real account."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import background
from harness.errors import HarnessError
from harness.stack import Stack


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Let the command line say which."""
    parser.add_argument(
        "--directory", type=Path, help="where the module was applied to a real account; default: the stack of `up`"
    )


def chosen(args: argparse.Namespace) -> Stack:
    """Give the stack that the command line says; raises HarnessError where there is none."""
    stack = Stack.applied(args.directory) if args.directory else background.running()
    if stack is None:
        raise HarnessError("No embedded stack is running: start one with `make up`.")
    return stack
