"""`python -m harness lint FILE…`: judges state machine definitions without an AWS account."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from harness.asl import Finding, lint

CLEAN, BROKEN, UNREADABLE = 0, 1, 2


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "lint",
        help="check state machine definitions",
        description="Checks Amazon States Language definitions as AWS would, and beyond. "
        "Exit code 0: no errors; 1: errors (with --strict: warnings too); 2: a file cannot be read.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a definition in JSON, or - for the standard input")
    parser.add_argument("--type", choices=("STANDARD", "EXPRESS"), default="STANDARD", help="the state machine's type")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the findings")
    parser.add_argument("--strict", action="store_true", help="let warnings fail too")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check the files and print what is wrong; return the exit code."""
    results: list[tuple[str, Finding]] = []
    unreadable = False
    for name in args.files:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            print(f"{name} cannot be read: {reason}.", file=sys.stderr)
            unreadable = True
            continue
        results += [(name, finding) for finding in lint(text, args.type)]
    _print(results, args.format)
    if unreadable:
        return UNREADABLE
    failing = ("ERROR", "WARNING") if args.strict else ("ERROR",)
    return BROKEN if any(finding.severity in failing for _, finding in results) else CLEAN


def _print(results: list[tuple[str, Finding]], style: str) -> None:
    if style == "json":
        rows = [{"file": name, "severity": finding.severity, **asdict(finding)} for name, finding in results]
        _say(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for name, finding in results:
        _say(f"{name}: {finding.path or '/'}: {finding.severity.lower()} {finding.code}: {finding.message}")
    if results:
        errors = sum(finding.severity == "ERROR" for _, finding in results)
        print(f"{_counted(errors, 'error')}, {_counted(len(results) - errors, 'warning')}.")


def _say(text: str) -> None:
    """Print the text; what the output cannot encode, such as half a surrogate pair, is printed as its escape."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
