"""Shows the outcome of every fault of the matrix that was provoked."""

import itertools
from collections.abc import Mapping

from rich.table import Table

from harness.fault_matrix import AGENTS, cases


def table(outcomes: Mapping[str, str]) -> Table:
    """Return a row per fault and a column per agent, from the outcomes by the cases' names."""
    table = Table("fault: once / for good", *AGENTS)
    for name, of_fault in itertools.groupby(cases(), key=lambda case: case.name):
        found = [outcomes.get(str(case), "-") for case in of_fault]
        table.add_row(name, *(f"{once} / {good}" for once, good in zip(found[::2], found[1::2], strict=True)))
    return table
