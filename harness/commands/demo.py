"""`make demo`: the whole thing, from an empty AWS to an empty AWS."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from harness.embedded import launch
from harness.inventory import inventory
from harness.local import example
from harness.paths import SAMPLES
from harness.report.path import MARKS, duration
from harness.report.run import Run, execute
from harness.report.show import show
from harness.stack import Stack
from harness.terminal import output


@dataclass(frozen=True)
class Expected:
    """A sample and what must come out of it: the execution's status, and fields of what it ended with."""

    document: str
    about: str
    status: str
    result: Mapping[str, Any]

    @property
    def source_type(self) -> str:
        """Whose confirmation it is: the name of its folder."""
        return Path(self.document).parent.name

    @property
    def name(self) -> str:
        """The document's file name without extension."""
        return Path(self.document).stem

    def differences(self, run: Run) -> Iterator[str]:
        """Say in which way a run came out otherwise."""
        came_out = {"status": run.ended.status, **run.ended.result}
        for field, value in {"status": self.status, **self.result}.items():
            if came_out.get(field) != value:
                yield f"{self.document}: {field} is {came_out.get(field)!r}, expected {value!r}."


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "demo",
        help="apply the example to an embedded AWS, send the samples through it, destroy it",
        description="Exit code 0: every sample came out as samples/expected.toml says and nothing was left behind.",
    )
    parser.set_defaults(run=run)


def run(_args: argparse.Namespace) -> int:
    """Show each run, then what came out of all; 1 when anything was otherwise than expected, or was left behind."""
    console = output()
    with launch() as endpoint, example(endpoint.url) as workspace:
        before = inventory(Stack.embedded(endpoint.url, {}))
        workspace.apply()
        stack = Stack.embedded(endpoint.url, workspace.output())
        made = inventory(stack) - before
        shown = [(sample, _process(sample, stack, console)) for sample in expectations()]
        workspace.destroy()
        left = sorted(inventory(stack) - before)
    wrong = [difference for sample, told in shown for difference in sample.differences(told)]
    wrong += [f"The destroy left {name} behind." for name in left]
    console.print(Rule("What came out", style="dim"), _summary(shown), sep="\n")
    for line in wrong:
        console.print(Text(f"✗ {line}", style="red"), soft_wrap=True)
    if not wrong:
        told = f"✓ All came out as expected, and of {len(made)} things the destroy left nothing behind."
        console.print(Text(told, style="green"))
    return 1 if wrong else 0


def expectations() -> list[Expected]:
    """Give the samples in the order in which they are sent, with what must come out."""
    return [Expected(**entry) for entry in tomllib.loads((SAMPLES / "expected.toml").read_text())["run"]]


def _process(sample: Expected, stack: Stack, console: Console) -> Run:
    console.print(Text(f"\n{sample.document}: {sample.about}", style="bold underline"), soft_wrap=True)
    path = stack.upload(SAMPLES / sample.document, sample.source_type)
    told = execute(stack, {"document_path": path, "source_type": sample.source_type})
    show(told, console)
    return told


def _summary(shown: list[tuple[Expected, Run]]) -> Table:
    table = Table("", "Document", "Outcome", "Why", "Time", box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.columns[1].no_wrap = table.columns[2].no_wrap = True
    table.columns[3].overflow = "fold"
    table.columns[4].justify = "right"
    for sample, told in shown:
        mark = MARKS["failed" if any(sample.differences(told)) else "succeeded"]
        outcome = Text(told.outcome, style=MARKS["succeeded" if told.succeeded else "failed"].colour)
        table.add_row(Text(mark.symbol, style=mark.colour), sample.name, outcome, _why(told), duration(told.seconds))
    return table


def _why(told: Run) -> str:
    facts = told.facts
    if not told.succeeded:
        return facts.get("Message", facts.get("Error", told.ended.status))
    classification = facts.get("Classification")
    parts = [
        None if classification == told.outcome else classification,
        f"score {facts.get('Score')}",
        facts.get("Reasons"),
    ]
    return ", ".join(filter(None, parts))
