"""`make demo`: the whole thing, from an empty AWS to an empty AWS."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from harness.embedded import launch
from harness.inventory import inventory
from harness.local import example
from harness.paths import SAMPLES, shown
from harness.report.kept import index, keep
from harness.report.outline import outline
from harness.report.path import MARKS, duration
from harness.report.run import Run, execute
from harness.report.show import show
from harness.report.sketch import sketch
from harness.samples import Expected, expectations
from harness.stack import Stack
from harness.terminal import output

WIDTHS = (33, 17, 7)  # characters: of a document's name, an outcome, a time


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "demo",
        help="apply the example to an embedded AWS, send the samples through it, destroy it",
        description="Exit code 0: every sample had the result that samples/expected.toml expects, and the destroy left "
        "nothing behind.",
    )
    parser.add_argument("--verbose", action="store_true", help="show each run with its picture and its states")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Show each run, and the most telling one as a picture; return 1 when anything is not as expected."""
    console = output()
    with launch() as endpoint, example(endpoint.url) as workspace:
        before = inventory(Stack.embedded(endpoint.url, {}))
        workspace.apply()
        stack = Stack.embedded(endpoint.url, workspace.output())
        created = inventory(stack) - before
        runs = [(sample, _process(sample, stack, console, args.verbose)) for sample in expectations()]
        workspace.destroy()
        remaining = sorted(inventory(stack) - before)
    wrong = [difference for sample, run in runs for difference in sample.differences(run.execution)]
    wrong += [f"The destroy left {name} behind." for name in remaining]
    if not args.verbose:
        picture(*most_telling(runs), console)
    for line in wrong:
        console.print(Text(f"✗ {line}", style="red"), soft_wrap=True)
    if not wrong:
        what = f"✓ All {len(runs)} as expected, and of {len(created)} resources the destroy left nothing behind."
        console.print(Text(what, style="green"))
    console.print(f"Each run as a page: {shown(index())}", soft_wrap=True)
    return 1 if wrong else 0


def most_telling(runs: Sequence[tuple[Expected, Run]]) -> tuple[Expected, Run]:
    """Return the run in which most went wrong; of several, the first that visited most states."""

    def events(run: Run) -> tuple[int, int]:
        return sum(visit.status != "succeeded" for visit in run.visits), len(run.visits)

    return max(runs, key=lambda pair: events(pair[1]))


def show_line(sample: Expected, run: Run, console: Console) -> None:
    """Print a run as one line: as expected or not, document, outcome, time and why."""
    mark = MARKS["failed" if any(sample.differences(run.execution)) else "succeeded"]
    name, outcome, time = WIDTHS
    line = Text.assemble(
        (f"{mark.symbol} ", mark.colour),
        f"{sample.name:<{name}}",
        (f"{run.outcome:<{outcome}}", MARKS[run.status].colour),
        f"{duration(run.seconds):>{time}}  ",
        (_why(run), "dim"),
    )
    console.print(line, no_wrap=True, overflow="ellipsis")


def picture(sample: Expected, run: Run, console: Console) -> None:
    """Print a run in outline, below what its document is about."""
    console.print(Text.assemble("\n", (sample.name, "bold"), f": {sample.about}"), soft_wrap=True)
    if message := run.facts.get("Message"):
        console.print(Text(message, style="dim"), soft_wrap=True)
    console.print(sketch(*outline(run.definition, run.visits)))


def _process(sample: Expected, stack: Stack, console: Console, verbose: bool) -> Run:
    if verbose:
        console.print(Text(f"\n{sample.document}: {sample.about}", style="bold underline"), soft_wrap=True)
    path = stack.upload(SAMPLES / sample.document, sample.source_type)
    run = execute(stack, {"document_path": path, "source_type": sample.source_type})
    file = keep(run)
    if verbose:
        show(run, console)
        console.print(f"The run as a page: {shown(file)}", markup=False, soft_wrap=True)
    else:
        show_line(sample, run, console)
    return run


def _why(run: Run) -> str:
    facts = run.facts
    if not run.succeeded:
        message = facts.get("Message", facts.get("Error", run.execution.status))
        return message.rpartition(", ")[2].removeprefix("error_type ")
    classification = facts.get("Classification")
    parts = [None if classification == run.outcome else classification, facts.get("Reasons"), _score(facts)]
    return ", ".join(filter(None, parts))


def _score(facts: Mapping[str, str]) -> str | None:
    return f"score {facts['Score']}" if "Score" in facts else None
