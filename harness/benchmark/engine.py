"""How fast the embedded AWS is: its start, one run of the workflow after the other, and many at once."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from harness.benchmark.figures import spread
from harness.benchmark.growth import timed
from harness.benchmark.trial import Trial
from harness.contract import AGENTS
from harness.embedded import Endpoint, launch
from harness.ledger import records
from harness.stack import Stack

IN_TURN, AT_ONCE = 200, 1000
_QUICK = dict.fromkeys(AGENTS, 0)
_ENOUGH = 1  # virtual seconds, of which a run of quick agents needs none

Row = tuple[str, str]


def measure(aws: Endpoint, stack: Stack, rounds: int) -> Iterator[Row]:
    """Yield what was measured of the embedded AWS in whose account the stack is; its agents reply at once."""
    first, _ = _measured(aws, stack, 1, at_once=1)
    starts, in_turn, at_once = [], [], []
    for _ in range(rounds):
        starts.append(timed(_start))
        in_turn.append(_measured(aws, stack, IN_TURN, at_once=1))
        at_once.append(_measured(aws, stack, AT_ONCE, at_once=AT_ONCE))
    yield "start-up", spread(starts, " s", ".2f")
    yield "CPU of the first run, which parses the definition", f"{first * 1000:.0f} ms"
    yield f"CPU of a run, {IN_TURN} one after the other", spread([cpu * 1000 for cpu, _ in in_turn], " ms")
    yield f"CPU of a run, {AT_ONCE:,} at once", spread([cpu * 1000 for cpu, _ in at_once], " ms")
    yield f"{AT_ONCE:,} runs at once took", spread([seconds for _, seconds in at_once], " s")


def _start() -> None:
    with launch():
        pass


def _measured(aws: Endpoint, stack: Stack, runs: int, at_once: int) -> tuple[float, float]:
    """Return the CPU seconds of the embedded AWS for each run, and the real seconds of all."""
    trial = Trial(aws, stack, _QUICK)
    aws.admin("DELETE", "/_quotas")
    names = [f"document-{number:04}" for number in range(runs)]
    cpu, begun = _cpu(aws), time.monotonic()
    for number in range(0, runs, at_once):
        trial.start(*names[number : number + at_once])
        aws.work_off(_ENOUGH)
    used, seconds = _cpu(aws) - cpu, time.monotonic() - begun
    outcomes = Counter(record.get("outcome") for record in records(stack))
    if outcomes != {"MATCHED": runs}:
        raise RuntimeError(f"Not all of {runs} runs came out right: {outcomes}.")
    return used / runs, seconds


def _cpu(aws: Endpoint) -> float:
    """Return the CPU seconds that the embedded AWS has used: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""
    fields = Path(f"/proc/{aws.process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
