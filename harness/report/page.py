"""A run as a page of its own: its result, the picture, the table. Nothing is loaded from anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from harness.report.path import MARKS, duration
from harness.report.picture import STYLE as COLOURS
from harness.report.picture import draw, escaped
from harness.report.run import Run
from harness.report.table import HEADINGS, NUMBERS, rows

STYLE = Path(__file__).with_name("page.css").read_text()


def page(run: Run) -> str:
    """Return the page of a run as HTML."""
    status = run.status
    return document(
        f"{run.outcome} · {run.execution.result.get('document_id') or run.id}",
        f"""<h1 class="{status}">
<span class="toned">{MARKS[status].symbol} {escaped(run.outcome)}</span> <small>{_sentence(run)}</small>
</h1>
<p class="arn">{escaped(run.execution.arn)}</p>
<dl class="facts">{"".join(_facts(run))}</dl>
{_path(run) if run.visits else f"<p>{escaped(run.gap)}</p>"}
<details><summary>The output of the run</summary>
<pre>{escaped(json.dumps(run.execution.result, indent=2, ensure_ascii=False))}</pre></details>""",
    )


def document(title: str, main: str) -> str:
    """Return an HTML document that loads nothing and runs nothing, with `main`, which is HTML, as its content."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="color-scheme" content="light dark">
<title>{escaped(title)}</title>
<style>{COLOURS}{STYLE}</style>
</head>
<body class="workflow">
<main>
{main}
</main>
</body>
</html>
"""


def _sentence(run: Run) -> str:
    started = run.execution.started.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    return escaped(
        f"execution {run.execution.status.lower().replace('_', ' ')} after {duration(run.seconds)}, started {started}"
    )


def _facts(run: Run) -> Iterator[str]:
    for label, value in run.facts.items():
        yield f"<div><dt>{label}</dt><dd>{escaped(value)}</dd></div>"


def _path(run: Run) -> str:
    legend = "".join(
        f'<li class="{status}"><span class="toned">{mark.symbol}</span> {mark.word}</li>'
        for status, mark in MARKS.items()
        if status != "deferred"  # runs are, no state is
    )
    lines = "".join(
        f'<tr class="{row.status}{" inner" if row.inner else ""}"><td>{escaped(row.state)}</td>'
        f'<td class="number">{row.attempts}</td><td class="number">{row.time}</td>'
        f'<td class="toned">{MARKS[row.status].symbol} {escaped(row.result)}</td></tr>'
        for row in rows(run)
    )
    headings = "".join(
        f'<th scope="col"{" class=number" if heading in NUMBERS else ""}>{heading}</th>' for heading in HEADINGS
    )
    picture = draw(run.definition, f"Path of the run {run.id}", run.visits)
    return f"""<h2>Path through the workflow</h2>
<ul class="legend">{legend}</ul>
<div class="scroll">{picture}</div>
<h2>States</h2>
<div class="scroll"><table>
<thead><tr>{headings}</tr></thead>
<tbody>{lines}</tbody>
</table></div>
{f"<p>{escaped(run.gap)}</p>" if run.gap else ""}"""
