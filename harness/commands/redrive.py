"""`make redrive`: shows the dead letters and runs their documents again."""

from __future__ import annotations

import argparse
import contextlib
import json
from pathlib import Path
from typing import Any

from rich.table import Table

from harness import target
from harness.errors import HarnessError
from harness.progress import Steps
from harness.redrive import Letter, letters, redrive
from harness.terminal import output, safe

AT_ONCE = 10


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "redrive",
        help="run the documents of the dead letters again",
        description="Runs the document of each dead letter again and deletes the letters that are done with: "
        "completed, waiting for the other side, exception raised, or done by another run. Every other letter stays. "
        "Exit code 0: no letter is left; 1: some are.",
    )
    parser.add_argument("--show", action="store_true", help="show the letters and run nothing")
    parser.add_argument("--letter", metavar="ID", help="only this one")
    parser.add_argument("--input", type=Path, metavar="FILE", help="run this JSON in place of what the letter holds")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N", help=f"runs at once; default: {AT_ONCE}")
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show each letter and what came of it, and return 1 if any is left."""
    if args.input and not args.letter:
        raise HarnessError("Which letter is the input for? Say --letter ID as well.")
    corrected = _input(args.input)
    stack = target.chosen(args, "" if args.show else "documents are run again and dead letters deleted there")
    with letters(stack) as found:
        chosen = [letter for letter in found if args.letter in (None, letter.id)]
        if args.letter and not chosen:
            raise HarnessError(f"There is no dead letter {args.letter}.")
        if args.show:
            return _show([(letter, letter.problem or str(letter.told.get("message") or "")) for letter in chosen])
        redriven = []
        with Steps("redrive") as steps:
            steps.plan(len(chosen))
            with contextlib.closing(redrive(stack, chosen, args.at_once, corrected)) as results:
                for one in results:
                    steps.finish(one.letter.id)
                    redriven.append(one)
        _show([(one.letter, ("✓ " if one.gone else "✗ ") + one.what) for one in redriven])
    return 0 if all(one.gone for one in redriven) else 1


def _input(file: Path | None) -> Any:
    if file is None:
        return None
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HarnessError(f"{file} cannot be read as JSON: {error}") from error


def _show(rows: list[tuple[Letter, str]]) -> int:
    console = output()
    if not rows:
        console.print("There are no dead letters.")
        return 0
    table = Table("letter", "sent", "document", "error", "what")
    for letter, what in rows:
        sent = letter.sent.isoformat(sep=" ", timespec="seconds")
        table.add_row(letter.id, sent, *map(safe, (letter.document, letter.error, what)))
    console.print(table)
    return 0
