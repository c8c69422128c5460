"""A soak in virtual time: a burst against quotas and places while an agent is down, documents are poison and runs die.

Nothing is random but who dies, which follows from the seed. When no document waits any more each is accounted for.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import Counter
from collections.abc import Iterator
from random import Random

from harness.benchmark.trial import Figures, Trial
from harness.contract import AGENTS, EXCEPTIONS, STEPS
from harness.embedded import Endpoint
from harness.ledger import UNFINISHED, records
from harness.stack import Stack

SECONDS = dict(zip(AGENTS, (20, 10, 15, 5), strict=True))  # that the agents work: shorter than in truth, to be quick
KILLED = 0.05  # of the documents
POISONOUS = 2  # documents that break the first agent
_DOWN, _BEGINS, _ENDS = STEPS[1], 25, 125  # the agent that is down, and its seconds
_DIES = 0.2  # how likely a doomed document's run dies between two looks
_STEP = 5  # seconds between looks at what may be killed


def soak(aws: Endpoint, stack: Stack, documents: int, seed: int, places: int) -> list[str]:
    """Send a burst through a stack with so many places and return sentences, none when all is well."""
    random, trial = Random(seed), Trial(aws, stack, SECONDS)  # noqa: S311 - guards nothing
    names = [f"patience-{seed}-{number:04}" for number in range(documents)]
    poisonous = set(names[:POISONOUS])
    doomed = set(random.sample(names[POISONOUS:], round(KILLED * documents)))
    for name in poisonous:
        trial.script(STEPS[0], {"error": "RuntimeClientError"}, document_id=name)
    trial.start(*names)
    trial.pass_time(_BEGINS)
    trial.script(_DOWN, {"error": "InternalServerException"})
    killed: set[str] = set()
    recovered, waiting = False, True
    while waiting or not recovered:
        trial.pass_time(_STEP)
        if not recovered and trial.seconds >= _ENDS:
            trial.recover(_DOWN)
            recovered = True
        found = list(records(stack))
        for record in found:
            name = record["document_id"]
            if record["status"] == "RUNNING" and name in doomed - killed and random.random() < _DIES:
                with contextlib.suppress(ValueError):  # it had ended
                    trial.kill(record["execution"])
                    killed.add(name)
        waiting = any(record["status"] in UNFINISHED and record["document_id"] in doomed - killed for record in found)
    figures = trial.finish()
    return [*_wrong(figures, names, poisonous, killed), *_places(stack, figures, places)]


def _wrong(figures: Figures, names: list[str], poisonous: set[str], killed: set[str]) -> Iterator[str]:
    acts: Counter[tuple[str, str]] = Counter()
    for agent, calls in figures.calls.items():
        for call in calls:
            if call["response"] and call["response"]["kind"] == "reply":
                acts[call["payload"]["document_id"], agent] += 1
    for name in names:
        record = figures.records.get(name, {"status": "no record"})
        expected = "FAILED" if name in poisonous else "DEAD_LETTERED" if name in killed else "COMPLETED"
        if record["status"] != expected:
            yield f"{name} is {record['status']} with {record.get('error')}, and was to be {expected}."
        if acts[name, EXCEPTIONS] != (name in poisonous):
            yield f"{acts[name, EXCEPTIONS]} exceptions were raised for {name}, which is {record['status']}."
        for agent in STEPS:
            least = expected == "COMPLETED"
            if name not in poisonous and not least <= acts[name, agent] <= 1:
                yield f"{agent} worked {acts[name, agent]} times for {name}."
    if figures.dead_letters != len(killed):
        yield f"There are {figures.dead_letters} dead letters of {len(killed)} runs that died."


def _places(stack: Stack, figures: Figures, places: int) -> Iterator[str]:
    calls = [call for agent in STEPS for call in figures.calls[agent] if call["ended"]]
    changes = sorted([(call["time"], 1) for call in calls] + [(call["ended"], -1) for call in calls])
    most = max(itertools.accumulate(change for _, change in changes))
    if most > places:
        yield f"{most} documents were at work at once, of {places} that may."
    item = stack.client("dynamodb").get_item(
        TableName=stack.outputs["circuit_table_name"], Key={"agent": {"S": "admission"}}, ConsistentRead=True
    )["Item"]
    if remaining := len(item["places"]["M"]):
        yield f"{remaining} places were not released."
