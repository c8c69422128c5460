"""`python -m harness lint PATH…`: the same as `asl-lint`."""

from __future__ import annotations

import argparse

from harness.asl import command


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("lint", help="check state machine definitions", description=command.DESCRIPTION)
    command.add_arguments(parser)
    parser.set_defaults(run=command.run)
