"""The soak test: many documents at once through faults of every kind, and an account of each at the end."""

from __future__ import annotations

from collections.abc import Callable

from harness.soak.account import Account, after_redrive, take
from harness.soak.plan import plan
from harness.soak.run import AT_ONCE, Bench, Started
from harness.stack import Stack

IMPATIENT = {
    "max_hours": 0,
    "agent_failures": 0,
}  # a `deferral` with which each run ends its document


def soak(
    stack: Stack,
    documents: int,
    seed: int,
    at_once: int = AT_ONCE,
    finished: Callable[[Started], None] = lambda _: None,
) -> Account:
    """Send documents through an applied stack in an embedded AWS, Express and IMPATIENT, and return their account.

    What is planned follows from the seed; how runs interleave does not. `finished` is called with each run.
    """
    planned, bench = plan(documents, seed), Bench(stack, seed, min(at_once, documents))
    bench.prepare(planned)
    started = bench.start(planned, finished)
    bench.settle()
    account = take(bench, planned, started)
    bench.recover()
    account.violations += after_redrive(bench, planned)
    return account
