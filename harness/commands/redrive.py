"""`make redrive`: shows the dead letters and runs their documents again."""

from __future__ import annotations

import argparse
import contextlib
import json
from pathlib import Path
from typing import Any

from rich.table import Column

from harness import target
from harness.arguments import whole
from harness.errors import HarnessError
from harness.progress import Steps
from harness.redrive import DeadLetter, dead_letters, redrive
from harness.terminal import moment, output, safe, table

AT_ONCE = 10


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "redrive",
        help="run the documents of the dead letters again",
        description="Runs the document of each dead letter again and deletes the dead letters that are done with: the "
        "document completed, waits for its counterparty or to go on, has its exception raised, was done by another "
        "run, or failed again and has a new dead letter. Every other one stays, as does one that cannot be run. "
        "Exit code 0: every document that was run is a dead letter no more, or --show; 1: one still is.",
    )
    parser.add_argument("--show", action="store_true", help="show the dead letters and run nothing")
    parser.add_argument("--letter", metavar="ID", help="only this one")
    parser.add_argument("--input", type=Path, metavar="FILE", help="run this JSON in place of its input")
    parser.add_argument(
        "--at-once", type=whole(1), default=AT_ONCE, metavar="N", help=f"runs at once; default: {AT_ONCE}"
    )
    target.add_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show the dead letters, or run them and show what became of each; return 1 if one is a dead letter still."""
    if args.input and not args.letter:
        raise HarnessError("Which dead letter is the input for? Say --letter ID as well.")
    corrected = _input(args.input)
    stack = target.chosen(args, "" if args.show else "documents are run again and dead letters deleted there")
    with dead_letters(stack) as found:
        chosen = [one for one in found if args.letter in (None, one.id)]
        if args.letter and not chosen:
            raise HarnessError(f"There is no dead letter {args.letter}.")
        if args.show:
            _show([(one, one.problem or str(one.content.get("message") or "")) for one in chosen])
            return 0
        redriven = []
        with Steps("redrive") as steps:
            steps.plan(len(chosen))
            with contextlib.closing(redrive(stack, chosen, args.at_once, corrected)) as results:
                for one in results:
                    steps.finish(one.dead_letter.id)
                    redriven.append(one)
        _show([(one.dead_letter, ("✓ " if one.done else "✗ ") + one.what) for one in redriven])
    return 0 if all(one.done for one in redriven) else 1


def _input(file: Path | None) -> Any:
    if file is None:
        return None
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HarnessError(f"{file} cannot be read as JSON: {error}") from error


def _show(rows: list[tuple[DeadLetter, str]]) -> None:
    console = output()
    if not rows:
        console.print("There are no dead letters.")
        return
    shown = table(Column("dead letter", no_wrap=True), "sent", "document", "error", "what")
    for dead_letter, what in rows:
        cells = (dead_letter.document, dead_letter.error, what)
        shown.add_row(dead_letter.id, moment(dead_letter.sent), *map(safe, cells))
    console.print(shown)
