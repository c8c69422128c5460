"""Outages of an agent, in the workflow and in the loop that it replaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.benchmark.loop import Loop
from harness.benchmark.trial import Behaviour, Figures, Trial
from harness.contract import EXCEPTIONS, STEPS
from harness.embedded import Endpoint
from harness.stack import Stack

_MATCHING = STEPS[-1]
_REACHED = 99  # seconds after its start at which the first document reaches trade-matching
STRUCK = 100  # documents of the loop that meet the outage
_LATE = {"delay_seconds": 400}  # longer than trade-matching's time limit, or a run's


@dataclass(frozen=True)
class Outage:
    """One kind of outage: documents start one a second, `sick` is what the agent does until it recovers."""

    name: str
    agent: str
    sick: Behaviour
    documents: int = 160  # STRUCK of the loop's and 60 after them
    begins: float = _REACHED  # seconds after the first start
    lasts: float = 100
    poisonous: Sequence[int] = ()  # only these documents are struck, for good

    def document(self, number: int) -> str:
        """Return the id of a document."""
        return f"{self.name}-{number:03}"


OUTAGES = (
    Outage("dead", _MATCHING, {"error": "InternalServerException"}),
    Outage("slow", _MATCHING, {"reply": {"success": True}} | _LATE, lasts=300),
    Outage("throttled", _MATCHING, {"error": "ThrottlingException"}),
    Outage("poison", STEPS[0], {"error": "RuntimeClientError"}, documents=77, begins=0, lasts=0, poisonous=(0, 1)),
)


@dataclass(frozen=True)
class Result:
    """An outage and the outcomes of its documents; of poisonous documents alone where only they are struck."""

    outage: Outage
    workflow: str
    right: int  # of the healthy documents
    lost: int  # reported as a success that is none, or nowhere
    exceptions: int  # for healthy documents
    dead_letters: int
    calls: int  # that the agent got while it was sick
    throttled: int  # of all calls
    all_calls: int
    seconds: float | None  # until the last healthy document was done, since the agent recovered; None: not comparable
    longest: float | None  # that a healthy document took since its start

    @property
    def healthy(self) -> int:
        """How many documents nothing is wrong with."""
        return self.outage.documents - len(self.outage.poisonous)


def workflow(aws: Endpoint, stack: Stack, outage: Outage) -> Result:
    """Start a document each second on an applied stack, through the outage and beyond it."""
    trial = Trial(aws, stack)
    for number in outage.poisonous:
        trial.script(outage.agent, outage.sick, document_id=outage.document(number))
    for second in range(max(outage.documents, round(outage.begins + outage.lasts) + 1)):
        if not outage.poisonous and second == outage.begins:
            trial.script(outage.agent, outage.sick)
        if not outage.poisonous and second == outage.begins + outage.lasts:
            trial.recover(outage.agent)
        if second < outage.documents:
            trial.start(outage.document(second))
        trial.pass_time(1)
    return _account(outage, trial.finish())


def _account(outage: Outage, figures: Figures) -> Result:
    healthy = {outage.document(number): number for number in range(outage.documents) if number not in outage.poisonous}
    found = [figures.records.get(document, {}) for document in healthy]
    recovered = outage.begins + outage.lasts
    if outage.poisonous:
        calls = sum(call["payload"]["document_id"] not in healthy for call in figures.calls[outage.agent])
    else:
        calls = sum(call["time"] - figures.began < recovered for call in figures.calls[outage.agent])
    made = [call for calls_of_one in figures.calls.values() for call in calls_of_one]
    return Result(
        outage,
        "this module",
        right=sum(record.get("outcome") == "MATCHED" for record in found),
        lost=sum(not record for record in found),
        exceptions=sum(call["payload"]["document_id"] in healthy for call in figures.calls[EXCEPTIONS]),
        dead_letters=figures.dead_letters,
        calls=calls,
        throttled=figures.throttled + sum(map(_is_throttled, made)),
        all_calls=figures.throttled + len(made),
        seconds=max(map(figures.done, healthy)) - recovered,
        longest=max(figures.done(document) - start for document, start in healthy.items()),
    )


def _is_throttled(call: Mapping[str, Any]) -> bool:
    return (call["response"] or {}).get("error") == "ThrottlingException"


def loop(outage: Outage) -> Result:
    """Send as many documents through the loop; the agent is sick for the first of them, or for the poisonous ones."""
    documents = [outage.document(number) for number in range(outage.documents)]
    struck = {documents[number] for number in outage.poisonous or range(STRUCK)}
    kind = outage.name if outage.name in ("slow", "throttled") else "error"
    made = Loop(lambda agent, document: kind if agent == outage.agent and document in struck else None)
    outcomes: Counter[str] = Counter()
    calls = 0
    for document in documents:
        before = made.calls[outage.agent]
        outcome = made.process(document)
        outcomes[outcome] += not outage.poisonous or document not in struck
        calls += (made.calls[outage.agent] - before) * (document in struck)
    return Result(
        outage,
        "the loop",
        right=outcomes["MATCHED"],
        lost=outcomes["UNKNOWN"],
        exceptions=outcomes["ERROR"],
        dead_letters=0,
        calls=calls,
        throttled=calls if kind == "throttled" else 0,
        all_calls=made.calls.total(),
        seconds=None,
        longest=None,
    )
