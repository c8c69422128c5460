"""A run as a table: state, attempts, time, result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich import box
from rich.table import Table
from rich.text import Text

from harness.report.path import MARKS, attempts_at, duration, short
from harness.report.run import Run
from harness.report.visits import Visit

HEADINGS = ("State", "Attempts", "Time", "Result")
NUMBERS = ("Attempts", "Time")  # set flush right


@dataclass(frozen=True)
class Row:
    """One line of the table; `inner` lines say what went wrong inside the block above them."""

    state: str
    attempts: str
    time: str
    status: str
    result: str
    inner: bool = False


def rows(run: Run) -> list[Row]:
    """Return the lines of the table, in the order of the visits."""
    return [row for visit in run.visits if visit.block is None for row in (_row(visit), *_inside(visit, run.visits))]


def table(run: Run) -> Table:
    """Return the table for a terminal."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for heading in HEADINGS:
        drawn.add_column(heading, justify="right" if heading in NUMBERS else "left")
    for row in rows(run):
        style = MARKS[row.status].colour
        state = Text(f"  {row.state}" if row.inner else row.state, style="dim" if row.inner else "")
        result = Text(f"{MARKS[row.status].symbol} {row.result}", style=style)
        drawn.add_row(state, row.attempts, row.time, result)
    return drawn


def _row(visit: Visit) -> Row:
    error = visit.failures[-1].error if visit.failures else ""
    result = f"{MARKS[visit.status].word}: {error}" if error else MARKS[visit.status].word
    return Row(visit.name, str(visit.attempts), duration(visit.seconds), visit.status, result)


def _inside(block: Visit, visits: list[Visit]) -> Iterator[Row]:
    """Yield each attempt that failed where there were several, and each error that was caught in one that worked."""
    for attempt in attempts_at(block, visits):
        if attempt.error is not None:
            if block.attempts > 1:
                last = attempt.visits[-1].entered if attempt.visits else None
                seconds = last - attempt.visits[0].entered if last else None
                yield Row(f"attempt {attempt.number}", "", duration(seconds), "failed", attempt.error or "failed", True)
            continue
        for visit in attempt.visits:
            if visit.failures:
                result = f"{MARKS[visit.status].word}: {visit.failures[-1].error}"
                yield Row(
                    short(visit.name), str(visit.attempts), duration(visit.seconds), visit.status, result, inner=True
                )
