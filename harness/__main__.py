"""`agentcore-harness COMMAND …`, in a checkout `.venv/bin/python -m harness COMMAND …`: the commands behind `make`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from harness import commands, isolation
from harness.errors import HarnessError
from harness.paths import IS_CHECKOUT
from harness.plain import safe, say, tolerate
from harness.version import install

UNUSABLE, INTERRUPTED = 2, 130
_PROGRAM = ".venv/bin/python -m harness" if IS_CHECKOUT else "agentcore-harness"
EXTRAS = {"policy": "policy"}  # what each command needs installed, if not the extra `harness`
OF_A_CHECKOUT = ("bench", "check", "docs")  # commands that read or write what only a checkout has


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; 2 when it could not do its work."""
    tolerate()
    try:
        for ending in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, _interrupt)
        arguments = sys.argv[1:] if arguments is None else arguments
        try:
            parser = _parser(arguments)  # importing takes a while, and may be interrupted too
        except HarnessError as error:
            return _say(str(error), UNUSABLE)
        return _run(parser.parse_args(arguments))
    except KeyboardInterrupt:
        return _say("Interrupted.", INTERRUPTED)


def _run(args: argparse.Namespace) -> int:
    if not _is_real(args):
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
        return _say(f"{type(error).__name__}: {error} (`{_PROGRAM} --debug …` shows where.)", UNUSABLE)


def _is_real(args: argparse.Namespace) -> bool:
    """Return whether a command line leads to a real account (harness/target.py); all others stay on this machine."""
    return any(getattr(args, name, None) for name in ("environment", "directory"))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print what is wrong with the command line, and end with exit code 2."""
        super().error(safe(message))


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of the command that the arguments name, or of all: every file of harness/commands is one.

    Raises HarnessError where what that command imports is not installed.
    """
    parser = _Parser(prog=_PROGRAM, description="The command line behind `make`.")
    parser.add_argument("--debug", action="store_true", help="show where an error comes from")
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    names = [found.name for found in pkgutil.iter_modules(commands.__path__)]
    names = [name for name in names if IS_CHECKOUT or name not in OF_A_CHECKOUT]
    first = next((argument for argument in arguments if not argument.startswith("-")), None)
    for name in [first] if first in names else names:
        try:
            importlib.import_module(f"{commands.__name__}.{name}").add_parser(subparsers)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "harness":
                raise
            extra = EXTRAS.get(name, "harness")
            if name == first:
                here = f"run `{_PROGRAM} {name}`, which `make` sets up, or " if IS_CHECKOUT else ""
                raise HarnessError(f"'{name}' needs {error.name}: {here}{install(extra)}.") from error
            subparsers.add_parser(name, help=f"needs the extra '{extra}'")
    return parser


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """End as by Ctrl-C, so that what was begun is cleaned up."""
    raise KeyboardInterrupt


def _say(text: str, code: int) -> int:
    say(text, error=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
