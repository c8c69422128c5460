"""Shows a run in the terminal: its result, picture and table."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from harness.report.path import MARKS, duration
from harness.report.run import Run
from harness.report.sketch import sketch
from harness.report.table import table


def show(run: Run, console: Console) -> None:
    """Print a run."""
    mark = MARKS[run.status]
    execution = f"execution {run.execution.status.lower().replace('_', ' ')} after {duration(run.seconds)}"
    console.print(Text.assemble((f"{mark.symbol} {run.outcome}", f"bold {mark.colour}"), f"  {execution}"))
    for label, value in run.facts.items():
        console.print(Text.assemble((f"  {label:<15}", "dim"), value), soft_wrap=True)
    if run.visits:
        console.print("", sketch(run.definition, run.visits), table(run), sep="\n")
    if run.gap:
        console.print(Text(run.gap, style="yellow"))
