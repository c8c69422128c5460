"""`agentcore-harness serve`: an embedded AWS in the foreground, for anybody's boto3, AWS CLI and Terraform."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping

from harness.embedded import options
from harness.errors import HarnessError
from harness.shell import exports
from harness.terminal import output

TEXT = """\
An embedded AWS answers at {endpoint}. To talk to it with boto3, the AWS CLI or Terraform, in a shell of its own:

{exports}

Its own routes begin with /_, such as {endpoint}/_clock. Ctrl-C ends it, and nothing is kept."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser("serve", help="serve an embedded AWS until Ctrl-C")
    options.add(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until it is interrupted."""
    from harness.embedded.__main__ import serve  # brings in moto, which takes its time

    sys.path.insert(0, os.getcwd())  # functions are registered as modules of the current directory
    try:
        serve(args, _announce)
    except (OSError, ValueError) as error:  # a port that is taken, an option that cannot be used
        raise HarnessError(str(error)) from error
    return 0


def _announce(ready: Mapping[str, str]) -> None:
    output(wrap=False).print(TEXT.format(endpoint=ready["endpoint"], exports=exports(ready["endpoint"])))
    sys.stdout.flush()
