"""A run in outline: of a workflow's states only the first, the blocks and the ends, one line each."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from harness.report.definition import Part, parts
from harness.report.layout import MAIN, arrange
from harness.report.visits import Visit


def outline(part: Part, visits: Iterable[Visit]) -> tuple[Part, list[Visit]]:
    """Return a scope of a definition and a run's visits without the states between the blocks.

    What leads from one to the next is the way that the run took, and the main path.
    """
    layout = arrange(part)
    shown = {
        name: {"Type": state["Type"] if state["Type"] in ("Succeed", "Fail") else "Pass", "Catch": [], "Choices": []}
        for name, state in part["States"].items()
        if name == part["StartAt"] or parts(state) or state["Type"] in ("Succeed", "Fail")
    }
    seen: list[Visit] = []
    for visit in visits:
        if visit.block is None and visit.name in shown:
            seen.append(replace(visit, came_from=seen[-1] if seen else None))
    main = [name for name in layout.rows if name in shown and layout.columns[name] == MAIN]
    for one, other in itertools.pairwise(main):
        _lead(shown[one], "Choices", other)
    for one, other in itertools.pairwise(seen):
        _lead(shown[one.name], "Catch" if one.failing else "Choices", other.name)
    return {"StartAt": part["StartAt"], "States": shown}, seen


def _lead(state: dict[str, Any], how: str, target: str) -> None:
    if {"Next": target} not in state[how]:
        state[how].append({"Next": target})
