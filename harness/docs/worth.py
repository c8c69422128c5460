"""The figures of the README, as docs/benchmarks.md has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.docs.benchmarks import DOCUMENT, marks
from harness.docs.markdown import between, table
from harness.paths import ROOT

README = ROOT / "README.md"
_BEGIN, _END = "<!-- figures of docs/benchmarks.md -->\n\n", "\n\n<!-- end of figures -->"
_LOOP, _MODULE = "the loop", "this module"
_BURST = "1,000"  # documents

Row = Mapping[str, str]


def figures() -> str:
    """Return the table of the README."""
    text = DOCUMENT.read_text(encoding="utf-8")
    outages = {(row["outage"], row["workflow"]): row for row in _rows(text, "outages")}
    bursts = [row for row in _rows(text, "bursts") if row["documents"] == _BURST]
    rows = [
        (
            f"trade-matching {name} for {seconds} s: healthy documents processed correctly",
            *(_of(outages[name, workflow]) for workflow in (_LOOP, _MODULE)),
        )
        for name, seconds in (("dead", 100), ("slow", 300), ("throttled", 100))
    ]
    rows.append(
        ("calls of the dead agent", *(outages["dead", one]["calls of the sick agent"] for one in (_LOOP, _MODULE)))
    )
    loop, placed = (next(row for row in bursts if named in row["workflow"]) for named in (_LOOP, "places"))
    for what, column in (
        (f"{_BURST} documents at once, 25 new sessions a second: processed correctly", "right"),
        ("calls that were throttled", "throttled"),
    ):
        rows.append((what, loop[column], placed[column]))
    return table(("", "the loop that it replaces", "this module"), rows)


def write() -> None:
    """Put the figures into the README."""
    text = README.read_text(encoding="utf-8")
    README.write_text(between(text, _BEGIN, _END, figures()), encoding="utf-8")


def problems() -> Iterator[str]:
    """Yield a sentence where the README's figures are not those of the benchmarks."""
    text = README.read_text(encoding="utf-8")
    if f"{_BEGIN}{figures()}{_END}" not in text:
        yield "README.md has other figures than docs/benchmarks.md: run `make docs`."


def _of(row: Row) -> str:
    return f"{row['right']} of {row['healthy documents']}"


def _rows(text: str, section: str) -> Iterator[Row]:
    begin, end = marks(section)
    lines = [_cells(line) for line in text.split(begin)[1].split(end)[0].splitlines() if line.startswith("|")]
    for cells in lines[2:]:
        yield dict(zip(lines[0], cells, strict=True))


def _cells(line: str) -> Sequence[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
