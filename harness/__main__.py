"""`python -m harness COMMAND …`: the command line behind `make`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from harness import commands, isolation, target
from harness.errors import HarnessError
from harness.terminal import safe, say, tolerate

UNUSABLE, INTERRUPTED = 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; 2 when it could not do its work."""
    tolerate()
    try:
        for ending in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, _interrupt)
        return _run(_parser().parse_args(arguments))  # finding the commands imports much, and may be interrupted too
    except KeyboardInterrupt:
        return _say("Interrupted.", INTERRUPTED)


def _run(args: argparse.Namespace) -> int:
    if not target.is_real(args):
        isolation.enter()
    try:
        return args.run(args)
    except HarnessError as error:
        if args.debug:
            raise
        return _say(str(error), UNUSABLE)
    except Exception as error:
        if args.debug:
            raise
        return _say(f"{type(error).__name__}: {error} (`python -m harness --debug …` shows where.)", UNUSABLE)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print what is wrong with the command line, and end with exit code 2."""
        super().error(safe(message))


def _parser() -> argparse.ArgumentParser:
    """Every file of harness/commands is a command."""
    parser = _Parser(prog="python -m harness", description="The command line behind `make`.")
    parser.add_argument("--debug", action="store_true", help="show where an error comes from")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"{commands.__name__}.{command.name}").add_parser(subparsers)
    return parser


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """End as by Ctrl-C: what was begun is put down first."""
    raise KeyboardInterrupt


def _say(text: str, code: int) -> int:
    say(text, error=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
