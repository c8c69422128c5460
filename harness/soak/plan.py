"""What is to happen to each document of a soak test, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.contract import AGENTS, EXCEPTIONS, STEPS

Behaviour = dict[str, Any]  # as the embedded AWS accepts it

# How often, of all documents; those that are killed are started once, so that it is their run that is met.
STARTED_TWICE, KILLED, PAIRED, BUSINESS_EXCEPTION = 0.2, 0.08, 0.3, 0.12
# How often, of all agents' first replies to a document.
PASSING_FAULT, LASTING_FAULT, SLOW = 0.15, 0.03, 0.3
# Seconds: virtual for an agent's delay, real for a kill. The counterparty's document is later; who hangs outlives it.
SLOWEST, LATER, HANGS, LATEST_KILL = 4.0, 8.0, 300.0, 1.0

# What an agent replies, and the error that it is; a "reply" is always a good one: the account counts these.
PASSING: tuple[tuple[str, Behaviour], ...] = (
    ("BedrockAgentCore.ThrottlingException", {"error": "ThrottlingException"}),
    ("BedrockAgentCore.RetryableConflictException", {"error": "RetryableConflictException"}),
    ("BedrockAgentCore.ServiceQuotaExceededException", {"error": "ServiceQuotaExceededException"}),
    ("BedrockAgentCore.InternalServerException", {"error": "InternalServerException"}),
    ("BedrockAgentCore.RuntimeClientErrorException", {"error": "RuntimeClientError"}),
    ("InvalidReply", {"raw": "not JSON"}),
    ("InvalidReply", {"raw": '{"success": true, "confidence_score": 101, "exception_id": 5, "trade_id": 5}'}),
)
LASTING: tuple[tuple[str, Behaviour], ...] = (
    ("BedrockAgentCore.AccessDeniedException", {"error": "AccessDeniedException"}),
    ("BedrockAgentCore.ValidationException", {"error": "ValidationException"}),
    ("AgentRejected", {"raw": '{"success": false, "error": "unreadable", "error_type": "UNREADABLE"}'}),
    ("ReplyTooLarge", {"raw": "x" * 262_145}),
)


@dataclass(frozen=True)
class Kill:
    """The platform ends a run so many real seconds after its claim; it does not get past the agent `hanging`."""

    after: float
    hanging: str


@dataclass(frozen=True)
class Start:
    """One start of a document; `kill` None: the platform does not end its run."""

    document: Document
    correlation_id: str
    kill: Kill | None

    @property
    def hanging(self) -> tuple[str, ...]:
        """Name the agents that do not reply in time; exception-management too, so that the run does not end."""
        return (*STEPS[STEPS.index(self.kill.hanging) :], EXCEPTIONS) if self.kill else ()


@dataclass
class Document:
    """One document, the faults of its agents, what they reply after them, and its starts."""

    id: str
    source_type: str
    faults: dict[str, list[tuple[str, Behaviour]]]
    good: dict[str, Behaviour]
    other_side: Document | None = None  # the one that it waits for
    starts: list[Start] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What the ledger calls it."""
        return f"{self.source_type}#{self.id}"

    @property
    def outcome(self) -> str:
        """Its outcome when nothing fails."""
        classification = self.good[STEPS[-1]]["reply"]["match_classification"]
        return "EXCEPTION_RAISED" if classification == "BREAK" else classification

    @property
    def errors(self) -> set[str]:
        """What its agents may let a run fail with."""
        return {error for faults in self.faults.values() for error, _ in faults}

    @property
    def fails(self) -> bool:
        """Whether its first run cannot succeed."""
        return any(fault in LASTING for agent in STEPS for fault in self.faults[agent])

    def behaviours(self, agent: str) -> list[Behaviour]:
        """Return what an agent replies, call by call."""
        return [*(behaviour for _, behaviour in self.faults[agent]), self.good[agent]]


def plan(count: int, seed: int) -> list[Document]:
    """Plan so many documents; another seed plans others."""
    random = Random(seed)  # noqa: S311 - drawn anew from the same seed, guards nothing
    documents = [_document(f"soak-{seed}-{number:04}", random) for number in range(count)]
    for one, other in zip(documents[::2], documents[1::2], strict=False):
        if random.random() < PAIRED:
            _pair(one, other)
    for document in documents:
        document.starts += _starts(document, random)
    return documents


def _document(name: str, random: Random) -> Document:
    faults, good = {}, {}
    for agent in AGENTS:
        faults[agent] = list(_faults(random))
        good[agent] = _good(agent, random)
    return Document(name, "BANK", faults, good)


def _faults(random: Random) -> Iterator[tuple[str, Behaviour]]:
    drawn = random.random()
    if drawn < LASTING_FAULT:
        yield random.choice(LASTING)
    elif drawn < LASTING_FAULT + PASSING_FAULT:
        yield from random.choices(PASSING, k=random.randint(1, 2))


def _good(agent: str, random: Random) -> Behaviour:
    reply = dict(AGENTS[agent]["good"])
    if agent == STEPS[-1] and random.random() < BUSINESS_EXCEPTION:
        reply |= {"match_classification": "BREAK", "confidence_score": 12, "reason_codes": ["DATE_MISMATCH"]}
    return {"reply": reply, "delay_seconds": round(random.uniform(0, SLOWEST), 2) if random.random() < SLOW else 0}


def _pair(bank: Document, counterparty: Document) -> None:
    """Make one side wait for its counterparty's document, which matches it."""
    bank.other_side, counterparty.source_type = counterparty, "COUNTERPARTY"
    counterparty.good[STEPS[0]]["delay_seconds"] = LATER
    reply = AGENTS[STEPS[-1]]["good"]
    for side, result in ((bank, {"match_classification": "PENDING"}), (counterparty, {"matched_document_id": bank.id})):
        side.good[STEPS[-1]]["reply"] = reply | result


def _starts(document: Document, random: Random) -> Iterator[Start]:
    kill = Kill(random.uniform(0, LATEST_KILL), random.choice(STEPS)) if random.random() < KILLED else None
    twice = not kill and random.random() < STARTED_TWICE
    for number in range(2 if twice else 1):
        yield Start(document, f"{document.id}.{number}", kill)
