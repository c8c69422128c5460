"""`make plan ENV=dev`: what an apply would change in a real account."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.environment import terraform
from harness.paths import EXAMPLES


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("plan", help="plan an environment of a real account")
    add_arguments(parser)
    parser.set_defaults(run=lambda args: terraform(args.directory, args.environment, "plan", args.options))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for an environment of a configuration, which `plan` and `apply` both need."""
    parser.add_argument(
        "--directory",
        type=Path,
        default=EXAMPLES / "per-environment",
        help="the configuration, with environments/ENV.tfvars and backends/ENV.hcl; default: examples/per-environment",
    )
    parser.add_argument("environment", metavar="ENV", help="dev, for example")
    parser.add_argument("options", nargs=argparse.REMAINDER, metavar="OPTION", help="options for Terraform")
