"""What the workflow adds to a document's agent calls, on each path: AWS calls, states and log events of its run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.benchmark.trial import SECONDS, Behaviour, Trial
from harness.contract import AGENTS, EXCEPTIONS, STEPS
from harness.embedded import Endpoint
from harness.report.visits import Event, from_logs
from harness.stack import Stack

AGENT = "Call"  # the state that calls an agent

# Why each call is made, by its state.
REASONS: Mapping[str, str] = {
    "LocateDocument": "which version of the document the run is about",
    "ClaimDocument": "only one run gets past it",
    "ReadFirstRun": "what the run that has the document made of it",
    "TakePlace": "a place among the documents at work, with `max_concurrent_documents`",
    "ResolveAgents": "where the agents are now",
    "ReadCircuit": "whether the agent may be called now, for each attempt",
    "StopSession": "the session would idle for 15 minutes, be paid for, and count against the quota",
    "CountFailure": "the agent's circuit counts the document",
    "CloseCircuit": "the agent is healthy again",
    "NoteThrottle": "other documents back off",
    "FindOtherSide": "which versions of the counterparty's document there are, after a match",
    "MarkOtherSide": "the counterparty's record is not written as pending",
    "CompleteOtherSide": "the counterparty's record is completed, if it is pending",
    "RecordOutcome": "the outcome, and with it the release of the place",
    "PutMetrics": "all metrics of the run in one call",
    "WriteTrace": "the trace of the run, with `tracing`",
}


@dataclass(frozen=True)
class Case:
    """A path through the workflow: what the agents do beside being well."""

    name: str
    behaviours: Mapping[str, Sequence[Behaviour]]
    after: str = ""  # another document that is processed before


@dataclass(frozen=True)
class Path:
    """What one run made."""

    name: str
    calls: Counter[str]  # by state, agents' calls included
    states: int
    events: int
    log_bytes: int
    seconds: float

    @property
    def agent_calls(self) -> int:
        """How many calls of agents."""
        return self.calls[AGENT]

    @property
    def service_calls(self) -> int:
        """How many other calls of AWS."""
        return self.calls.total() - self.agent_calls


_PDF, _EXTRACTION, _MATCHING = STEPS
_THROTTLED = {"error": "ThrottlingException"}
_BROKEN = {"error": "InternalServerException"}


def _good(agent: str, **fields: object) -> Behaviour:
    return {"reply": AGENTS[agent]["good"] | fields}


MATCH = "a match"
CASES = (
    Case(MATCH, {}),
    Case("a match that completes the counterparty's record", {}, after="pending"),
    Case(
        "the first side: it waits for its counterparty", {_MATCHING: [_good(_MATCHING, match_classification="PENDING")]}
    ),
    Case("no match: an exception", {_MATCHING: [_good(_MATCHING, match_classification="BREAK")]}),
    Case("rejected by the first agent: an exception", {_PDF: [{"reply": {"success": False}}]}),
    Case("one agent fails once", {_PDF: [_BROKEN, _good(_PDF)]}),
    Case("one agent is throttled once", {_EXTRACTION: [_THROTTLED, _good(_EXTRACTION)]}),
    Case("the last agent stays throttled: deferred", {_MATCHING: [_THROTTLED]}),
)

CALLED_BACK = Case(
    "a match of agents that call back",
    {
        agent: [
            {
                "reply": {"success": True, "status": "IN_PROGRESS"},
                "callbacks": [{"after_seconds": SECONDS[agent], "success": AGENTS[agent]["good"]}],
            }
        ]
        for agent in STEPS
    },
)


def measure(aws: Endpoint, stack: Stack, cases: Iterable[Case] = CASES) -> Iterator[Path]:
    """Send a document down each path on an applied stack."""
    trial = Trial(aws, stack)
    for number, case in enumerate(cases):
        document = f"path-{number}"
        trial.forget_circuits()
        if case.after:
            other = f"{document}-{case.after}"
            pending = _good(_MATCHING, match_classification="PENDING")
            trial.script(_MATCHING, pending, document_id=other)
            trial.start(other, side="COUNTERPARTY")
            trial.pass_time(_LONG)
            trial.script(_MATCHING, _good(_MATCHING, matched_document_id=other), document_id=document)
        for agent, behaviours in case.behaviours.items():
            trial.script(agent, *behaviours, document_id=document)
        (execution,) = trial.start(document)
        trial.pass_time(_LONG)
        yield _path(case.name, stack, execution)
        for agent in (*STEPS, EXCEPTIONS):
            trial.recover(agent)


_LONG = 299  # seconds, in which each run ends


def _path(name: str, stack: Stack, execution: str) -> Path:
    pages = (
        stack.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=stack.outputs["log_group_name"], filterPattern=f'"{execution}"')
    )
    messages = [event["message"] for page in pages for event in page["events"]]
    events = from_logs(messages, execution)
    return Path(
        name,
        calls(events),
        states=sum(event.type.endswith("StateEntered") for event in events),
        events=len(events),
        log_bytes=sum(len(message.encode()) + _ENVELOPE for message in messages),
        seconds=events[-1].at - events[0].at,
    )


# CloudWatch Logs counts so many bytes more for each event:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
_ENVELOPE = 26


def calls(events: Iterable[Event]) -> Counter[str]:
    """Return how many calls of AWS each state of a run made; states of the agents' blocks without the block's name."""
    names: dict[int, str] = {}
    counts: Counter[str] = Counter()
    for event in events:
        names[event.id] = event.details.get("name") or names.get(event.previous, "")
        counts[names[event.id].rpartition(".")[2]] += event.type == "TaskScheduled"
    return +counts
