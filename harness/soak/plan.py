"""What is to happen to each document of a soak test, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.fault_matrix import AGENTS, STEPS

Behaviour = dict[str, Any]  # as the embedded AWS is told it

# How often, of all documents.
STARTED_TWICE, KILLED, PAIRED, BUSINESS_EXCEPTION = 0.2, 0.06, 0.3, 0.12
# How often, of all agents' first answers to a document.
PASSING_FAULT, LASTING_FAULT, SLOW = 0.15, 0.03, 0.3
# Seconds: virtual for an agent's delay, real for a kill.
SLOWEST, LATEST_KILL = 4.0, 3.0

# A "reply" is always a good one: the account counts these.
PASSING: tuple[Behaviour, ...] = (
    {"error": "ThrottlingException"},
    {"error": "RetryableConflictException"},
    {"error": "ServiceQuotaExceededException"},
    {"error": "InternalServerException"},
    {"error": "RuntimeClientError"},
    {"raw": "not JSON"},
    {"raw": '{"success": true, "confidence_score": 101, "exception_id": 5, "trade_id": 5}'},
)
LASTING: tuple[Behaviour, ...] = (
    {"error": "AccessDeniedException"},
    {"error": "ValidationException"},
    {"raw": '{"success": false, "error": "unreadable", "error_type": "UNREADABLE"}'},
    {"raw": "x" * 262_145},
)


@dataclass(frozen=True)
class Start:
    """One start of a document; the platform ends its run so many real seconds after the claim; None: it does not."""

    document: Document
    correlation_id: str
    killed_after: float | None


@dataclass
class Document:
    """One document, what its agents answer, call by call, and its starts."""

    id: str
    source_type: str
    behaviours: dict[str, list[Behaviour]]
    starts: list[Start] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What the ledger calls it."""
        return f"{self.source_type}#{self.id}"


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
    return Document(name, "BANK", {agent: [*_faults(random), _good(agent, random)] for agent in AGENTS})


def _faults(random: Random) -> Iterator[Behaviour]:
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
    """Let one side wait for the other, which matches it."""
    counterparty.source_type = "COUNTERPARTY"
    good = AGENTS[STEPS[-1]]["good"]
    for side, told in ((bank, {"match_classification": "PENDING"}), (counterparty, {"matched_document_id": bank.id})):
        side.behaviours[STEPS[-1]][-1] |= {"reply": good | told}


def _starts(document: Document, random: Random) -> Iterator[Start]:
    twice = random.random() < STARTED_TWICE
    for number in range(2 if twice else 1):
        killed_after = random.uniform(0, LATEST_KILL) if random.random() < KILLED else None
        yield Start(document, f"{document.id}.{number}", killed_after)
