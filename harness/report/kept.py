"""The pages of runs under build/runs, and the index of the last hundred."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.locks import exclusive
from harness.paths import BUILD, write_whole
from harness.report.page import document, page
from harness.report.path import MARKS, duration
from harness.report.picture import escaped
from harness.report.run import Run
from harness.report.thumbnail import thumbnail

RUNS = BUILD / "runs"
MOST = 100
HEADINGS = ("Outcome", "Document", "Side", "Started", "Time", "Path")

Entry = Mapping[str, Any]


def keep(run: Run) -> Path:
    """Write the page of a run, list it in the index, and delete what is older than the last hundred.

    Return where the page is.
    """
    RUNS.mkdir(parents=True, exist_ok=True)
    file = RUNS / f"{_name(run)}.html"
    with exclusive(RUNS.with_suffix(".lock")):
        write_whole(file, page(run))
        entries = [_entry(run, file.name), *(entry for entry in _entries() if entry["file"] != file.name)]
        for entry in entries[MOST:]:
            (RUNS / entry["file"]).unlink(missing_ok=True)
        write_whole(RUNS / "runs.json", json.dumps(entries[:MOST], indent=1))
        write_whole(index(), _table(entries[:MOST]))
    return file


def index() -> Path:
    """Return where the index is."""
    return RUNS / "index.html"


def _entries() -> list[Entry]:
    """Return what the index lists, newest first, without pages that somebody deleted."""
    try:
        entries = json.loads((RUNS / "runs.json").read_text(encoding="utf-8"))
        return [entry for entry in entries if (RUNS / entry["file"]).is_file()]
    except (OSError, ValueError, TypeError, KeyError):  # there is none yet, or somebody edited it
        return []


def _entry(run: Run, file: str) -> Entry:
    return {
        "file": file,
        "status": run.status,
        "outcome": run.outcome,
        "document": str(run.execution.result.get("document_id") or run.id),
        "source_type": str(run.execution.result.get("source_type") or ""),
        "started": run.execution.started.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "time": duration(run.seconds),
        "picture": thumbnail(run.definition, run.visits) if run.visits else "",
    }


def _table(entries: Sequence[Entry]) -> str:
    headings = "".join(f'<th scope="col">{heading}</th>' for heading in HEADINGS)
    number = f"the last {MOST}" if len(entries) == MOST else len(entries)
    return document(
        "Runs",
        f"""<h1>Runs <small>{number}, the newest first</small></h1>
<div class="scroll"><table class="runs">
<thead><tr>{headings}</tr></thead>
<tbody>
{"".join(map(_row, entries))}</tbody>
</table></div>""",
    )


def _row(entry: Entry) -> str:
    cells = (
        f'<td class="toned">{MARKS[entry["status"]].symbol} {escaped(entry["outcome"])}</td>',
        f'<td><a href="{escaped(entry["file"])}">{escaped(entry["document"])}</a></td>',
        f"<td>{escaped(entry['source_type'])}</td>",
        f"<td>{escaped(entry['started'])}</td>",
        f'<td class="number">{escaped(entry["time"])}</td>',
        f"<td>{entry['picture']}</td>",
    )
    return f'<tr class="{entry["status"]}">{"".join(cells)}</tr>\n'


def _name(run: Run) -> str:
    """Return a name for people, that any file system accepts; the end of its id distinguishes runs of one document."""
    document_id = str(run.execution.result.get("document_id") or "unknown")
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"{document_id[:100]}-{run.outcome}-{run.id[-8:]}")
