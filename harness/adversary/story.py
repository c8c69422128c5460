"""Stories: what may happen to documents, drawn at random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.contract import AGENTS, EXCEPTIONS, STEPS

Behaviour = Mapping[str, Any]  # as the embedded AWS accepts it

LATE = 1000.0  # seconds: longer than any agent has
CRISES = 0.2  # of all stories: they begin with an agent that is sick, and then says nothing about its health
WAITS = (0.01, 0.01, 0.5, 2, 5, 15, 40, 90, 200, 400)  # seconds

PASSING: tuple[Behaviour, ...] = (
    {"error": "ThrottlingException"},
    {"error": "InternalServerException"},
    {"error": "RuntimeClientError"},
    {"raw": "no JSON"},
    {"reply": {"success": True}, "delay_seconds": LATE},
)
NEUTRAL: tuple[Behaviour, ...] = (
    {"error": "ThrottlingException"},
    {"error": "RetryableConflictException"},
    {"error": "AccessDeniedException"},
    {"error": "ValidationException"},
)
# Raw, so that calls distinguish it from a reply.
REFUSAL: Behaviour = {"raw": '{"success": false, "error": "unreadable", "error_type": "UNREADABLE"}'}
LASTING: tuple[Behaviour, ...] = (REFUSAL, {"error": "AccessDeniedException"})

INTERNAL = "InternalServerError"
LEDGER, CIRCUITS = "{ledger_table_name}", "{circuit_table_name}"

# AWS calls that fail, last or lose their response, and the most that fail at a time. More consecutive failures of SQS
# than a call has attempts could lose a document that could not be claimed either; the architecture says so.
FAULTS: tuple[tuple[str, str, int], ...] = (
    (f"dynamodb:UpdateItem:{LEDGER}", INTERNAL, 4),
    (f"dynamodb:TransactWriteItems:{LEDGER}", INTERNAL, 4),
    (f"dynamodb:GetItem:{LEDGER}", INTERNAL, 4),
    (f"dynamodb:Query:{LEDGER}", INTERNAL, 4),
    (f"dynamodb:UpdateItem:{CIRCUITS}", INTERNAL, 6),
    (f"dynamodb:GetItem:{CIRCUITS}", INTERNAL, 6),
    ("s3:HeadObject:*", INTERNAL, 4),
    ("ssm:GetParameters:*", INTERNAL, 4),
    ("sqs:SendMessage:*", INTERNAL, 2),
    ("stepfunctions:StartExecution:*", INTERNAL, 4),
    ("bedrock-agentcore:InvokeAgentRuntime:*", "InternalServerException", 3),
    ("bedrock-agentcore:StopRuntimeSession:*", "InternalServerException", 3),
)
NEVER_LATE = ("sqs", "stepfunctions")


@dataclass(frozen=True)
class Content:
    """What an upload holds: its trade, what the counterparty's agent says of it, and what its agents do first."""

    number: int
    classification: str
    names_version: bool
    faults: Mapping[str, Sequence[Behaviour]]
    slow: float


@dataclass(frozen=True)
class Operation:
    """One thing that happens; `document` is the number of a document where it happens to one."""

    kind: str
    document: int | None = None
    value: Any = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it as a line for people."""
        what = [self.kind.replace("_", " ")]
        if self.document is not None:
            what.append(f"document {self.document}")
        if isinstance(self.value, Content):
            faults = {agent: list(map(dict, behaviours)) for agent, behaviours in self.value.faults.items()}
            what.append(f"with trade {self.value.number}, {self.value.classification}, {self.value.slow} s per agent")
            what += [f"after {faults}"] if faults else []
        elif self.value is not None:
            what.append(str(self.value))
        return " ".join([*what, *(f"{name}={value}" for name, value in self.settings.items())])


def draw(seed: int, documents: int) -> list[Operation]:
    """Return a story of so many documents; another seed returns another."""
    random = Random(seed)  # noqa: S311 - drawn anew from the same seed, guards nothing
    story = [Operation("versioning", value=random.choice(["Enabled", "Suspended"]))]
    contents = 0
    for document in range(documents):
        if random.random() < 0.95:
            story.append(Operation("upload", document, _content(contents, random)))
            contents += 1
    if random.random() < CRISES:
        story += _crisis(random)
    for _ in range(documents * 5):
        operation = _operation(documents, contents, random)
        contents += operation.kind == "upload"
        story.append(operation)
        if random.random() < min(0.5, 3 / documents):
            story.append(Operation("wait", value=random.choice(WAITS)))
    return story


def _crisis(random: Random) -> list[Operation]:
    """Return how a circuit opens, and what its half-open calls meet."""
    agent = random.choice(STEPS)
    sick, neutral = ({"agent": agent, "behaviour": dict(random.choice(kinds))} for kinds in (PASSING[1:4], NEUTRAL))
    return [
        Operation("outage", settings=sick),
        Operation("start_all"),
        Operation("wait", value=15),
        Operation("outage", settings=neutral),
        Operation("wait", value=90),
    ]


def _operation(documents: int, contents: int, random: Random) -> Operation:
    document = random.randrange(documents)
    match random.choices(*zip(*_WEIGHTS.items(), strict=True))[0]:
        case "upload":
            return Operation("upload", document, _content(contents, random))
        case "start":
            return Operation("start", document, settings=_start(random))
        case "event":
            return Operation("event", document, random.choice(["first", "last"]), _times(random))
        case "repeat":
            return Operation("repeat", value=random.randrange(8), settings={"command": random.random() < 0.5})
        case "replay":
            return Operation("replay", value=random.randrange(20), settings=_times(random))
        case "kill":
            return Operation("kill", value=random.randrange(4))
        case "fault":
            return Operation("fault", settings=_fault(random))
        case "outage":
            behaviour = random.choice([*PASSING[:4], LASTING[1]])
            agent = random.choice([*AGENTS, EXCEPTIONS])
            return Operation("outage", settings={"agent": agent, "behaviour": dict(behaviour)})
        case kind:
            return Operation(kind, document if kind == "delete" else None)


_WEIGHTS = {
    "start": 40,
    "start_all": 5,
    "event": 8,
    "repeat": 8,
    "upload": 12,
    "delete": 2,
    "replay": 8,
    "redrive": 2,
    "kill": 5,
    "fault": 10,
    "outage": 5,
    "recover": 5,
}


def _content(number: int, random: Random) -> Content:
    faults = {}
    for agent in STEPS:
        drawn = random.random()
        if drawn < 0.15:
            faults[agent] = random.choices(PASSING, k=random.choice([1, 1, 2, 8]))
        elif drawn < 0.18:
            faults[agent] = [random.choice(LASTING)]
    classification = random.choices(["MATCHED", "PENDING", "BREAK"], [4, 4, 2])[0]
    return Content(number, classification, random.random() < 0.7, faults, random.choice([0, 0, 1, 8, 20]))


def _start(random: Random) -> dict[str, Any]:
    settings: dict[str, Any] = _times(random)
    drawn = random.random()
    if drawn < 0.2:
        settings["version"] = random.choice(["first", "last", "etag", "made-up", "null"])
    if random.random() < 0.15:
        settings["reprocess"] = True
    elif random.random() < 0.1:
        settings["resume"] = True
    return settings


def _times(random: Random) -> dict[str, Any]:
    times = random.choices([1, 2, 5], [8, 2, 1])[0]
    return {} if times == 1 else {"times": times}


def _fault(random: Random) -> dict[str, Any]:
    call, error, most = random.choice(FAULTS)
    fault: dict[str, Any] = {"call": call, "error": error, "times": random.randint(1, most)}
    if random.random() < 0.4:
        fault["after"] = True
    if random.random() < 0.3 and not call.startswith(NEVER_LATE):
        fault |= {"error": None, "delay_seconds": random.choice([2, 6, 20])}
    return fault
