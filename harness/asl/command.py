"""`asl-lint PATH…`: judges state machine definitions without an AWS account, wherever they are kept."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from harness.asl import baseline, settings
from harness.asl.document import TOO_DEEP
from harness.asl.linter import judge
from harness.asl.machine import Machine
from harness.asl.output import FORMATS, Result
from harness.asl.rules import PROFILES, Finding
from harness.asl.settings import TYPES, Settings, SettingsError
from harness.asl.sources import Definition, Note, Selection, UnreadableError, read_standard_input
from harness.asl.sources.files import matches
from harness.asl.suppressions import suppressions
from harness.version import version

CLEAN, BROKEN, UNREADABLE = 0, 1, 2
DESCRIPTION = (
    "Checks Amazon States Language definitions as AWS would, and beyond: in files of their own (JSON, YAML), in SAM "
    "and CloudFormation templates, in Terraform's code and plans. "
    "Exit code 0: no errors; 1: errors (with --strict: warnings too); 2: something cannot be read."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `asl-lint` and return its exit code."""
    parser = argparse.ArgumentParser(prog="asl-lint", description=DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"asl-lint {version()}")
    add_arguments(parser)
    try:
        return run(parser.parse_args(arguments))
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the linter's arguments to a command line."""
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="a file, a directory, a glob, or - for the standard input")
    add("--type", choices=TYPES, default="STANDARD", help="the type of state machines where nothing else says it")
    add("--format", choices=FORMATS, default="text", help="how to print the findings")
    add("--strict", action="store_true", help="let warnings fail too")
    add("--select", action="append", metavar="RULES", help="report only these rules, separated by commas; or ALL")
    add("--ignore", action="append", metavar="RULES", help="do not report these rules, separated by commas")
    add("--profile", action="append", choices=PROFILES, help="report the rules of this profile too")
    add("--exclude", action="append", metavar="GLOB", help="pass over these files and directories")
    add("--skip-unrelated", action="store_true", help="pass over named files that hold no definition")
    add("--config", type=Path, metavar="FILE", help="the settings; default: .asl-lint.toml or pyproject.toml")
    add("--baseline", type=Path, metavar="FILE", help="report only what this file does not hold")
    add("--write-baseline", type=Path, metavar="FILE", help="write what is found to this file, and report nothing")


def run(args: argparse.Namespace) -> int:
    """Check the paths and print what is found; return the exit code."""
    try:
        chosen = _settings(args)
        results, problems = _results(args, chosen)
        if args.write_baseline is not None:
            number = baseline.write(args.write_baseline, results)
            print(f"{args.write_baseline} holds {number} findings.")
            results = []
        elif chosen.baseline is not None:
            results = baseline.without(chosen.baseline, results)
    except (SettingsError, baseline.BaselineError) as error:
        _complain(str(error))
        return UNREADABLE
    if args.write_baseline is None:
        _print("\n".join(FORMATS[args.format](results)))
    for problem in problems:
        _complain(problem)
    if problems:
        return UNREADABLE
    failing = ("ERROR", "WARNING") if chosen.strict else ("ERROR",)
    return BROKEN if any(result.finding.severity in failing for result in results) else CLEAN


def _settings(args: argparse.Namespace) -> Settings:
    """Return the project's settings, with what the command line says instead or in addition."""
    found = settings.find(Path.cwd()) if args.config is None else settings.read(args.config) or Settings()
    return replace(
        found,
        select=_codes(args.select, "--select") or found.select,
        ignore=found.ignore + _codes(args.ignore, "--ignore"),
        profiles=found.profiles + tuple(args.profile or ()),
        strict=found.strict or args.strict,
        baseline=args.baseline or found.baseline,
    )


def _codes(values: Sequence[str] | None, option: str) -> tuple[str, ...]:
    try:
        return settings.codes([code.strip() for value in values or () for code in value.split(",") if code.strip()])
    except ValueError as error:
        raise SettingsError(f"{option} {error}") from error


def _results(args: argparse.Namespace, chosen: Settings) -> tuple[list[Result], list[str]]:
    """Return what is reported, by file and place, and a sentence for all that cannot be read."""
    here = tuple(args.exclude or ())

    def excludes(file: Path) -> bool:
        return chosen.excludes(file) or matches(file, here)

    selection = Selection([path for path in args.paths if path != "-"], excludes, args.skip_unrelated)
    found: list[Definition | Note | UnreadableError] = []
    if "-" in args.paths:
        try:
            found += read_standard_input()
        except UnreadableError as error:
            found.append(error)
    results: dict[Result, None] = {}
    problems, judged = [], 0
    for one in (*found, *selection.read()):
        if isinstance(one, UnreadableError):
            problems.append(str(one))
        elif isinstance(one, Note):
            _complain(f"{one.file}:{one.place.line}:{one.place.column}: note: {one.message}")
        elif one.document.value is None and one.document.has_directives:
            judged += 1
            _complain(
                f"{one.file}: note: Directives decide which parts of it there are; only a plan of it can be checked."
            )
        else:
            judged += 1
            reported = _reported(one, args.type, chosen)
            placed = [Result(str(one.file), one.document.locate(finding.path), finding) for finding in reported]
            results |= dict.fromkeys(sorted(placed, key=lambda result: result.place))
    if not judged and not problems and not args.skip_unrelated:
        _complain("No definition was found.")
    return list(results), problems


def _reported(definition: Definition, default: str, chosen: Settings) -> Iterable[Finding]:
    """Yield the findings of one definition that the settings and the definition itself let through."""
    kind = definition.workflow_type or chosen.type_of(definition.file) or default
    try:
        findings = judge(definition.document, kind)
    except RecursionError:
        findings = [TOO_DEEP]
    findings = [
        finding
        for finding in findings
        if chosen.reports(finding.code) and chosen.reports_in(finding.code, definition.file)
    ]
    if not findings or not isinstance(definition.document.value, dict):
        return findings
    accepted = list(suppressions(Machine(definition.document.value, kind)))
    return [finding for finding in findings if not any(one.covers(finding) for one in accepted)]


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _print(text: str) -> None:
    """Print the text; what the output cannot encode, such as half a surrogate pair, is printed as its escape."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), end="\n" if text else "", flush=True)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
