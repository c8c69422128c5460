"""Many documents at once that no caller starts: uploads, and a backfill that is killed."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing.context import SpawnProcess
from multiprocessing.synchronize import Event
from random import Random

from harness import backfill
from harness.benchmark.trial import NEW_SESSIONS, ONE_RUN, Behaviour, Figures, Trial
from harness.contract import STEPS
from harness.embedded import Endpoint
from harness.errors import HarnessError
from harness.ledger import records
from harness.stack import Stack

UPLOADS, BACKFILLED = 1000, 2000
AT_ONCE = 1000  # documents of the backfill
FAILURE_THRESHOLD = 40  # as docs/sizing.md has it for 8 documents a second of which 5 % fail
_SEED = 1
_FAILING = 0.05  # of the agents' calls
_FAULTS: tuple[Behaviour, ...] = (
    {"error": "InternalServerException"},
    {"error": "RuntimeClientError"},
    {"raw": "no JSON"},
)
_DEAD, _BEGINS, _LASTS = STEPS[1], 90, 100  # the agent that is dead for a while, and its seconds
_KILLED, _STOPPED = 60, 150  # seconds after its start at which the backfill's command and its execution end
_PREFIX = {"prefix": "BANK/"}
_LOOK = 0.2  # real seconds between looks of whoever waits for a backfill

Row = tuple[str, str]


def uploads(aws: Endpoint, stack: Stack, documents: int = UPLOADS) -> Iterator[Row]:
    """Upload documents as fast as the bucket accepts them, while agents fail, and yield what came of them."""
    trial, random = Trial(aws, stack), Random(_SEED)  # noqa: S311 - guards nothing
    names = [f"upload-{number:04}" for number in range(documents)]
    struck = random.sample(
        [(name, agent) for name in names for agent in STEPS], round(_FAILING * documents * len(STEPS))
    )
    for number, (name, agent) in enumerate(struck):
        trial.script(agent, _FAULTS[number % len(_FAULTS)], trial.good(agent), document_id=name)
    trial.put(*names)
    trial.pass_time(_BEGINS)
    trial.script(_DEAD, _FAULTS[0])
    trial.pass_time(_LASTS)
    trial.recover(_DEAD)
    figures = trial.finish()
    yield "documents uploaded", f"{documents:,}"
    yield "calls of agents that failed on purpose", f"{len(struck):,}, and all of {_DEAD} for {_LASTS} s"
    yield from _accounted(figures, names)
    quota = documents * len(STEPS) / NEW_SESSIONS + ONE_RUN
    yield (
        "done after",
        f"{figures.seconds:,.0f} s, {figures.seconds / (quota + _LASTS):.2f} of the quota's time and the outage",
    )
    yield "throttled", f"{figures.throttled:,} of {figures.attempts:,} calls"


def backfilled(aws: Endpoint, stack: Stack, documents: int = BACKFILLED) -> Iterator[Row]:
    """Send what is in the bucket through a backfill whose command and whose execution are killed, and started again."""
    trial = Trial(aws, stack)
    names = [f"backfill-{number:04}" for number in range(documents)]
    trial.put(*names)
    killed = _command(stack)
    first = backfill.running(stack)
    trial.pass_time(_KILLED)
    killed.kill()
    killed.join()
    follower = _command(stack)
    trial.pass_time(_STOPPED - _KILLED)
    followed = backfill.running(stack)
    backfill.stop(stack, first)
    follower.join()
    trial.pass_time(1)
    finished = backfill.summary(stack, first)
    second, _ = backfill.start(stack, _PREFIX)
    figures = trial.finish(_over(stack, second))
    found = backfill.summary(stack, second)
    yield "documents in the bucket", f"{documents:,}"
    yield (
        "the command's process is killed and begun again",
        "follows the same execution" if followed == first and follower.exitcode == 0 else "goes wrong",
    )
    yield (
        "the execution is stopped",
        f"{finished.status}: " + ", ".join(f"{count:,} {what}" for what, count in finished.counts.items()),
    )
    yield "started again", f"{found.status}, {found.already:,} documents were done or under way"
    yield from _accounted(figures, names)
    ledger = Counter(record.get("outcome") for record in records(stack))
    yield "summary equals ledger", "yes" if found.outcomes == ledger else f"no: {found.outcomes}, {ledger}"
    yield "done after", f"{figures.seconds:,.0f} s"


def _command(stack: Stack) -> SpawnProcess:
    """Return a process that has started the backfill, or follows it, as the command does.

    Raises HarnessError where it ends before it has.
    """
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    process = context.Process(target=_follow, args=(stack, started), daemon=True)
    process.start()
    while not started.wait(_LOOK):
        if not process.is_alive() and not started.is_set():
            raise HarnessError("The process that was to start the backfill ended before it had: it says why above.")
    return process


def _follow(stack: Stack, started: Event) -> None:
    arn, _ = backfill.start(stack, _PREFIX)
    started.set()
    while backfill.progress(stack, arn):
        time.sleep(_LOOK)


def _over(stack: Stack, execution: str) -> Callable[[], bool]:
    return lambda: backfill.progress(stack, execution) is None


def _accounted(figures: Figures, names: list[str]) -> Iterator[Row]:
    acts = Counter(
        (agent, call["payload"]["document_id"])
        for agent in STEPS
        for call in figures.calls[agent]
        if call["response"] and call["response"]["kind"] == "reply"
    )
    yield "processed correctly", f"{sum(figures.records.get(name, {}).get('outcome') == 'MATCHED' for name in names):,}"
    yield "lost", f"{sum(name not in figures.records for name in names):,}"
    yield "exceptions for nothing", f"{figures.exceptions:,}"
    yield "dead letters", f"{figures.dead_letters:,}"
    yield "steps that an agent did twice", f"{sum(count > 1 for count in acts.values()):,}"
