"""docs/fault-matrix.md: every fault that is provoked, and what must come of it."""

from __future__ import annotations

import itertools

from harness.contract import AGENTS
from harness.docs.markdown import table
from harness.fault_matrix import THRESHOLD, Case, cases

INTRODUCTION = f"""\
# Fault matrix

What was broken on purpose, and what must come of it. Each row is a case that `make test` provokes on the applied stack;
this page is rendered from the same data ([harness/fault_matrix.toml](../harness/fault_matrix.toml)).

A fault **lasts** for one attempt (`once`: the next one succeeds) or `for good`; `either` means that both result in
the same, as with errors that are not retried. **Calls** are those that the agents see, in this order:
{", ".join(AGENTS)}. **Failures** are the documents that the agent's circuit has counted in the end, of which
{THRESHOLD} open it.

The runs have no patience (`deferral` is 0), so that each row shows the outcome of a fault when patience is over. With
the module's defaults the document waits in the ledger **first** where the last column says `DEFERRED`, and goes on by
itself; [errors.md](errors.md) says how often."""
COLUMNS = (
    "agent",
    "lasts",
    "calls",
    "exception-management received",
    "execution",
    "outcome",
    "record",
    "dead letters",
    "failures",
    "first",
)


def render() -> str:
    """Return the document; what is expected alike for one attempt and for good is one row."""
    sections = [INTRODUCTION]
    for name, of_fault in itertools.groupby(cases(), key=lambda case: case.name):
        rows = []
        for _, (once, good) in itertools.groupby(of_fault, key=lambda case: case.agent):
            shown = [(good, "either")] if once.expected == good.expected else [(once, "once"), (good, "for good")]
            rows += [_row(case, lasts) for case, lasts in shown]
        sections += [f"## {name[0].upper()}{name[1:]}", table(COLUMNS, rows)]
    return "\n\n".join(sections) + "\n"


def _row(case: Case, lasts: str) -> tuple[str, ...]:
    expected = case.expected
    return (
        case.agent or "(the run)",
        lasts,
        " ".join(map(str, expected.calls)),
        ", ".join(f"`{word}`" for word in expected.reported or ()),
        f"`{expected.status}`" + (f" `{expected.error}`" if expected.error else ""),
        f"`{expected.outcome}`",
        f"`{expected.record}`" if expected.record else "none",
        str(expected.dead_letters),
        str(expected.failures),
        "`DEFERRED`" if case.deferred else "",
    )
