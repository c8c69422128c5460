"""Progress of a long operation: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from harness.terminal import SafeConsole

CONSOLE = SafeConsole(stderr=True, highlight=False)


class Steps:
    """Counts the steps of one operation and shows the ones under way.

    On a terminal one live line (elapsed time, counted steps, the step being worked on); elsewhere a line per finished
    step. Both leave one closing line.
    """

    def __init__(self, title: str, console: SafeConsole = CONSOLE) -> None:
        self.title = title
        self.total = 0
        self.done = 0
        self._console = console
        self._began = time.monotonic()
        self._running: dict[str, float] = {}
        self._live: Progress | None = None

    def __enter__(self) -> Steps:
        if self._console.is_terminal:
            self._live = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[doing]}", markup=False, table_column=Column(ratio=1, no_wrap=True)),
                console=self._console,
                transient=True,
                expand=True,
            )
            self._live.start()
            self._live.add_task(self.title, total=None, doing="")
        else:
            self._print(f"{self.title} …")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()
        counted = f": {self.done} done" if self.total and self.done else ""
        self._print(f"{'✓' if kind is None else '✗'} {self.title}{counted} in {time.monotonic() - self._began:.0f} s")

    def plan(self, total: int) -> None:
        """Set how many steps there are in all."""
        self.total = total
        self._refresh()

    def start(self, step: str) -> None:
        """Show that `step` is being worked on."""
        self._running[step] = time.monotonic()
        self._refresh()

    def finish(self, step: str) -> None:
        """Show that `step` is done."""
        started = self._running.pop(step, None)
        self.done += 1
        if not self._live:
            counted = f"{self.done}/{self.total} " if self.total else ""
            took = "" if started is None else f" ({time.monotonic() - started:.0f} s)"
            self._print(f"  {counted}{step}{took}")
        self._refresh()

    def _refresh(self) -> None:
        if not self._live:
            return
        oldest, others = next(iter(self._running), ""), len(self._running) - 1
        doing = f"{oldest} and {others} more" if others > 0 else oldest
        self._live.update(self._live.task_ids[0], total=self.total or None, completed=self.done, doing=doing)

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False, soft_wrap=True)
