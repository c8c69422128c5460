"""Shows a run: picture and table in the terminal, and a page to keep."""

from __future__ import annotations

import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from harness.paths import BUILD
from harness.report.page import page
from harness.report.path import MARKS, duration
from harness.report.run import Run
from harness.report.sketch import sketch
from harness.report.table import table

RUNS = BUILD / "runs"


def show(run: Run, console: Console) -> Path:
    """Print a run, write its page, say where that is and give its path."""
    mark = MARKS["succeeded" if run.succeeded else "failed"]
    ended = f"execution {run.ended.status.lower().replace('_', ' ')} after {duration(run.seconds)}"
    console.print(Text.assemble((f"{mark.symbol} {run.outcome}", f"bold {mark.colour}"), f"  {ended}"))
    for label, value in run.facts.items():
        console.print(Text.assemble((f"  {label:<15}", "dim"), value), soft_wrap=True)
    if run.visits:
        console.print("", sketch(run.definition, run.visits), table(run), sep="\n")
    if run.gap:
        console.print(Text(run.gap, style="yellow"))
    file = RUNS / f"{_name(run)}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(page(run), encoding="utf-8")
    console.print(f"The run as a page: {file}", markup=False, soft_wrap=True)
    return file


def _name(run: Run) -> str:
    """Name a run for people, in what any file system takes; the end of its id tells runs of one document apart."""
    document = str(run.ended.result.get("document_id") or "unknown")
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"{document[:100]}-{run.outcome}-{run.id[-8:]}")
