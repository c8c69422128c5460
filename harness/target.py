"""The stack that a command works on: the embedded one that is running, or one in a real account."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness import background
from harness.environment import choose
from harness.errors import HarnessError
from harness.paths import EXAMPLES
from harness.stack import Stack
from harness.terminal import say


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the stack."""
    parser.add_argument(
        "--directory", type=Path, help="where the module was applied to a real account; default: the stack of `up`"
    )
    parser.add_argument(
        "--environment",
        metavar="ENV",
        help="which of its environments; without --directory, of examples/per-environment",
    )


def chosen(args: argparse.Namespace, action: str = "") -> Stack:
    """Return the stack that the command line names, and print where it is when that is a real account.

    `action` is what the command is about to do there, as a clause; empty where nothing is changed. Raises HarnessError
    where there is no such stack.
    """
    directory = args.directory
    if args.environment:
        directory = directory or EXAMPLES / "per-environment"
        choose(directory, args.environment)
    stack = Stack.applied(directory) if directory else background.running()
    if stack is None:
        raise HarnessError("No embedded stack is running: start one with `make up`.")
    if directory:
        say(f"{_place(stack)}: {action or 'nothing is changed there'}.", error=True)
    return stack


def _place(stack: Stack) -> str:
    account, name = (stack.outputs["state_machine_arn"].split(":")[part] for part in (4, 6))
    return f"AWS account {account}, region {stack.region}, state machine {name}"
