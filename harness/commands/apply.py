"""`make apply ENV=dev`: applies an environment to a real account; Terraform asks before it changes anything."""

from __future__ import annotations

import argparse

from harness.commands.plan import add_arguments
from harness.environment import terraform


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("apply", help="apply an environment to a real account")
    add_arguments(parser)
    parser.set_defaults(run=lambda args: terraform(args.directory, args.environment, "apply", args.options))
