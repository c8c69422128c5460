"""Shows the outcome of every fault of the matrix that was provoked."""

import itertools
from collections.abc import Mapping

from rich.table import Table

from harness.contract import AGENTS
from harness.fault_matrix import cases


def table(outcomes: Mapping[str, str]) -> Table:
    """Return a row per fault and a column per agent, from the outcomes by the cases' names."""
    table = Table("fault: once / for good", *AGENTS)
    for name, of_fault in itertools.groupby(cases(), key=lambda case: case.name):
        found = dict.fromkeys(AGENTS, ())
        for case in of_fault:
            agent = case.agent or next(iter(AGENTS))
            found[agent] = *found[agent], outcomes.get(str(case), "-")
        table.add_row(name, *(" / ".join(outcome) for outcome in found.values()))
    return table
