"""The path of a run as a small picture: the states from left to right, the main path above, everything else below."""

from __future__ import annotations

from collections.abc import Iterable

from harness.report.definition import Part
from harness.report.layout import MAIN, arrange
from harness.report.path import path_through
from harness.report.picture import escaped
from harness.report.visits import Visit

STEP, SIZE, TOP, BOTTOM, MARGIN = 6, 4, 3, 17, 2  # px: from state to state, of a state, the two rows, around all


def thumbnail(part: Part, visits: Iterable[Visit]) -> str:
    """Return one scope of a definition as a small SVG element, with the way that a run took."""
    layout = arrange(part)
    path = path_through(part, [visit for visit in visits if visit.block is None])
    places = {
        name: (MARGIN + SIZE / 2 + STEP * column, TOP if layout.columns[name] == MAIN else BOTTOM)
        for column, name in enumerate(layout.rows)
    }
    width, height = STEP * len(layout.rows) + MARGIN, BOTTOM + TOP
    taken = [link for link in layout.links if link in path.links]
    visited = list(path.visits)
    alternative = f"{len(visited)} of {len(layout.rows)} states visited, {visited[-1]} last"
    lines = "".join(
        f'<path class="link taken {"caught" if link.catch else "succeeded"}" '
        f'd="M{places[link.source][0]} {places[link.source][1]}L{places[link.target][0]} {places[link.target][1]}"/>'
        for link in taken
    )
    boxes = "".join(
        f'<g class="{path.status(name)}"><title>{escaped(name)}</title>'
        f'<rect class="box" x="{x - SIZE / 2}" y="{y - SIZE / 2}" width="{SIZE}" height="{SIZE}"/></g>'
        for name, (x, y) in places.items()
    )
    return (
        f'<svg class="workflow" role="img" aria-label="{escaped(alternative)}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{lines}{boxes}</svg>'
    )
